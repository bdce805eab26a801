"""The doctor's screen: the worst first, with where to read on, and nothing hidden by a fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from deploy import doctor
from deploy.doctor_facts import (
    DatabaseFacts,
    Facts,
    LogFacts,
    ParkedFact,
    QueueFacts,
    ServiceFacts,
)
from deploy.doctor_looking import SERVICES
from deploy.doctor_report import LISTED, ROOM, findings, screen, size, span, together
from deploy.hub import Hub
from shared.alarms import Alarm, raise_alarm
from shared.bus.parked import parked
from shared.metrics_tables import Backlog
from shared.settings import Settings
from tests.test_docs import anchors, text

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=5)
LONG = NOW - timedelta(minutes=2)
WELL = DatabaseFacts(size=12_300_000, step="0003", expected="0003", waiting=Backlog(0, None, 0.0))
READ = QueueFacts("intake.work", messages=3, consumers=1, leader="onward-1@localhost")
PARKED = QueueFacts("intake.parked", leader="onward-1@localhost")
INTAKE = ServiceFacts("intake", database=WELL, work=READ, parked=PARKED)
HUB = Facts(
    served=True,
    folder="var/served",
    at=NOW,
    services=(INTAKE,),
    log=LogFacts(1234, 1234, "ab" * 32, EARLIER),
    broker="127.0.0.1:5673; 10 of 10 queues have a leader",
    programs={"web-intake": "RUNNING", "work-intake": "RUNNING"},
    free={"var/served": 80_000_000_000},
)
ONE = ParkedFact(
    str(uuid4()), "x.happened.v1 from intake for matching", "Permanent: too loud", LONG
)


def with_database(**changes: object) -> Facts:
    return replace(HUB, services=(replace(INTAKE, database=replace(WELL, **changes)),))


def with_service(**changes: object) -> Facts:
    return replace(HUB, services=(replace(INTAKE, **changes),))


WRONG = {
    "disk": (replace(HUB, free={"var": ROOM - 1}), "DISK", "500 MB are free under var"),
    "program": (replace(HUB, programs={"sender": "BACKOFF"}), "DOWN", "sender is backoff"),
    "database": (
        with_service(database=None, database_fault="the database of intake cannot be used"),
        "DATABASE",
        "the database of ... cannot be used (all services)",
    ),
    "old step": (
        with_database(step="0001"),
        "VERSION",
        "is at step 0001, this version expects 0003",
    ),
    "no step": (with_database(step=None), "VERSION", "is at step none"),
    "broker": (
        with_service(work=None, broker_fault="the broker does not answer"),
        "BROKER",
        "the broker does not answer",
    ),
    "other queue": (
        replace(HUB, wrong_queues=("queue x.work differs",)),
        "QUEUE",
        "x.work differs",
    ),
    "alarm": (
        with_database(alarms=(Alarm("log_gap", EARLIER, "event 7 is missing", "log-gap"),)),
        "ALARM",
        "intake log_gap since 2026-11-22 02:25:00: event 7 is missing",
    ),
    "no queue": (with_service(work=replace(READ, exists=False)), "QUEUE", "intake.work is missing"),
    "no leader": (
        with_service(work=replace(READ, leader="")),
        "QUEUE",
        "intake.work has no leader: nothing goes in or out",
    ),
    "no reader": (
        with_service(work=replace(READ, consumers=0, messages=4200)),
        "QUEUE",
        "nobody reads: 4,200 messages wait in intake.work",
    ),
    "parked": (with_database(parked=(ONE,)), "PARKED", f"{ONE.message_id} {ONE.told}"),
    "parked by the broker": (
        with_service(parked=replace(PARKED, messages=2)),
        "PARKED",
        "2 messages lie in intake.parked",
    ),
    "waiting": (
        with_database(waiting=Backlog(17, LONG, 120.0)),
        "WAITING",
        "17 messages of intake, the oldest for 2 min",
    ),
}


def test_where_all_is_well_one_sentence_says_so_and_the_table_shows_it() -> None:
    lines = screen(HUB)

    assert findings(HUB) == []
    assert "Nothing stands in the way." in lines
    assert any(
        line.split() == ["intake", "12", "MB,", "step", "0003", "0", "3,", "1", "reader", "0"]
        for line in lines
    )
    assert any("1,234 entries" in line and "all signed" in line for line in lines)
    assert any("2 of 2 run" in line for line in lines)
    assert any("80.0 GB free" in line for line in lines)


@pytest.mark.parametrize(("facts", "kind", "told"), WRONG.values(), ids=WRONG)
def test_each_thing_in_the_way_is_said_with_where_to_read_on(
    facts: Facts, kind: str, told: str
) -> None:
    (found,) = findings(facts)

    assert found.kind == kind
    assert told in found.text
    lines = screen(facts)
    said = next(number for number, line in enumerate(lines) if line.startswith(f"{kind:<8} "))
    rest = "\n".join(lines[said:]).removeprefix(f"{kind:<8} {found.text}\n").partition("\n")[0]
    assert rest == f"         -> docs/runbook.md#{found.anchor}"
    assert "Nothing stands in the way." not in lines


@pytest.mark.parametrize("facts", [facts for facts, _, _ in WRONG.values()], ids=list(WRONG))
def test_every_place_to_read_on_is_in_the_runbook(facts: Facts) -> None:
    assert {one.anchor for one in findings(facts)} <= anchors(text("docs/runbook.md"))


def test_a_message_that_waits_for_a_moment_stands_in_nobodys_way() -> None:
    assert findings(with_database(waiting=Backlog(500, NOW, 0.2))) == []


def test_what_all_services_lack_is_said_once_and_what_one_lacks_names_it() -> None:
    lost = {
        name: f"the broker named in ONWARD_AMQP_URL_{name.upper()} is gone" for name in SERVICES
    }

    assert together(lost) == ["the broker named in ONWARD_AMQP_URL_... is gone (all services)"]
    assert together({**dict.fromkeys(SERVICES, ""), "audit": "gone"}) == ["gone (audit)"]


DOWN = {"supervisor": "down"}
LOST = {"database": None, "database_fault": "gone", "work": None, "broker_fault": "gone"}


def test_of_a_hub_that_was_stopped_nothing_is_said_to_be_lost() -> None:
    stopped = replace(with_service(**LOST), programs=DOWN)

    (found,) = findings(stopped)

    assert (found.kind, found.text) == ("DOWN", "nothing of it runs; `make up` starts it")
    assert found.anchor == "start"
    assert "start" in anchors(text("docs/runbook.md"))
    assert "programs  none runs" in screen(stopped)


def test_servers_elsewhere_that_are_lost_are_told_though_nothing_runs() -> None:
    lost = replace(with_service(work=None, broker_fault="gone"), programs=DOWN)

    assert [one.kind for one in findings(lost)] == ["DOWN", "BROKER"]


def test_of_much_parked_mail_a_few_are_told_and_how_the_rest_is_listed() -> None:
    many = tuple(replace(ONE, message_id=str(uuid4())) for _ in range(40))
    with_broker = with_database(parked=many)
    alone = with_service(work=None, parked=None, database=replace(WELL, parked=many))

    *told, rest = findings(with_broker)

    assert len(told) == LISTED
    assert rest.text == "37 more for intake: `.venv/bin/python -m deploy.bus parked`"
    assert len(findings(alone)) == 40, "in one process nothing else lists them"


def test_on_a_narrow_terminal_what_is_long_goes_on_below_set_in() -> None:
    short, long = "DOWN     sender is stopped", f"DATABASE {'word ' * 30}end"

    lines = doctor.folded(long, 80)

    assert doctor.folded(short, 80) == [short]
    assert max(map(len, lines)) <= 80
    assert all(line.startswith(" " * 10 + "word") for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == long
    assert max(map(len, screen(HUB))) <= 80


def test_what_stops_most_comes_first() -> None:
    facts = replace(
        with_database(parked=(ONE,), waiting=Backlog(1, LONG, 99.0)), free={"var": 1000}
    )

    assert [one.kind for one in findings(facts)] == ["DISK", "PARKED", "WAITING"]


def test_sizes_and_spans_are_said_as_people_say_them() -> None:
    assert [size(one) for one in (12, 1_200, 34_000_000, 5_600_000_000)] == [
        *("12 bytes", "1 kB", "34 MB", "5.6 GB")
    ]
    assert [span(one) for one in (3.4, 90, 600, 10_800, 259_200)] == [
        *("3 s", "90 s", "10 min", "3 h", "3 d")
    ]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that does not run."""
    monkeypatch.setenv("ONWARD_VAR", str(tmp_path))
    hub = Hub(Settings(var=tmp_path))
    for store in hub.stores.values():
        outbox = store.metadata.tables["outbox"]
        with store.begin() as tx:
            tx.execute(outbox.update().values(published_at=tx.now))
    return hub


def test_a_hub_that_does_not_run_is_looked_at_and_left_as_it_is(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file.name for file in tmp_path.iterdir()}

    code = doctor.main([])

    said = capsys.readouterr().out
    assert (code, "Nothing stands in the way." in said) == (0, True), said
    assert all(f"\n{name} " in said for name in SERVICES)
    assert "in one process" in said
    assert {file.name for file in tmp_path.iterdir()} == before


def test_an_alarm_that_stands_is_told_and_can_be_taken_down(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    with hub.stores["audit"].begin() as tx:
        raise_alarm(tx, "unreadable_event", "x.happened.v1 cannot be read", "parked-mail")

    codes = [doctor.main([]), doctor.main(["--clear", "unreadable_event"]), doctor.main([])]

    said = capsys.readouterr().out
    assert codes == [1, 0, 0]
    assert "ALARM    audit unreadable_event since" in said
    assert parked(hub.stores["intake"]) == []


@pytest.mark.parametrize("name", ["nonsense", ""])
def test_an_alarm_that_does_not_stand_is_not_said_to_be_taken_down(
    hub: Hub, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    nothing = doctor.main(["--clear", name])
    with hub.stores["audit"].begin() as tx:
        raise_alarm(tx, "unreadable_event", "x.happened.v1 cannot be read", "parked-mail")
    other = doctor.main(["--clear", name])

    told = capsys.readouterr().err.splitlines()
    assert (nothing, other) == (1, 1)
    assert told[0] == f"No alarm {name!r} stands; none stands."
    assert told[1] == f"No alarm {name!r} stands; what stands is unreadable_event."


def test_one_damaged_database_does_not_hide_the_others(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for store in hub.stores.values():
        store.close()
    (tmp_path / "intake.sqlite3").write_bytes(b"this is no database" * 100)
    (tmp_path / "notify.sqlite3").unlink()

    code = doctor.main([])

    said = capsys.readouterr().out
    assert code == 1
    assert "DATABASE the database of ... cannot be used: file is not a database (intake)" in said
    assert f"DATABASE there is no {tmp_path}/... (notify)" in said or "there is no" in said
    assert "intake    not readable" in said
    assert "matching  " in said


def test_where_no_hub_is_the_doctor_says_so_and_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONWARD_VAR", str(tmp_path))

    assert doctor.main([]) == 2
    assert "there is no hub in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_subscriber_that_waits_for_its_database_shows_on_readyz(hub: Hub) -> None:
    feed = next(one for one in hub.bus._feeds if one.worker.name == "notify")
    feed.pause = 1.0

    answers = {name: hub.apps[name].test_client().get(f"/{name}/readyz").json for name in hub.apps}

    assert answers["notify"]["paused"] is True
    assert {name for name, said in answers.items() if said["status"] != "ready"} == {"notify"}
