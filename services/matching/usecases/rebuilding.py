"""How a referral stands, from its events alone: they are the record, its columns a cache.

Promise: what is rebuilt is what was there, or what was there was wrong; no event is added.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update

from services.matching.domain.transitions import State, replay
from services.matching.storage import tables as t
from services.matching.usecases.settling import is_taken_back
from shared.bus.restating import next_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction


def derived(events: Sequence[Row[Any]]) -> dict[str, Any]:
    """Return the columns of a referral that follow from its events, as they should be."""
    steps = [(event.transition, event.event) for event in events]
    columns: dict[str, Any] = {"state": replay(steps), "version": events[-1].version}
    for event in events:
        columns |= _told(event.event, event.told or {})
        # Given to nobody, it is theirs who acts on it next, as `taken_by` has it.
        if columns.get("assigned_to", event) is None and _takes(event):
            columns["assigned_to"] = UUID(event.actor_id)
    return columns


def rebuild(
    tx: MatchingTransaction, after: UUID | None, limit: int
) -> tuple[UUID | None, list[UUID]]:
    """Put right the next referrals that do not stand as their events say; return which."""
    rows = tx.all(next_rows(select(t.referral), t.referral.c.id, after, limit))
    history = tx.history([row.id for row in rows])
    wrong: list[UUID] = []
    for row in rows:
        should = derived(history[row.id])
        closed = should["state"] is State.COMPLETED and is_taken_back(row, tx)
        should |= tx.mended_clocks(row, closed=closed)
        if any(getattr(row, name) != value for name, value in should.items()):
            tx.execute(update(t.referral).where(t.referral.c.id == row.id).values(**should))
            wrong.append(row.id)
    return (rows[-1].id if rows else None), wrong


def _told(event: str, told: dict[str, Any]) -> dict[str, Any]:
    """Return what an event said of columns that later events may say anew."""
    name = event.removeprefix("referral.")
    found: dict[str, Any] = {}
    for column, (said, read) in SAID.get(name, {}).items():
        if said in told:
            found[column] = read(told[said])
    if name == "waiting" and found["forecast_start"] is None:
        del found["forecast_start"]
    return found if name != "contacted" or told["first"] else {}


def _takes(event: Row[Any]) -> bool:
    return event.event in TAKES and event.actor_kind == "staff" and event.actor_id is not None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _same(value: Any) -> Any:  # noqa: ANN401 - as it was told
    return value


TAKES = frozenset(
    f"referral.{name}" for name in ("opened", "accepted", "waiting", "started", "contacted")
)
"""Steps by which a worker has a referral from then on that nobody had."""
SAID: dict[str, dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "accepted": {"forecast_start": ("forecast_start", _day)},
    "waiting": {
        "forecast_start": ("expected_start", _day),
        "occasional_support": ("occasional_support", _same),
    },
    "started": {"started_on": ("started_on", _day)},
    "reviewed": {"extended_until": ("until", _day)},
    "contacted": {"first_contact_on": ("on", _day)},
    "reassigned": {"assigned_to": ("staff_id", _id), "team": ("team", _same)},
    "reopened": {"reopens": ("reopens", _id)},
}
"""Which columns an event says: by which of its fields, and how that is read."""
