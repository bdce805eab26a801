"""What the gate looks at, in three statements that were built once: it is asked at every reading.

Promise: a case is one request with at most the one referral that was named and belongs to it.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Uuid, and_, bindparam, cast, func, null, select, union_all

from services.intake.domain.consent import GIVEN
from services.intake.domain.ledger import usable
from services.intake.storage import tables as t
from services.intake.storage.hidden import hidden_from
from services.intake.storage.holds import request_hold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from shared.storage import Transaction

_step, _later = t.referral_step, t.referral_step.alias()
_latest = select(func.max(_later.c.sequence)).where(
    _later.c.referral_id == bindparam("referral_id")
)
_person_key, _request_key = t.vault_key.alias(), t.vault_key.alias()
_notes = t.named_service
_CASE = (
    select(
        t.request.c.id,
        t.request.c.person_id,
        t.request.c.state,
        t.request.c.access_needs,
        t.request.c.sealed_story,
        t.person.c.sealed_identity,
        t.person.c.sealed_contact,
        t.person.c.sealed_address,
        t.person.c.sealed_household,
        _step.c.service_id,
        _step.c.agency_id,
        _step.c.state.label("referral_state"),
        _step.c.at.label("referral_at"),
        _person_key.c.wrapped.label("person_key"),
        _request_key.c.wrapped.label("request_key"),
        _notes.c.id.label("notes_id"),
        _notes.c.sealed_notes,
    )
    .join(t.person, t.person.c.id == t.request.c.person_id)
    .outerjoin(
        _step,
        and_(
            _step.c.referral_id == bindparam("referral_id"),
            _step.c.request_id == t.request.c.id,
            _step.c.sequence == _latest.scalar_subquery(),
        ),
    )
    .outerjoin(_person_key, _person_key.c.owner_id == t.request.c.person_id)
    .outerjoin(_request_key, _request_key.c.owner_id == t.request.c.id)
    .outerjoin(
        _notes,
        and_(_notes.c.request_id == t.request.c.id, _notes.c.service_id == _step.c.service_id),
    )
    .where(t.request.c.id == bindparam("request_id"))
)
_BEFORE = (
    select(_step.c.state)
    .where(_step.c.referral_id == bindparam("referral_id"), _step.c.state != bindparam("state"))
    .order_by(_step.c.sequence.desc())
)
_DOORS: Any = union_all(
    select(hidden_from.c.kind, hidden_from.c.id).where(
        hidden_from.c.request_id == bindparam("request_id")
    ),
    select(request_hold.c.kind, cast(null(), Uuid)).where(
        request_hold.c.request_id == bindparam("request_id")
    ),
)
_consent, _event, _grant = t.consent_record, t.consent_event, t.consent_grant
_newer = t.consent_event.alias()
_last = select(func.max(_newer.c.sequence)).where(_newer.c.consent_id == _consent.c.id)
_AGREED = (
    select(
        _consent.c.id,
        _consent.c.valid_until,
        _consent.c.capable_by,
        _event.c.state,
        _grant.c.category,
    )
    .join(_event, _event.c.consent_id == _consent.c.id)
    .join(_grant, _grant.c.consent_id == _consent.c.id)
    .where(
        _consent.c.request_id == bindparam("request_id"),
        _event.c.sequence == _last.correlate(_consent).scalar_subquery(),
        _grant.c.purpose == bindparam("purpose"),
        _grant.c.recipient_agency_id == bindparam("recipient"),
        _grant.c.decision == bindparam("decision"),
        _grant.c.ended_at.is_(None),
    )
    .order_by(_consent.c.recorded_at.desc(), _consent.c.id.desc())
)


def case_of(request_id: UUID, referral_id: UUID | None, tx: Transaction) -> Any:  # noqa: ANN401 - a row
    """Return a request, still sealed, with its keys and its referral. None if there is none."""
    found = tx.ask(_CASE, request_id=request_id, referral_id=referral_id)
    return next(iter(found), None)


def state_before(referral_id: UUID, state: str, tx: Transaction) -> str | None:
    """Return what a referral was before it came to be in *state*."""
    found: list[Any] = tx.ask(_BEFORE, referral_id=referral_id, state=state)
    return found[0].state if found else None


def doors_of(request_id: UUID, tx: Transaction) -> tuple[frozenset[tuple[str, UUID]], list[str]]:
    """Return from whom a request is hidden, and what holds its gate shut."""
    rows: list[Any] = tx.ask(_DOORS, request_id=request_id)
    hidden = frozenset((row.kind, row.id) for row in rows if row.id is not None)
    return hidden, [row.kind for row in rows if row.id is None]


def agreed(
    request_id: UUID, purpose: str, recipient: UUID, tx: Transaction
) -> Iterator[tuple[UUID, frozenset[str]]]:
    """Yield each consent that may be relied on now with what it lets *recipient* see."""
    asked = {"request_id": request_id, "purpose": purpose, "recipient": recipient}
    rows: list[Any] = tx.ask(_AGREED, **asked, decision=GIVEN)
    today = tx.now.date()
    for consent_id, grants in groupby(rows, key=attrgetter("id")):
        found = list(grants)
        if usable(found[0].state, found[0].valid_until, found[0].capable_by, today):
            yield consent_id, frozenset(row.category for row in found)
