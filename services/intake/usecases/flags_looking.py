"""What whoever is on duty sees of a flag: a code, what was said, and whom to ring.

Promise: nothing that was told of the person is opened; each look is recorded, and a member of
staff from whom the person hides finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake import sealing
from services.intake.domain.duty import UNTOLD
from services.intake.errors import LeadNotFoundError
from services.intake.storage import flags
from services.intake.storage.hidden import is_hidden
from shared.bus.access import AccessGranted

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

OBJECT, PURPOSE = "flag", "duty"
SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as whoever is on duty sees it, without anything that was told of the person."""

    id: UUID
    request_id: UUID
    reference: str
    reason: str
    raised_at: datetime
    look_by: datetime
    opened_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class OpenedFlag:
    """A flag that was opened: with its words, who raised it and who works with the person."""

    flag: Flag
    comment: str
    raised_by: str
    agencies: tuple[tuple[str, str], ...]


def flags_to_look_at(tx: IntakeTransaction) -> tuple[Flag, ...]:
    """Return the flags of the caller's agency, those nobody opened first."""
    if tx.actor.agency_id is None:
        return ()
    rows = flags.flags_for(tx.actor.agency_id, tx.now - SHOWN_FOR, tx)
    return tuple(_flag(row, tx) for row in rows if not _is_hidden(row, tx))


def open_flag(flag_id: UUID, tx: IntakeTransaction) -> OpenedFlag:
    """Return a flag with its words, recording who opened it; call it in a write transaction."""
    row, who = flags.flag_row(flag_id, tx), tx.actor
    ours = row is not None and _is_ours(row, tx)
    if row is None or who.agency_id is None or not ours or _is_hidden(row, tx):
        raise LeadNotFoundError("there is nothing here for you to see")
    if row.opened_at is None:
        flags.change_flag(flag_id, tx, opened_at=tx.now, opened_by=who.id)
    what, request_id = (OBJECT,), row.request_id
    tx.announce(AccessGranted(OBJECT, str(flag_id), what, PURPOSE, request_id=request_id))
    return OpenedFlag(_flag(row, tx), words_of(row, tx), _raised_by(row, tx), _agencies(row, tx))


def _is_ours(row: Row[Any], tx: IntakeTransaction) -> bool:
    """Tell whether the caller's agency is asked; the hub is, of every flag that has climbed."""
    agency_id = tx.actor.agency_id
    climbed = row.rung >= flags.CLIMBED and agency_id == flags.hub_id(tx)
    return climbed or agency_id in {row.duty_agency_id, row.fallback_agency_id}


def _is_hidden(row: Row[Any], tx: IntakeTransaction) -> bool:
    """Tell whether this member of staff must not know of the request; the hub's duty may."""
    who = tx.actor
    if who.agency_id == flags.hub_id(tx):
        who = replace(who, agency_id=None)
    return is_hidden(row.request_id, None, who, tx, team=None)


def words_of(row: Row[Any], tx: IntakeTransaction) -> str:
    """Return what was said with a flag; nothing once the request is erased."""
    key = tx.key_of(row.request_id)
    if row.sealed_comment is None or key is None:
        return ""
    place = (flags.flag.name, "sealed_comment", row.id)
    words: str = sealing.unseal(tx.vault, key, row.sealed_comment, place)
    return words


def _raised_by(row: Row[Any], tx: IntakeTransaction) -> str:
    agency = tx.agency_row(row.raised_by_agency_id) if row.raised_by_agency_id else None
    return agency.name if agency else "The person, on their own page"


def _agencies(row: Row[Any], tx: IntakeTransaction) -> tuple[tuple[str, str], ...]:
    """Return name and phone of each agency that knows of the request."""
    request = tx.request_row(row.request_id)
    ids = [request.submitter_agency_id] if request and request.submitter_agency_id else []
    ids += [s.agency_id for s in tx.steps_of_request(row.request_id) if s.state not in UNTOLD]
    found = (tx.agency_row(one) for one in dict.fromkeys(ids))
    return tuple((agency.name, agency.phone) for agency in found if agency)


def _flag(row: Row[Any], tx: IntakeTransaction) -> Flag:
    request = tx.request_row(row.request_id)
    return Flag(
        id=row.id,
        request_id=row.request_id,
        reference=request.reference if request else "",
        reason=row.reason,
        raised_at=row.raised_at,
        look_by=row.look_by,
        opened_at=row.opened_at,
        late=row.opened_at is None and row.look_by <= tx.now,
    )
