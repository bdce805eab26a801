"""The container files agree with what is in the project; no engine is at hand to run them."""

from __future__ import annotations

import re

import pytest

from deploy.broker import CONFIGURATION
from driving.running import ROOT

CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")


def test_everything_that_is_copied_into_the_image_is_there() -> None:
    lines = re.findall(r"^COPY (?!--from)(.+)$", CONTAINERFILE, re.MULTILINE)
    copied = [source for line in lines for source in line.split()[:-1]]

    assert len(copied) >= 8
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_the_image_starts_what_make_up_starts_and_not_as_root() -> None:
    assert 'CMD ["python", "-m", "deploy.served.up", "--stay"]' in CONTAINERFILE
    assert re.search(r"^USER onward$", CONTAINERFILE, re.MULTILINE)


def test_compose_names_settings_that_are_read() -> None:
    read = "".join(file.read_text("utf-8") for file in (ROOT / "deploy").rglob("*.py"))
    read += (ROOT / "shared" / "settings.py").read_text("utf-8")
    told = set(re.findall(r"^      (ONWARD_\w+):", COMPOSE, re.MULTILINE))

    assert len(told) == 4
    assert [name for name in told if f'"{name}"' not in read and f"'{name}'" not in read] == []


@pytest.mark.parametrize("image", ["rabbitmq:4-management", "postgres:17"])
def test_compose_has_the_servers_of_today(image: str) -> None:
    assert f"image: docker.io/library/{image}\n" in COMPOSE


def test_no_password_is_written_down() -> None:
    assert re.findall(r"PASS(?:WORD)?: (?!\$\{)\S+", COMPOSE) == []


def test_the_broker_is_told_what_makes_it_small_as_the_private_one_is() -> None:
    told = (ROOT / "deploy" / "rabbitmq.conf").read_text("utf-8").splitlines()
    lines = [line for line in told if not line.startswith("#")]

    assert any(line.startswith("raft.wal_max_size_bytes") for line in lines)
    assert set(lines) <= set(CONFIGURATION.splitlines())
    assert "- ./rabbitmq.conf:/etc/rabbitmq/conf.d/" in COMPOSE


def test_passwords_are_written_for_their_owner_alone_and_stay_out_of_the_image() -> None:
    kept_out = (ROOT / "deploy" / "Containerfile.dockerignore").read_text("utf-8").splitlines()

    assert "(umask 077; printf" in COMPOSE
    assert "**/.env" in kept_out
    assert "--ignorefile deploy/Containerfile.dockerignore" in CONTAINERFILE


def test_every_container_tells_whether_it_is_well_and_its_log_ends_somewhere() -> None:
    services = re.split(r"^  (?=\w+:$)", COMPOSE.partition("services:")[2], flags=re.MULTILINE)
    found = [one for one in services if "image:" in one]

    assert len(found) == 3
    assert all("healthcheck:" in one and "logging:" in one for one in found)
