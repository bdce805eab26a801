"""What an agency sent to others: its requests page by page, and how its referrals went.

Promise: what a person hides from the reader is in no list, and counts in no number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from services.intake.storage import tables as t
from services.intake.storage.hidden import not_hidden

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row, Select

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
        .where(_step.c.service_id.in_(sorted(services)), *_sent_by(agency_id, since, tx))
    )
    return tx.all(mine.order_by(_step.c.referral_id, _step.c.sequence))


def refusals_since(agency_id: UUID, since: datetime, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return each time that a service refused what an agency sent since then, or sent it on."""
    of = select(_step.c.reason, _step.c.alternatives).where(
        _step.c.state.in_(("declined", "redirected")), *_sent_by(agency_id, since, tx)
    )
    return tx.all(_joined(of).order_by(_step.c.referral_id, _step.c.sequence))


def sent_and_accepted_since(
    agency_id: UUID, since: datetime, tx: IntakeTransaction
) -> tuple[int, int]:
    """Return how many referrals an agency sent since then, and how many were accepted."""
    each = func.count(_step.c.referral_id.distinct())
    of = select(_step.c.state, each.label("number")).where(
        _step.c.state.in_(("sent", "accepted")), *_sent_by(agency_id, since, tx)
    )
    found = {row.state: row.number for row in tx.all(_joined(of).group_by(_step.c.state))}
    return found.get("sent", 0), found.get("accepted", 0)


def _joined(steps: Select[Any]) -> Select[Any]:
    return steps.join_from(_step, t.request, t.request.c.id == _step.c.request_id)


def _sent_by(agency_id: UUID, since: datetime, tx: IntakeTransaction) -> tuple[Any, ...]:
    """Return what an agency sent, without what the reader must not know of."""
    return (
        t.request.c.submitter_agency_id == agency_id,
        t.request.c.submitted_at >= since,
        not_hidden(t.request.c.id, agency_id, tx.actor),
    )


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
