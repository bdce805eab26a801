"""What an agency sent to others: its requests page by page, and how its referrals went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from services.intake.storage import tables as t
from services.intake.storage.hidden import not_hidden

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

_step = t.referral_step


def requests_of(
    agency_id: UUID, states: Collection[str], tx: IntakeTransaction, *, page: int, size: int
) -> list[Row[Any]]:
    """Return one page of an agency's requests, newest first, and one row more if there are."""
    mine = select(t.request).where(*_of(agency_id, states, tx))
    ordered = mine.order_by(t.request.c.submitted_at.desc(), t.request.c.id.desc())
    return tx.all(ordered.limit(size + 1).offset((page - 1) * size))


def count_of(agency_id: UUID, states: Collection[str], tx: IntakeTransaction) -> int:
    """Return how many requests of an agency stand in one of *states*."""
    mine = select(func.count()).select_from(t.request)
    number: int = tx.execute(mine.where(*_of(agency_id, states, tx))).scalar_one()
    return number


def _of(agency_id: UUID, states: Collection[str], tx: IntakeTransaction) -> tuple[Any, ...]:
    """Return what an agency's requests in *states* are, without those the caller must not know."""
    return (
        t.request.c.submitter_agency_id == agency_id,
        t.request.c.state.in_(sorted(states)),
        not_hidden(t.request.c.id, agency_id, tx.actor),
    )


def steps_of_all(request_ids: Collection[UUID], tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the steps of every referral of these requests, each referral's in order."""
    if not request_ids:
        return []
    these = select(_step).where(_step.c.request_id.in_(sorted(request_ids)))
    return tx.all(these.order_by(_step.c.referral_id, _step.c.sequence))


def steps_since(
    agency_id: UUID, services: Collection[UUID], since: datetime, tx: IntakeTransaction
) -> list[Row[Any]]:
    """Return the steps of what an agency asked of *services* since then."""
    if not services:
        return []
    mine = (
        select(_step)
        .join(t.request, t.request.c.id == _step.c.request_id)
        .where(
            t.request.c.submitter_agency_id == agency_id,
            t.request.c.submitted_at >= since,
            _step.c.service_id.in_(sorted(services)),
        )
    )
    return tx.all(mine.order_by(_step.c.referral_id, _step.c.sequence))


def guide_entries(services: Collection[UUID], tx: IntakeTransaction) -> dict[UUID, Row[Any]]:
    """Return name, agency and categories of each of these services."""
    if not services:
        return {}
    entries = (
        select(t.guide, t.agency.c.name.label("agency"))
        .join(t.agency, t.agency.c.id == t.guide.c.agency_id)
        .where(t.guide.c.service_id.in_(sorted(services)))
    )
    return {row.service_id: row for row in tx.all(entries)}
