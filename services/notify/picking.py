"""Pick what leaves now, by what is known at this moment, not when it was queued.

Promise: what a person took back, or what has ended since, is not told, asked or urged any more:
that is looked at in the transaction which hands a message over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notify.domain import Audience, State, Verdict, given_up, overtaken
from services.notify.hiding import readers
from services.notify.storage import Attempt
from services.notify.usecases import ask_again, finish

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.notify.storage import NotifyTransaction


def claim(limit: int, tx: NotifyTransaction) -> list[Attempt]:
    """Take out what may leave now, keep back what may not, and put the questions that are due."""
    ready, rows = [], tx.due(limit)
    staff = _staff_to_ask(rows, tx)
    for row in rows:
        if why := _overtaken(row, staff):
            finish([row], Verdict(State.SUPPRESSED, why), tx)
        elif row.state == State.READY and not _address_expired(row, tx):
            ready.append(row)
        elif given_up(tx.now - row.created_at, row.reason):
            finish([row], Verdict(State.FAILED, "GAVE_UP"), tx)
        else:
            ask_again(row, tx)
    if ready:
        tx.take([row.id for row in ready])
    return _attempts(ready, tx)


def _staff_to_ask(rows: list[Row[Any]], tx: NotifyTransaction) -> dict[UUID, Row[Any]]:
    """Return the staff to whom something goes of a request that is hidden from somebody."""
    named = [row.recipient_staff_id for row in rows if row.whom and row.recipient_staff_id]
    return tx.staff_of(named) if named else {}


def _overtaken(row: Row[Any], staff: dict[UUID, Row[Any]]) -> str | None:
    return overtaken(
        Audience(row.audience),
        row.template,
        clock=row.facts.get("clock"),
        silenced=row.silenced,
        standing=row.standing,
        hidden=bool(row.whom) and not readers(row, staff).isdisjoint(row.whom),
    )


def _address_expired(row: Row[Any], tx: NotifyTransaction) -> bool:
    person = row.audience == Audience.PERSON
    return person and (row.sealed is None or row.sealed_until <= tx.now)


def _attempts(rows: list[Row[Any]], tx: NotifyTransaction) -> list[Attempt]:
    known = tx.agencies(row.recipient_agency_id for row in rows if row.recipient_agency_id)
    named = [row.recipient_staff_id for row in rows if row.recipient_staff_id]
    staff = tx.staff_of(named) if named else {}
    to_people = any(row.audience == Audience.PERSON for row in rows)
    phone = tx.hub_phone() if to_people else None
    return [Attempt(row, _mailbox(row, known, staff), phone) for row in rows]


def _mailbox(
    row: Row[Any], agencies: dict[UUID, Row[Any]], staff: dict[UUID, Row[Any]]
) -> str | None:
    """Return where to: a member of staff if one is named, else the agency's role mailbox."""
    if row.recipient_staff_id is not None:
        member = staff.get(row.recipient_staff_id)
        return member.email if member is not None and member.active else None
    agency = agencies.get(row.recipient_agency_id)
    return agency.mailbox if agency is not None and agency.active else None
