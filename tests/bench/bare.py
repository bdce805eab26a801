"""The floor of a journey: its rows, events, deliveries and mails by the bare libraries.

Each kind is done many at a time with the driver alone, as quickly as it can be done: no rule is
applied, nothing sealed, nothing signed. What a journey costs beyond that is what it is for.
"""

from __future__ import annotations

import json
import smtplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

import psycopg

from driving.census import SERVICES, Census
from driving.running import free_port
from driving.served import ServedHub
from driving.stories import a_story
from shared.ids import new_id
from tests.bench.journey import CONNECTIONS
from tests.bench.pace import Sender, seconds_of, spent, start_python, until_answering

ROWS, AT_ONCE, MAILS, POSTING = 20_000, 100, 2000, 3.0
TABLE = "CREATE TABLE floor (id uuid PRIMARY KEY, of_id uuid, at timestamptz, said text)"
ROW = "INSERT INTO floor VALUES (%s, %s, now(), %s)"
SAID = "x" * 200  # as much text as a row or a mail of ours has, about
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


@dataclass(frozen=True, slots=True)
class Journey:
    """A number for each kind of work: how many a journey has, or the milliseconds of one."""

    posts: float
    rows: float
    events: float
    deliveries: float
    mails: float

    def costing(self, each: Journey) -> float:
        """Return the milliseconds of so many, at the cost of *each*."""
        return sum(count * cost for count, cost in zip(astuple(self), astuple(each), strict=True))

    def __str__(self) -> str:
        """Say how many, for a table."""
        rows, events, taken, mails = map(round, astuple(self)[1:])
        return f"{rows} rows, {events} events, {taken} deliveries, {mails} mails"

    def since(self, before: Journey, requests: int) -> Journey:
        """Return how many one of the *requests* added to what there was *before*."""
        both = zip(astuple(self), astuple(before), strict=True)
        return Journey(*((now - then) / requests for now, then in both))


def counted(census: Census) -> Journey:
    """Return how many of each a hub holds."""
    count = {
        name: sum(
            census.count(name, f"SELECT count(*) FROM {table}")  # noqa: S608 - the tables' own names
            for (table,) in census.rows(name, TABLES)
        )
        for name in SERVICES
    }
    of_all = {
        table: sum(census.count(name, f"SELECT count(*) FROM {table}") for name in SERVICES)  # noqa: S608 - two names
        for table in ("outbox", "inbox")
    }
    return Journey(
        posts=census.count("intake", "SELECT count(*) FROM request"),
        rows=sum(count.values()),
        events=of_all["outbox"],
        deliveries=of_all["inbox"],
        mails=census.count("notify", "SELECT count(*) FROM delivery"),
    )


def bare(hub: ServedHub, broker: tuple[float, float], smtp_port: int, folder: Path) -> Journey:
    """Return the milliseconds of one of each kind, messages being measured on a broker before."""
    event, delivery = broker
    return Journey(
        posts=a_post(folder),
        rows=a_row(hub.plan.databases["notify"], lambda: hub.pids("database")),
        events=event,
        deliveries=delivery,
        mails=a_mail(smtp_port),
    )


@contextmanager
def bare_view(folder: Path) -> Iterator[tuple[int, Sender]]:
    """Serve the view that does only what no service could avoid; give its process and a sender."""
    port = free_port()
    file = folder / f"floor-{port}.sqlite3"
    process = start_python("-m", "tests.bench.floor", str(file), str(port))
    try:
        until_answering(f"http://127.0.0.1:{port}/readyz")
        body = json.dumps(a_story("notice", ["018f0000-0000-7000-8000-000000000001"])).encode()
        headers = {"Content-Type": "application/json"}
        yield (
            process.pid,
            Sender(f"127.0.0.1:{port}", [body] * CONNECTIONS, [headers] * CONNECTIONS),
        )
    finally:
        process.kill()
        process.wait()


def a_post(folder: Path) -> float:
    """Return what the bare view takes for one request."""
    with bare_view(folder) as (pid, sender):
        before = seconds_of(pid)
        sender.burst(POSTING)
        return (seconds_of(pid) - before) * 1000 / len(sender.accepted)


def a_row(url: str, server: Callable[[], Sequence[int]]) -> float:
    """Return what one row takes, inserted with a hundred others and committed."""
    with psycopg.connect(url) as connection:  # to a process of the server that begins here
        connection.execute(TABLE)
        connection.commit()

        def insert() -> None:
            for _ in range(ROWS // AT_ONCE):
                rows = [(new_id(), new_id(), SAID) for _ in range(AT_ONCE)]
                connection.cursor().executemany(ROW, rows)
                connection.commit()

        taken = spent(server(), insert)
        connection.execute("DROP TABLE floor")
    return taken / ROWS


def a_mail(port: int) -> float:
    """Return what one mail takes that is handed over with others on one connection."""
    with smtplib.SMTP("127.0.0.1", port) as line:
        mail = f"From: a@example.org\r\nTo: b@example.org\r\nSubject: floor\r\n\r\n{SAID}\r\n"

        def send() -> None:
            for _ in range(MAILS):
                line.sendmail("a@example.org", ["b@example.org"], mail)

        return spent([], send) / MAILS
