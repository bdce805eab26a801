"""What a referrer watches: their agency's requests, where each stands and what is due.

Promise: ids, codes and times alone; nothing personal is opened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain import due
from services.intake.domain.due import Due
from services.intake.domain.pattern import Past, Pattern, patterns
from services.intake.domain.request_transitions import ENDED, RequestState
from services.intake.domain.stages import STAGES, request_state
from services.intake.storage import referring
from services.intake.storage.acknowledging import is_acknowledged
from services.intake.usecases.consenting import consents_of
from services.intake.usecases.drafting import drafts_seen
from services.intake.usecases.showing import suggested_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

PAGE = 50
LIVE, OVER = "live", "ended"
STORED = {
    LIVE: frozenset({RequestState.AWAITING_CONSENT.value, RequestState.SUBMITTED.value}),
    OVER: frozenset(state.value for state in ENDED),
}
LOOKED_BACK = timedelta(days=365)
OPENLY = frozenset({"public", "partners"})
NOT_SHOWN = frozenset({"entered_in_error"})


@dataclass(frozen=True, slots=True)
class Watched:
    """One request in a list: how far its referrals are, and what is due first."""

    id: UUID
    reference: str
    state: str
    needs: tuple[str, ...]
    submitted_at: datetime
    stages: tuple[str, ...]
    due: Due | None


@dataclass(frozen=True, slots=True)
class WatchedReferral:
    """One referral of a request as its referrer sees it."""

    id: UUID
    service: str
    agency: str
    state: str
    stage: str
    at: datetime
    reason: str | None
    dues: tuple[Due, ...]
    suggested: tuple[str, ...] = ()

    @property
    def due(self) -> Due | None:
        """Return what is due first."""
        return due.soonest(self.dues)


def watched(agency_id: UUID, show: str, tx: IntakeTransaction, *, page: int) -> list[Watched]:
    """Return one page of an agency's requests, and one more if there are."""
    seen = referring.requests_of(agency_id, STORED[show], tx, page=page, size=PAGE)
    taken = _by_request(referring.steps_of_all([row.id for row in seen], tx))
    names = referring.guide_entries({s.service_id for steps in taken.values() for s in steps}, tx)
    return [_watched(row, taken.get(row.id, []), names) for row in seen]


def counts(agency_id: UUID, tx: IntakeTransaction) -> dict[str, int]:
    """Return how many requests of an agency are live and over, and how many drafts it has."""
    found = {show: referring.count_of(agency_id, states, tx) for show, states in STORED.items()}
    return {**found, "drafts": len(drafts_seen(agency_id, tx))}


def referrals_of(request_id: UUID, tx: IntakeTransaction) -> tuple[WatchedReferral, ...]:
    """Return how far each referral of a request has come."""
    steps = tx.steps_of_request(request_id)
    names = referring.guide_entries({step.service_id for step in steps}, tx)
    found = (
        replace(_referral(taken, names), suggested=suggested_by(taken[-1], OPENLY, tx))
        for taken in _each(steps)
    )
    return tuple(one for one in found if one.state not in NOT_SHOWN)


def dues_of(request_id: UUID, tx: IntakeTransaction) -> tuple[Due, ...]:
    """Return everything that is due of a request, the soonest first."""
    found = [each for one in referrals_of(request_id, tx) for each in one.dues]
    found += _of_arrival(request_id, tx)
    for entry in consents_of(request_id, tx):
        confirm = None if entry.confirmation == "done" else entry.confirm_by
        found += due.of_consent(entry.state, entry.valid_until, confirm)
    return due.in_order(found)


def _of_arrival(request_id: UUID, tx: IntakeTransaction) -> list[Due]:
    """Return by when the person is to be told that it has arrived, until they are (K1)."""
    row = tx.request_row(request_id)
    if row is None or row.acknowledge_by is None or row.state != RequestState.SUBMITTED:
        return []
    done = is_acknowledged(request_id, tx)
    return [] if done else [Due(due.ACKNOWLEDGE, row.acknowledge_by)]


def own_pattern(
    agency_id: UUID, services: Collection[UUID], tx: IntakeTransaction
) -> Mapping[UUID, Pattern]:
    """Return how what this agency asked of each service in a year was answered."""
    steps = referring.steps_since(agency_id, services, tx.now - LOOKED_BACK, tx)
    past = (
        Past(taken[-1].service_id, tuple(s.state for s in taken), taken[-1].reason)
        for taken in _each(steps)
    )
    return patterns(past)


def _watched(row: Row[Any], steps: list[Row[Any]], names: Mapping[UUID, Row[Any]]) -> Watched:
    each = [_referral(taken, names) for taken in _each(steps)]
    dues = [one.due for one in each if one.due]
    if row.state == RequestState.AWAITING_CONSENT:
        dues.append(due.Due(due.CONSENT_ASKED, None))
    return Watched(
        id=row.id,
        reference=row.reference,
        state=request_state(row.state, [one.state for one in each]),
        needs=tuple(row.needs),
        submitted_at=row.submitted_at,
        stages=tuple(one.stage for one in each if one.stage),
        due=due.soonest(dues),
    )


def _referral(taken: list[Row[Any]], names: Mapping[UUID, Row[Any]]) -> WatchedReferral:
    last, entry = taken[-1], names.get(taken[-1].service_id)
    service = entry.name if entry else "A service"
    known = [STAGES[step.state] for step in taken if step.state in STAGES]
    steps = [due.Step(s.state, s.answer_by, s.starts_on, s.until) for s in taken]
    return WatchedReferral(
        id=last.referral_id,
        service=service,
        agency=entry.agency if entry else "",
        state=last.state,
        stage=known[-1] if known else "",
        at=last.at,
        reason=last.reason,
        dues=due.of_referral(steps, service),
    )


def _each(steps: Iterable[Row[Any]]) -> list[list[Row[Any]]]:
    return [list(taken) for _, taken in groupby(steps, key=attrgetter("referral_id"))]


def _by_request(steps: Iterable[Row[Any]]) -> dict[UUID, list[Row[Any]]]:
    found: dict[UUID, list[Row[Any]]] = {}
    for step in steps:
        found.setdefault(step.request_id, []).append(step)
    return found
