"""What is installed on a machine is not started, and what was there before is there again."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import machine


def test_whatever_stood_in_its_place_is_restored(tmp_path: Path) -> None:
    file = tmp_path / "policy-rc.d"
    file.write_text("#!/bin/sh\nexit 0\n")

    with machine.in_place_of(file, "exit 101\n"):
        assert file.read_text() == "exit 101\n"

    assert file.read_text() == "#!/bin/sh\nexit 0\n"


def test_what_was_not_there_is_gone_again_with_its_folders(tmp_path: Path) -> None:
    file = tmp_path / "postgresql-common" / "createcluster.d" / "onward.conf"

    with machine.in_place_of(file, "create_main_cluster = false\n"):
        assert file.exists()

    assert list(tmp_path.iterdir()) == []


def test_what_a_package_put_beside_it_stays(tmp_path: Path) -> None:
    file = tmp_path / "postgresql-common" / "createcluster.d" / "onward.conf"

    with machine.in_place_of(file, "create_main_cluster = false\n"):
        (tmp_path / "postgresql-common" / "createcluster.conf").touch()

    assert [one.name for one in (tmp_path / "postgresql-common").iterdir()] == [
        "createcluster.conf"
    ]


def test_nothing_is_started_and_no_cluster_is_made_while_it_installs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, clusters = tmp_path / "policy-rc.d", tmp_path / "d" / "onward.conf"
    monkeypatch.setattr(machine, "POLICY", policy)
    monkeypatch.setattr(machine, "CLUSTERS", clusters)
    monkeypatch.setattr(machine, "lacking", lambda: ["postgresql"])
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    monkeypatch.setattr(machine.shutil, "which", lambda _: "/usr/bin/apt-get")
    seen: list[str] = []

    def install(packages: list[str]) -> int:
        assert policy.stat().st_mode & 0o111
        seen.extend([*packages, policy.read_text(), clusters.read_text()])
        return 0

    monkeypatch.setattr(machine, "install", install)

    assert machine.main() == 0
    assert seen == ["postgresql", "#!/bin/sh\nexit 101\n", "create_main_cluster = false\n"]
    assert not policy.exists()
    assert not clusters.exists()


def test_who_is_not_root_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "lacking", lambda: ["rabbitmq-server", "nginx-light"])
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)

    assert machine.main() == 1
    assert "sudo apt-get install rabbitmq-server nginx-light" in capsys.readouterr().err


def test_the_servers_are_among_what_is_needed() -> None:
    assert {"rabbitmq-server", "postgresql", "nginx-light"} <= set(machine.NEEDED)
    assert machine.lacking(["postgresql", "nginx-light"]) == [], "run `make machine`"
