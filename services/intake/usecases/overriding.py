"""Sharing without agreement (C11): who may decide it, and what is kept and told of it.

Promise: only named recipients, only what is confirmed to be the least; the rationale is sealed
and in no message, and to whoever has nothing to do with a request there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from services.intake import sealing
from services.intake.domain import overrides as rules
from services.intake.domain.gate import OPEN_REQUESTS
from services.intake.domain.overrides import Known, Override, faults
from services.intake.domain.references import plain
from services.intake.errors import OverrideRefusedError, RequestNotFoundError
from services.intake.messages import Grant, OverrideRecorded
from services.intake.storage import tables as t
from services.intake.storage.hidden import AGENCY, hidden, is_hidden
from services.intake.storage.overrides import override, override_grant, override_row
from services.intake.usecases.agreed import submit_when_agreed
from shared.codes import codes
from shared.errors import Fault

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

__all__ = ["Override", "Sharing", "find_to_share", "record_override", "sharing"]

ROLE, HUB, REFER = "safeguarding", "hub", "refer"
PROPOSED = "proposed"
LONGEST_TYPED = 40


@dataclass(frozen=True, slots=True)
class Sharing:
    """A request that may be shared from, and the agencies that may be named."""

    request_id: UUID
    reference: str
    agencies: tuple[tuple[UUID, str], ...]


def sharing(request_id: UUID, tx: IntakeTransaction) -> Sharing:
    """Return what a safeguarding lead may share from, or raise RequestNotFoundError."""
    row = _theirs(tx.request_row(request_id), tx)
    return Sharing(row.id, row.reference, _nameable(row, tx))


def find_to_share(reference: str, tx: IntakeTransaction) -> UUID:
    """Return the request of a reference, if the caller may share from it."""
    row = _theirs(tx.request_by_reference(plain(reference[:LONGEST_TYPED])), tx)
    request_id: UUID = row.id
    return request_id


def record_override(
    request_id: UUID, said: Override, tx: IntakeTransaction, *, under: UUID | None = None
) -> UUID:
    """Keep what a safeguarding lead decided, and tell it; raise OverrideRefusedError on faults.

    *under* is the id its form carries: however often that is sent, one override is recorded.
    """
    request = _theirs(tx.request_row(request_id), tx)
    before = override_row(under, tx) if under else None
    if under and before is not None and before.request_id == request_id:
        return under
    agencies = [agency for agency, _ in _nameable(request, tx)]
    found = [Fault(f"/{field}", detail) for field, detail in faults(said, _known(agencies, tx))]
    key = tx.key_of(request_id)
    if found or key is None:
        raise OverrideRefusedError("this cannot be shared yet", found)
    override_id = tx.new_id() if under is None or before is not None else under
    _keep(override_id, request_id, said, key, tx)
    grants = tuple(Grant(REFER, agency, said.categories) for agency in said.recipients)
    event = OverrideRecorded(
        override_id=override_id,
        request_id=request_id,
        reference=request.reference,
        ground=said.ground,
        grants=grants,
        person_told=bool(said.person_told),
        why_not_told=None if said.person_told else said.why_not_told,
        review_by=tx.now + rules.REVIEW_WITHIN,
    )
    tx.announce(event, sequence=1)
    submit_when_agreed(request_id, tx)
    return override_id


def _theirs(row: Row[Any] | None, tx: IntakeTransaction) -> Row[Any]:
    """Return a request that the caller's agency has to do with; to others there is none."""
    who = tx.actor
    if row is None or ROLE not in who.roles or row.state not in OPEN_REQUESTS:
        raise RequestNotFoundError("there is no such request")
    if is_hidden(row.id, who.agency_id, who, tx, team=None) or not _has_to_do(row, tx):
        raise RequestNotFoundError("there is no such request")
    return row


def _has_to_do(row: Row[Any], tx: IntakeTransaction) -> bool:
    mine = tx.actor.agency_id
    if mine is None:
        return False
    agency = tx.agency_row(mine)
    steps = tx.steps_of_request(row.id)
    asked = any(step.agency_id == mine and step.state != PROPOSED for step in steps)
    hub = agency is not None and agency.kind == HUB
    return hub or asked or row.submitter_agency_id == mine


def _nameable(row: Row[Any], tx: IntakeTransaction) -> tuple[tuple[UUID, str], ...]:
    """Return the agencies that may be told; never one that the person hides from."""
    active = select(t.agency.c.id, t.agency.c.name).where(t.agency.c.active)
    found = tx.all(active.order_by(t.agency.c.name, t.agency.c.id))
    unnamed = {one for kind, one in hidden(row.id, tx) if kind == AGENCY}
    return tuple((agency.id, agency.name) for agency in found if agency.id not in unnamed)


def _known(agencies: list[UUID], tx: IntakeTransaction) -> Known:
    mine = tx.agency_row(tx.actor.agency_id) if tx.actor.agency_id else None
    today = tx.now.date()
    grounds, categories = codes("override_grounds"), codes("categories")
    return Known(
        grounds=[code for code, entry in grounds.items() if entry.in_force(today)],
        categories=[code for code, entry in categories.items() if entry.in_force(today)],
        agencies=agencies,
        agency_kind=mine.kind if mine else "",
    )


def _keep(
    override_id: UUID, request_id: UUID, said: Override, key: bytes, tx: IntakeTransaction
) -> None:
    place = ("override", "sealed_rationale", override_id)
    tx.insert(
        override,
        id=override_id,
        request_id=request_id,
        ground=said.ground,
        why_no_consent=said.why_no_consent,
        person_told=bool(said.person_told),
        why_not_told=None if said.person_told else said.why_not_told,
        sealed_rationale=sealing.seal(tx.vault, key, said.rationale, place),
        recorded_at=tx.now,
        recorded_by=str(tx.actor.id),
        recorded_by_agency_id=tx.actor.agency_id,
        review_by=tx.now + rules.REVIEW_WITHIN,
        state=rules.UNREVIEWED,
        rung=0,
        version=1,
    )
    for agency in said.recipients:
        for category in said.categories:
            named = {"purpose": REFER, "recipient_agency_id": agency, "category": category}
            tx.insert(override_grant, override_id=override_id, **named)
