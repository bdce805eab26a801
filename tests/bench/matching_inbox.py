"""The inbox of one agency that holds every referral there is: how long each of its lists takes.

The same referrals on SQLite and on PostgreSQL, at a hundredth, a tenth and the whole of them.
`python -m tests.bench.matching_inbox` measures it alone; `--plans` shows how they are found.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import UUID

import psycopg
from sqlalchemy import event, insert

from driving.databases import Databases
from services.matching import create_app, create_store
from services.matching.storage import tables as t
from services.matching.storage.inbox import InboxRows
from services.matching.usecases import publish_guide
from shared.ids import new_id
from shared.settings import Settings
from shared.testing.clock import FixedClock
from shared.testing.sign_on import sign_in
from tests.bench.pace import percentile, quietest
from tests.bench.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from sqlalchemy import Select

    from services.matching.storage import MatchingTransaction
    from shared.storage import Store

AGENCY = UUID("019a0000-0000-7000-8000-a9e0000000b1")
ALL, PROMISED, VIEWS, IN_A_ROW = 100_000, 0.050, 60, 20
IN_ONE_INSERT = 5_000
# Of a hundred, how many stand where; a third are open.
STATES = (
    ["sent"] * 8
    + ["opened"] * 6
    + ["info_requested"] * 2
    + ["accepted"] * 4
    + ["waiting"] * 6
    + ["active"] * 5
    + ["on_hold", "cancel_requested", "halted"]
    + ["completed"] * 40
    + ["declined"] * 15
    + ["withdrawn"] * 6
    + ["returned"] * 3
    + ["cancelled"] * 2
)
OPEN = frozenset(STATES[:34])
PAGES = {
    "the inbox": "/agency/",
    "its last page": "/agency/?page={last}",
    "newest first": "/agency/?sort=newest",
    "my own": "/agency/?tab=my",
    "with nobody": "/agency/?tab=unassigned",
    "due today": "/agency/?show=today",
    "overdue": "/agency/?show=overdue",
    "urgent": "/agency/?show=urgent",
    "new": "/agency/?show=new",
    "waiting": "/agency/?show=waiting",
    "unresolved": "/agency/?show=unresolved",
    "of one service": "/agency/?service={service}",
    "completed": "/agency/?tab=completed",
    "cancelled": "/agency/?tab=cancelled",
    "called by its reference": "/agency/?q=B7-00",
}


def measure(table: Table, folder: Path, *, short: bool) -> None:
    """Measure the inbox on both databases."""
    table.head("The inbox of one agency that holds all referrals")
    databases = Databases(folder / "inbox-postgres")
    try:
        for count in [ALL // 10] if short else [ALL // 100, ALL // 10, ALL]:
            _measure(table, f"SQLite, {count:,}", folder / f"inbox-{count}", None, count)
            _measure(table, f"PostgreSQL, {count:,}", folder / f"inbox-p{count}", databases, count)
    finally:
        databases.close()


def _measure(
    table: Table, where: str, folder: Path, databases: Databases | None, count: int
) -> None:
    inbox = Inbox(folder, databases)
    inbox.fill(count)
    slowest = ("", 0.0)
    for name, path in PAGES.items():
        inbox.shows(path)  # the first finds neither the plan nor the template ready
        took = percentile(quietest([inbox.shows(path) for _ in range(VIEWS)], IN_A_ROW), 0.95)
        slowest = max(slowest, (name, took), key=lambda one: one[1])
        if "--each" in sys.argv:
            print(f"    {where} {name}: {took * 1000:.1f} ms", flush=True)
    figure = f"{slowest[1] * 1000:.0f} ms ({slowest[0]})"
    kept = slowest[1] < PROMISED
    table.add(
        f"  {where}: slowest list, p95 of the quietest {IN_A_ROW}",
        figure,
        f"under {PROMISED * 1000:.0f} ms",
        kept=kept,
    )
    if "--plans" in sys.argv and count == ALL:
        inbox.explains()
    inbox.store.close()


class Inbox:
    """Matching with one agency of five services, and a worker at a browser."""

    def __init__(self, folder: Path, databases: Databases | None) -> None:
        self.clock, self.on_server = FixedClock(), databases is not None
        self.url = databases.fresh("matching") if databases is not None else ""
        settings = Settings(var=folder, databases={"matching": self.url} if self.url else {})
        self.store: Store[MatchingTransaction] = create_store(settings, self.clock)
        self.services = [new_id() for _ in range(5)]
        with self.store.begin() as tx:
            publish_guide(_guide(self.services), tx)
        app = create_app(settings, self.store)
        self.browser: FlaskClient = app.test_client()
        self.who = sign_in(app, self.browser, "worker", "manager", agency_id=AGENCY)
        self.last = 1

    def fill(self, count: int) -> None:
        """Write *count* referrals, as they lie after years."""
        rows = list(_referrals(count, self.services, UUID(str(self.who.id)), self.clock.now()))
        for start in range(0, count, IN_ONE_INSERT):
            with self.store.begin() as tx:
                tx.execute(insert(t.referral), rows[start : start + IN_ONE_INSERT])
        hidden = [
            {"request_id": row["request_id"], "staff_id": str(self.who.id)} for row in rows[:20]
        ]
        with self.store.begin() as tx:
            tx.execute(insert(t.hidden_from), hidden)
        if self.on_server:  # as its own housekeeping does sooner or later
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        self.last = max(1, sum(row["state"] in OPEN for row in rows) // 50)

    def shows(self, path: str) -> float:
        """Return how long a page took."""
        address = path.format(last=self.last, service=self.services[2])
        began = time.perf_counter()
        answer = self.browser.get(address, base_url="https://localhost")
        took = time.perf_counter() - began
        if answer.status_code != 200 or "/agency/referrals/" not in answer.text:
            raise AssertionError(f"{address}: {answer.status_code}")
        return took

    def explains(self) -> None:
        """Print the plan of every statement about referrals that a page runs."""
        for name, path in PAGES.items():
            for statement, values in self._statements(path):
                print(f"\n  {name}: {statement[:160]}")
                self._plan(statement, values)

    def _statements(self, path: str) -> list[tuple[str, Any]]:
        seen: list[tuple[str, Any]] = []

        def note(_c: Any, _k: Any, statement: str, values: Any, _x: Any, _m: Any) -> None:
            if "FROM referral" in statement:
                seen.append((statement, values))

        with self.store.read() as tx:
            engine = tx._connection.engine
        event.listen(engine, "before_cursor_execute", note)
        with patch.object(InboxRows, "ask", _in_the_open):
            self.shows(path)
        event.remove(engine, "before_cursor_execute", note)
        return seen

    def _plan(self, statement: str, values: Any) -> None:
        word = "EXPLAIN (ANALYZE)" if self.on_server else "EXPLAIN QUERY PLAN"
        with self.store.read() as tx:
            for row in tx._connection.exec_driver_sql(f"{word} {statement}", values):
                print("     ", row[-1])


def _in_the_open(tx: MatchingTransaction, statement: Select[Any], **values: Any) -> list[Any]:
    """Run what goes straight to the driver where it can be listened to."""
    return list(tx.execute(statement, values).all())


def _guide(services: list[UUID]) -> dict[str, Any]:
    agency = {"id": str(AGENCY), "name": "A", "kind": "voluntary", "mailbox": "a@example.org"}
    entries = [
        {
            "id": str(service),
            "agency_id": str(AGENCY),
            "name": f"Service {number}",
            "needs": ["debt"],
            "area_codes": ["E09000032"],
            "capacity": None,
        }
        for number, service in enumerate(services)
    ]
    return {"agencies": [agency], "services": entries, "partnership": {"nation": "england"}}


def _referrals(
    count: int, services: list[UUID], mine: UUID, now: datetime
) -> Iterator[dict[str, Any]]:
    """Return rows with every list in them; the order of states is stirred, and always the same."""
    for number in range(count):
        state = STATES[number * 37 % len(STATES)]
        is_open = state in OPEN
        sent = now - timedelta(minutes=5 * (count - number))
        due = now + timedelta(minutes=number * 7919 % 60_000 - 15_000)
        yield {
            "id": new_id(),
            "request_id": new_id(),
            "reference": f"{chr(65 + number % 24)}{number // 24 % 10}-{number % 100_000:05}",
            "service_id": services[number % len(services)],
            "agency_id": AGENCY,
            "referrer_agency_id": None,
            "consent_id": mine,
            "consent_needed": False,
            "categories": ["identity", "story"],
            "needs": ["debt", "housing"],
            "urgency": ("routine", "soon", "routine", "urgent")[number // 7 % 4],
            "state": state,
            "version": 5,
            "way": "place",
            "explanation": {"criteria": [], "reasons": [], "result": "met"},
            "rules_version": "1",
            "geography_version": "1",
            "created_at": sent,
            "sent_at": sent,
            "answer_by": due if is_open else None,
            "due_at": due if is_open else None,
            "assigned_to": mine if is_open and number % 50 == 0 else None,
        }


def main() -> int:
    """Measure it alone."""
    with tempfile.TemporaryDirectory(prefix="onward-inbox-") as folder:
        Path(folder).chmod(0o755)
        table = Table()
        measure(table, Path(folder), short="--short" in sys.argv)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
