"""`make up` and `make down`: one address, nothing lost between them, nothing left after them."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import socket
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.served import SERVICES
from driving.load import open_wide, partners
from driving.served import ServedHub
from driving.stories import a_story
from services.identity.keys import SigningKeys
from shared.web.paths import is_api

CANARY = "Quillfeather"
RESTARTED = (  # and how many seconds each may take to be back, its start included
    ("web-intake", 20),
    ("sender", 20),
    ("ready", 20),
    ("nginx", 20),
    ("mail", 20),
    ("work-audit", 20),
    ("database", 30),
    ("broker", 60),
)


def ask(
    hub: ServedHub, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def logged(hub: ServedHub) -> str:
    """Return all that the proxy has written down."""
    return "".join(hub.log(name) for name in ("access", "nginx"))


@pytest.mark.parametrize("path", ["/", "/agency/", "/api/v1/services", "/oauth/jwks.json", "/x"])
def test_no_header_is_doubled_on_the_way_through_the_proxy(
    served_hub: ServedHub, path: str
) -> None:
    _, headers, _ = ask(served_hub, "GET", path)

    names = [name.lower() for name, _ in headers if name.lower() != "set-cookie"]
    assert sorted(names) == sorted(set(names))
    assert "x-content-type-options" in names


def test_what_people_type_into_an_address_is_not_in_the_proxys_log(served_hub: ServedHub) -> None:
    for path in (f"/guide?need={CANARY}", f"/{CANARY}", f"/api/v1/{CANARY}?q={CANARY}"):
        ask(served_hub, "GET", path, Referer=f"http://x/{CANARY}", **{"User-Agent": CANARY})
    with socket.create_connection(("127.0.0.1", served_hub.port), 5) as raw:
        raw.sendall(f"{CANARY} / HTTP/1.1\r\nHost: x\r\n{CANARY}\r\n\r\n".encode())
        raw.recv(1000)

    assert '"area":"/guide"' in logged(served_hub)
    assert CANARY not in logged(served_hub)


@pytest.mark.parametrize("path", ["/ask", "/api/v1/requests"])
@pytest.mark.parametrize("size", [1_000_001, 3_300_001], ids=["by the service", "by the proxy"])
def test_a_body_that_is_too_large_is_refused_in_words_and_lies_in_no_file(
    served_hub: ServedHub, path: str, size: int
) -> None:
    status, headers, body = ask(served_hub, "POST", path, CANARY.encode().ljust(size, b"x"))

    assert status == 413
    wanted = "application/problem+json" if is_api(path) else "text/html"
    assert {name.lower(): text for name, text in headers}["content-type"].startswith(wanted)
    assert b"nginx" not in body
    assert [file for file in (served_hub.var / "served/nginx").rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("path", ["/ask", "/api/v1/services", "/intake/readyz"])
def test_while_a_service_is_away_people_and_programs_are_told_when_to_return(
    served_hub: ServedHub, path: str
) -> None:
    name = "web-matching" if "services" in path else "web-intake"
    served_hub.stop_program(name)
    try:
        status, headers, body = ask(served_hub, "GET", path)
        down = served_hub.readiness()
        elsewhere = ask(served_hub, "GET", "/sign-in")[0]
    finally:
        served_hub.start_program(name)
        served_hub.until_ready()

    known = {key.lower(): text for key, text in headers}
    assert (status, known["retry-after"]) == (503, "5")
    assert known["content-type"] == ("application/problem+json" if is_api(path) else "text/html")
    assert b"nginx" not in body
    assert (down[0], down[1]["status"], down[1]["down"]) == (503, "unready", [name])
    assert elsewhere == 200


def test_a_worker_that_is_away_makes_the_hub_degraded_not_unready(served_hub: ServedHub) -> None:
    served_hub.stop_program("work-notify")
    try:
        status, body = served_hub.readiness()
    finally:
        served_hub.start_program("work-notify")
        served_hub.until_ready()

    assert (status, body["status"]) == (200, "degraded")
    assert "work-notify" in body["down"]


def submitted(hub: ServedHub) -> str:
    """Return an accepted request."""
    recipient = open_wide(hub)  # type: ignore[arg-type] - it asks for credentials alone
    (partner,) = partners(hub, 1)  # type: ignore[arg-type]
    answer = partner.submit(a_story(hub.credentials["notice"], [recipient]))
    assert answer.status == 201, answer.body
    request: str = answer.json["id"]
    return request


def state_of(hub: ServedHub, request: str) -> list[str]:
    (partner,) = partners(hub, 1)  # type: ignore[arg-type]
    shown: dict[str, Any] = partner.call("GET", f"/api/v1/requests/{request}").json
    return [referral["state"] for referral in shown["referrals"]]


@pytest.mark.parametrize(("name", "within"), RESTARTED, ids=[name for name, _ in RESTARTED])
def test_whatever_is_killed_comes_back_by_itself(
    served_hub: ServedHub, name: str, within: int
) -> None:
    before = served_hub.pids(name)
    assert before

    served_hub.kill(name)

    served_hub.until(
        lambda: served_hub.pids(name)[:1] not in ([], before[:1]),
        within,
        f"{name} is started again",
    )
    served_hub.until_ready()


def test_a_second_make_up_finds_everything_running_and_leaves_it_so(served_hub: ServedHub) -> None:
    before = {name: served_hub.pids(name)[0] for name in served_hub.states()}

    served_hub.start()

    assert {name: served_hub.pids(name)[0] for name in served_hub.states()} == before
    said = served_hub.said()
    assert said.count(served_hub.credentials["staff"][0]["password"]) >= 2
    assert f"{served_hub.base_url}/governance/" in said


def test_make_down_leaves_nothing_running_and_make_up_goes_on_with_new_passwords(
    served_hub: ServedHub,
) -> None:
    request = submitted(served_hub)
    old = served_hub.plan
    pids = [pid for name in served_hub.states() for pid in served_hub.pids(name)]
    pids.append(served_hub.supervisor.pid() or 0)

    assert served_hub.stop() == 0

    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    assert served_hub.readiness() == (0, {})
    forget_passwords(served_hub)
    served_hub.start()
    served_hub.until(lambda: state_of(served_hub, request) == ["sent"], 90, "the referral is sent")
    new = served_hub.plan
    for before, after in ((old.databases, new.databases), (old.brokers, new.brokers)):
        assert [name for name in before if before[name] == after[name]] == []


def forget_passwords(hub: ServedHub) -> None:
    """Do what the runbook says under Keys."""
    folder = hub.var / "served"
    for _ in range(2):
        SigningKeys(folder / "keys").rotate()
    (folder / "database-passwords.json").unlink()
    file = folder / "broker" / "node.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "passwords": {}}))


def test_when_the_supervisor_is_killed_nothing_is_left_and_a_lost_broker_is_made_anew(
    served_hub: ServedHub,
) -> None:
    request = submitted(served_hub)
    pids = [pid for name in served_hub.states() for pid in served_hub.pids(name)]
    supervisor = served_hub.supervisor.pid()
    assert supervisor is not None

    served_hub.kill_pid(supervisor)

    served_hub.until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 60, "all are gone"
    )
    (served_hub.var / "served" / "broker").rename(served_hub.var / "broker.lost")
    served_hub.start()
    for service in SERVICES:
        assert served_hub.operate("deploy.bus", "resend", service, "--since", "2026-01-01") == 0
    served_hub.until(lambda: state_of(served_hub, request) == ["sent"], 90, "the referral is sent")


def test_a_program_that_ends_at_once_is_tried_again_after_growing_pauses(
    served_hub: ServedHub,
) -> None:
    log = served_hub.var / "served" / "log" / "supervisord.log"
    key = served_hub.var / "served" / "keys" / "matching.kek"
    before = len(log.read_text())
    key.chmod(0o644)  # which the worker refuses when it starts
    try:
        served_hub.kill("work-matching")
        served_hub.until(lambda: is_growing(pauses(log.read_text()[before:])), 120, "grown")
    finally:
        key.chmod(0o600)
        served_hub.until_ready()

    assert "must belong to this user alone" in served_hub.log("work-matching")


def is_growing(pauses: list[float]) -> bool:
    """Tell whether a pause was longer than the one before, which was one already."""
    return any(0.5 < before < after - 0.5 for before, after in itertools.pairwise(pauses))


def pauses(log: str) -> list[float]:
    """Return the seconds between each end of the worker and its next start."""
    lines = re.findall(r"^(.+) \w+ (exited|spawned): '?work-matching", log, re.MULTILINE)
    times = [(what, datetime.fromisoformat(at.replace(",", "."))) for at, what in lines]
    pairs = itertools.pairwise(times)
    return [
        (then - ended).total_seconds()
        for (what, ended), (next_one, then) in pairs
        if (what, next_one) == ("exited", "spawned")
    ]
