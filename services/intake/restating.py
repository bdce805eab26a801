"""What intake can tell again: each request as matching copies it, in codes alone.

Consents travel inside: a request is told with the agencies that hold a live grant now. What
ended is told with its end; what still waits for a first yes was never told, and is not now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.intake.domain.request_transitions import RequestState
from services.intake.messages import (
    RequestClosed,
    RequestErased,
    RequestRestricted,
    RequestSubmitted,
    RequestVoided,
    RequestWithdrawn,
)
from services.intake.storage import tables as t
from services.intake.storage.changes import outcome_of
from services.intake.storage.hidden import hidden_agencies, hidden_staff, hidden_teams
from services.intake.storage.holds import RESTRICTED, holds
from services.intake.storage.rights import erasure_row
from services.intake.usecases.consent_views import live_grants
from shared.bus.restating import next_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction
    from shared.bus.restating import Part

SAME = (
    "reference",
    "submitted_at",
    "age",
    "language",
    "interpreter",
    "threshold",
    "urgency",
    "source",
    "onward_of",
)
_NAMED = select(t.named_service.c.service_id).order_by(t.named_service.c.id)
ENDS: dict[str, Callable[..., object]] = {
    RequestState.WITHDRAWN: RequestWithdrawn,
    RequestState.CLOSED: RequestClosed,
    RequestState.ENTERED_IN_ERROR: RequestVoided,
}


def restate_requests(tx: IntakeTransaction, after: UUID | None, limit: int) -> UUID | None:
    """Tell the next requests again, as they are known now."""
    rows = tx.all(next_rows(select(t.request), t.request.c.id, after, limit))
    for row in rows:
        if row.state != RequestState.AWAITING_CONSENT:
            _restate(row, tx)
    return rows[-1].id if rows else None


def _restate(row: Row[Any], tx: IntakeTransaction) -> None:
    if tx.consents_of(row.id):
        tx.restate(as_submitted(row, tx), sequence=row.version, since=row.submitted_at)
    if RESTRICTED in holds(row.id, tx):
        restricted = RequestRestricted(row.id, restricted=True)
        tx.restate(restricted, sequence=row.version, since=row.submitted_at)
    if row.state in ENDS:
        end = ENDS[row.state](
            row.id, row.reference, outcome_of(row.id, tx), row.submitter_agency_id
        )
        tx.restate(end, sequence=row.version, since=row.submitted_at)
    gone = erasure_row(row.id, tx)
    if gone is not None:
        erased = RequestErased(row.id, gone.basis, gone.approver)
        tx.restate(erased, sequence=row.version, since=gone.at)


def as_submitted(row: Row[Any], tx: IntakeTransaction) -> RequestSubmitted:
    """Return a request as it is told to others, with whoever may know of it now."""
    newest = tx.consents_of(row.id)[0]
    named = tx.all(_NAMED.where(t.named_service.c.request_id == row.id))
    return RequestSubmitted(
        request_id=row.id,
        consent_id=newest.id,
        referrer_agency_id=row.submitter_agency_id,
        needs=tuple(row.needs),
        area_codes=tuple(row.area_codes or ()),
        geography_version=row.geography_version or "",
        access_needs=tuple(row.access_needs),
        groups=tuple(row.groups),
        recipients=live_grants(row.id, tx),
        services=tuple(one.service_id for one in named),
        agreed_by_phone=bool(row.agreed_by_phone),
        hidden_from_agencies=hidden_agencies(row.id, tx),
        hidden_from_staff=hidden_staff(row.id, tx),
        hidden_from_teams=hidden_teams(row.id, tx),
        **{name: getattr(row, name) for name in SAME},
    )


PARTS: tuple[Part, ...] = (restate_requests,)
