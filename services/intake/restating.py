"""What intake can tell again: each request as matching copies it, in codes alone.

Consents travel inside: a request is told with the agencies that hold a live grant now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.intake.domain.consent import GIVEN
from services.intake.messages import Grant, RequestSubmitted
from services.intake.storage import tables as t
from shared.bus.restating import next_rows

if TYPE_CHECKING:
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
)
_NAMED = select(t.named_service.c.service_id).order_by(t.named_service.c.id)
_GRANTS = select(t.consent_grant).where(t.consent_grant.c.decision == GIVEN)


def restate_requests(tx: IntakeTransaction, after: UUID | None, limit: int) -> UUID | None:
    """Tell the next requests again, as they are known now."""
    rows = tx.all(next_rows(select(t.request), t.request.c.id, after, limit))
    for row in rows:
        tx.restate(_told(row, tx), sequence=row.version, since=row.submitted_at)
    return rows[-1].id if rows else None


def _told(row: Row[Any], tx: IntakeTransaction) -> RequestSubmitted:
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
        recipients=_recipients(row.id, tx),
        services=tuple(one.service_id for one in named),
        agreed_by_phone=bool(row.agreed_by_phone),
        **{name: getattr(row, name) for name in SAME},
    )


def _recipients(request_id: UUID, tx: IntakeTransaction) -> tuple[Grant, ...]:
    """Return whom the live consents of a request name, and what each may be told."""
    merged: dict[tuple[str, UUID], dict[str, None]] = {}
    for consent in tx.live_consents(request_id):
        for grant in tx.all(_GRANTS.where(t.consent_grant.c.consent_id == consent.id)):
            whom = (grant.purpose, grant.recipient_agency_id)
            merged.setdefault(whom, {})[grant.category] = None
    return tuple(Grant(*whom, tuple(categories)) for whom, categories in merged.items())


PARTS: tuple[Part, ...] = (restate_requests,)
