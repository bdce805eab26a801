"""What matching can tell again: agencies, the guide, places, and how each referral came to stand.

Promise: the newest step of a referral is told first, so that a reader who has lost all never
takes it for what it no longer is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from sqlalchemy import select

from services.matching.domain.capacity import Way
from services.matching.messages import (
    AgencyChanged,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralCancelRefused,
    ReferralCancelRequested,
    ReferralCompleted,
    ReferralContacted,
    ReferralDeclined,
    ReferralHalted,
    ReferralHeld,
    ReferralInformationGiven,
    ReferralInformationRequested,
    ReferralOpened,
    ReferralOutcomeRecorded,
    ReferralProposed,
    ReferralReassigned,
    ReferralRedirected,
    ReferralReopened,
    ReferralResumed,
    ReferralReturned,
    ReferralReviewed,
    ReferralSent,
    ReferralStarted,
    ReferralVoided,
    ReferralWaiting,
    ReferralWithdrawn,
)
from services.matching.storage import tables as t
from services.matching.usecases.ending import WITH_REQUEST
from services.matching.usecases.keeping_deals import restate_deals
from services.matching.usecases.publishing import AGENCY
from services.matching.usecases.sides import sides, was_sent
from services.matching.usecases.telling import figure_of, published
from shared.bus.message import read
from shared.bus.restating import next_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction
    from shared.bus.restating import Part

PARTIES = ("request_id", "service_id", "agency_id")


def restate_agencies(tx: MatchingTransaction, after: UUID | None, limit: int) -> UUID | None:
    """Tell the next agencies again."""
    rows = tx.all(next_rows(select(t.agency), t.agency.c.id, after, limit))
    for row in rows:
        event = AgencyChanged(agency_id=row.id, **{name: getattr(row, name) for name in AGENCY})
        tx.restate(event, sequence=row.version, since=tx.now)
    return rows[-1].id if rows else None


def restate_guide(tx: MatchingTransaction, after: UUID | None, limit: int) -> UUID | None:
    """Tell the next entries of the guide again, with their places."""
    rows = tx.guide_after(after, limit)
    for row in rows:
        since = tx.published_at(row.id, row.entry_version)
        tx.restate(published(row, tx.now), sequence=row.told, since=since)
        figure = figure_of(row, tx.now)
        if figure is not None:
            tx.restate(figure, sequence=row.told, since=figure.as_of)
    return rows[-1].id if rows else None


def restate_referrals(tx: MatchingTransaction, after: UUID | None, limit: int) -> UUID | None:
    """Tell each step of the next referrals again, the newest first."""
    rows = tx.all(next_rows(select(t.referral), t.referral.c.id, after, limit))
    steps = tx.history([row.id for row in rows])
    for row in rows:
        for step in reversed(steps[row.id]):
            event = STEPS[step.event](row, step)
            tx.restate(event, sequence=step.version, since=step.at)
    return rows[-1].id if rows else None


def _proposed(row: Row[Any], _step: Row[Any]) -> ReferralProposed:
    return ReferralProposed(
        **_parties(row),
        consent_id=row.consent_id,
        needs=tuple(row.needs),
        consent_needed=row.consent_needed,
        rules_version=row.rules_version,
        geography_version=row.geography_version,
    )


def _sent(row: Row[Any], step: Row[Any]) -> ReferralSent:
    return ReferralSent(
        **_parties(row),
        reference=row.reference,
        consent_id=row.consent_id,
        referrer_agency_id=row.referrer_agency_id,
        needs=tuple(row.needs),
        urgency=row.urgency,
        enquiry=row.way == Way.ENQUIRY,
        sent_at=row.sent_at,
        answer_by=step.due_at or row.answer_by,
    )


def _opened(row: Row[Any], _step: Row[Any]) -> ReferralOpened:
    return ReferralOpened(**_parties(row))


def _accepted(row: Row[Any], step: Row[Any]) -> object:
    if step.told is not None:
        return _beside(ReferralAccepted)(row, step)
    return ReferralAccepted(
        **_parties(row),
        reference=row.reference,
        referrer_agency_id=row.referrer_agency_id,
        forecast_start=row.forecast_start,
    )


def _declined(row: Row[Any], step: Row[Any]) -> ReferralDeclined:
    return ReferralDeclined(
        **_parties(row),
        reference=row.reference,
        referrer_agency_id=row.referrer_agency_id,
        reason=step.reason,
        alternatives=tuple(UUID(service_id) for service_id in row.alternatives or ()),
    )


def _moved(kind: type, *told: str) -> Callable[[Row[Any], Row[Any]], object]:
    """Return what tells again a step that names both sides, and what *told* is taken from."""
    known: dict[str, Callable[[Row[Any], Row[Any]], Any]] = {
        "reason": lambda _row, step: step.reason,
        "basis": lambda _row, step: step.reason,
        "state": lambda _row, step: step.led_to,
        "answer_by": lambda _row, step: step.due_at,
        "sent": lambda row, _step: was_sent(row),
        "with_request": lambda _row, step: step.transition == WITH_REQUEST.number,
    }

    def tell(row: Row[Any], step: Row[Any]) -> object:
        return kind(**sides(row), **{name: known[name](row, step) for name in told})

    return tell


def _beside(kind: type) -> Callable[[Row[Any], Row[Any]], object]:
    """Return what tells again a step whose history keeps what it told beside."""

    def tell(row: Row[Any], step: Row[Any]) -> object:
        known = orjson.loads(orjson.dumps(sides(row)))
        return read(kind, {**known, **step.told})

    return tell


def _parties(row: Row[Any]) -> dict[str, UUID]:
    return {"referral_id": row.id, **{name: getattr(row, name) for name in PARTIES}}


STEPS: Mapping[str, Callable[[Row[Any], Row[Any]], object]] = {
    "referral.proposed": _proposed,
    "referral.sent": _sent,
    "referral.opened": _opened,
    "referral.accepted": _accepted,
    "referral.declined": _declined,
    "referral.information_requested": _moved(ReferralInformationRequested, "answer_by"),
    "referral.information_given": _moved(ReferralInformationGiven),
    "referral.cancelled": _moved(ReferralCancelled, "reason", "sent"),
    "referral.cancel_requested": _moved(ReferralCancelRequested, "reason"),
    "referral.cancel_refused": _moved(ReferralCancelRefused, "reason", "state"),
    "referral.halted": _moved(ReferralHalted, "reason", "answer_by"),
    "referral.acknowledged": _moved(ReferralAcknowledged, "basis"),
    "referral.resumed": _moved(ReferralResumed, "state"),
    "referral.withdrawn": _moved(ReferralWithdrawn, "reason", "sent", "with_request"),
    "referral.completed": _beside(ReferralCompleted),
    "referral.contacted": _beside(ReferralContacted),
    "referral.held": _beside(ReferralHeld),
    "referral.outcome_recorded": _beside(ReferralOutcomeRecorded),
    "referral.reassigned": _beside(ReferralReassigned),
    "referral.redirected": _beside(ReferralRedirected),
    "referral.reopened": _beside(ReferralReopened),
    "referral.returned": _beside(ReferralReturned),
    "referral.reviewed": _beside(ReferralReviewed),
    "referral.started": _beside(ReferralStarted),
    "referral.waiting": _beside(ReferralWaiting),
    "referral.voided": _moved(ReferralVoided, "reason", "sent"),
}
PARTS: tuple[Part, ...] = (restate_agencies, restate_guide, restate_deals, restate_referrals)
