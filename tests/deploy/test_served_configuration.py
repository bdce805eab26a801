"""What supervisor and nginx are told: no more than they need, and the same table as embedded."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from supervisor.datatypes import dict_of_key_value_pairs

from deploy.served import SERVICES, rendering
from deploy.served.plan import Plan
from deploy.served.programs import Program, programs
from shared.errors import InvalidError
from shared.settings import Settings
from shared.web.paths import OWNERS, is_api, owner

LOCATION = re.compile(r"location (=|\^~)? ?(/\S*) \{ set \$area \S+; proxy_pass http://(\w+); \}")
READER = re.compile(r"^    ~(\S+) program;$", re.MULTILINE)
SEGMENTS = sorted({part for prefix in OWNERS for part in prefix.split("/")} | {"x", "agencyx"})


@pytest.fixture(autouse=True)
def no_servers_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ONWARD_DATABASE_URL", "ONWARD_AMQP_URL"):
        monkeypatch.delenv(name, raising=False)


def a_plan(folder: Path) -> Plan:
    return Plan.new(folder / "var").reaching(
        {"database": "postgresql://operator:root-word@127.0.0.1/postgres", "broker": "amqp://x"},
        {name: f"postgresql://{name}:{name}-db-word@127.0.0.1/{name}" for name in SERVICES},
        {name: f"amqp://{name}:{name}-bus-word@127.0.0.1/onward" for name in SERVICES},
    )


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return rendering.nginx(a_plan(tmp_path_factory.mktemp("proxy")), Settings(port=8123))


def sent_to(path: str, text: str) -> str:
    """Return the service that nginx would send *path* to: exact first, else the longest."""
    found = LOCATION.findall(text)
    exact = [service for kind, prefix, service in found if kind == "=" and prefix == path]
    prefixes = sorted(
        (len(prefix), service)
        for kind, prefix, service in found
        if kind != "=" and path.startswith(prefix)
    )
    return exact[0] if exact else prefixes[-1][1]


@given(
    st.lists(st.sampled_from(SEGMENTS), max_size=4).map(lambda parts: "/" + "/".join(parts)),
    st.sampled_from(["", "/"]),
)
def test_nginx_sends_each_path_where_the_embedded_dispatcher_would(
    text: str, path: str, end: str
) -> None:
    plain = path + end if path != "/" else path
    if plain not in {"/healthz", "/readyz"}:
        assert sent_to(plain, text) == owner(plain)


@given(st.lists(st.sampled_from([*SEGMENTS, "log", "readyz", "metrics"]), max_size=4))
def test_nginx_tells_programs_from_people_as_the_services_do(text: str, parts: list[str]) -> None:
    path = "/" + "/".join(parts)

    assert any(re.search(pattern, path) for pattern in READER.findall(text)) == is_api(path)


def test_nginx_finds_no_fault_in_its_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx is not None, "run `make machine`"
    plan = a_plan(tmp_path)
    rendering.write(plan, Settings(port=8123))
    command = [nginx, "-t", "-q", "-e", "stderr", "-p", plan.folder, "-c"]

    done = subprocess.run(
        [*command, plan.folder / "nginx.conf"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_nginx_writes_down_neither_queries_nor_addresses_and_nobodys_story(text: str) -> None:
    (facts,) = re.findall(r"log_format facts.*?;", text, re.DOTALL)

    for variable in ("request", "request_uri", "args", "query", "remote_addr", "http_referer"):
        assert f"${variable}" not in re.sub(r"\$request_time", "", facts)
    assert "error_log stderr emerg;" in text
    assert "proxy_max_temp_file_size 0;" in text
    sizes = re.findall(r"client_(?:max_body|body_buffer)_size (\d+);", text)
    assert len(sizes) == 2
    assert len(set(sizes)) == 1, "a body that is let in must fit in memory"


def test_everything_listens_on_this_machine_alone(text: str) -> None:
    assert re.findall(r"listen (\S+)", text) == ["127.0.0.1:8123"]
    assert set(re.findall(r"server (\d\S*):", text)) == {"127.0.0.1"}


@pytest.fixture
def told(tmp_path: Path) -> list[Program]:
    return programs(a_plan(tmp_path), Settings())


def test_no_process_is_told_anothers_database_or_broker(told: list[Program]) -> None:
    for program in told:
        own = next((name for name in SERVICES if name in program.name), None)
        own = "notify" if program.name == "sender" else own
        words = str(dict(program.environment))
        others = [name for name in SERVICES if name != own]
        assert not any(f"{name}-db-word" in words for name in others), program.name
        assert not any(f"{name}-bus-word" in words for name in others), program.name
        assert "root-word" not in words, program.name
        if program.name.startswith("web-"):
            assert "bus-word" not in words, "who answers requests never touches the broker"


def test_each_service_has_its_pages_its_worker_and_notify_its_sender(told: list[Program]) -> None:
    names = {program.name for program in told}

    assert {f"{kind}-{name}" for kind in ("web", "work") for name in SERVICES} <= names
    assert {"sender", "mail", "ready", "nginx", "database", "broker", "epmd"} <= names


def test_servers_that_are_named_are_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONWARD_DATABASE_URL", "postgresql://a:b@db.example/postgres")
    monkeypatch.setenv("ONWARD_AMQP_URL", "amqp://a:b@mq.example/")

    names = {program.name for program in programs(a_plan(tmp_path), Settings(smtp_port=25))}

    assert names.isdisjoint({"database", "broker", "epmd", "mail"})


def test_files_with_passwords_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    plan = a_plan(tmp_path).write()
    rendering.write(plan, Settings())

    for file in ("plan.json", "supervisord.conf", "nginx.conf"):
        assert stat.S_IMODE((plan.folder / file).stat().st_mode) == 0o600
    assert stat.S_IMODE(plan.folder.stat().st_mode) == 0o700


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = a_plan(tmp_path).write()

    assert Plan.read(tmp_path / "var") == plan


def test_a_plan_tells_nobody_its_passwords(tmp_path: Path) -> None:
    assert "word" not in repr(a_plan(tmp_path))


@given(st.dictionaries(st.sampled_from(["A", "B", "C"]), st.text("ab%,=:;#' $\\/é", min_size=1)))
def test_supervisor_reads_an_environment_as_it_was_meant(environment: dict[str, str]) -> None:
    plain = {name: value.strip("'") or "x" for name, value in environment.items()}

    written = rendering.variables(plain)

    assert dict_of_key_value_pairs(written.replace("%%", "%")) == plain


def test_what_supervisor_could_not_read_is_refused() -> None:
    with pytest.raises(InvalidError, match="MAIL may not hold"):
        rendering.variables({"MAIL": 'a "b" c'})


def test_a_folder_that_could_not_be_configured_is_refused(tmp_path: Path) -> None:
    plan = replace(a_plan(tmp_path), folder=tmp_path / "a b;c")

    with pytest.raises(InvalidError, match="cannot be configured"):
        rendering.nginx(plan, Settings())


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    plan = Plan.new(tmp_path / ("long" * 20) / "var")

    assert len(str(plan.socket)) < 80


def test_a_folder_that_others_can_enter_is_not_trusted_with_the_supervisor(tmp_path: Path) -> None:
    plan = replace(a_plan(tmp_path), socket=tmp_path / "open" / "supervisor.sock")
    plan.socket.parent.mkdir(mode=0o755)

    with pytest.raises(InvalidError, match="belong to this user alone"):
        rendering.write(plan, Settings())
