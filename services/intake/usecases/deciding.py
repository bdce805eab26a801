"""What the gate decides from: grants and overrides of our own, and our copy of the referral.

Promise: whatever is not named open here is shut: another one's request, a state that ended, a
hold, somebody it is hidden from, a category nobody granted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.gate import CANCEL_REQUESTED, Scope, closed_by, scope_of, visible
from services.intake.storage.gate import agreed, case_of, doors_of, state_before
from services.intake.storage.hidden import is_among
from services.intake.storage.overrides import overrides_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.intake.storage import IntakeTransaction

NOT_YOURS, HIDDEN = "NOT_YOURS", "HIDDEN"
NOT_OPEN, NO_GRANT = "REFERRAL_NOT_OPEN", "NO_LIVE_GRANT"
ERASED = "ERASED"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The gate stays closed; the reason is a code for the log, not for the caller."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks for what; no referral means: on the strength of an override alone."""

    request_id: UUID
    referral_id: UUID | None
    recipient: UUID
    purpose: str
    asked: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Release:
    """What one consent, or one override, lets be seen; the person may see that it was opened."""

    what: frozenset[str]
    consent_id: UUID | None = None
    override_id: UUID | None = None
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class Basis:
    """Why the gate opens: the case as it lies sealed, and what may be seen of it."""

    case: Any
    releases: tuple[Release, ...]

    @property
    def categories(self) -> frozenset[str]:
        """Return everything that may be seen."""
        return frozenset[str]().union(*(release.what for release in self.releases))


def decide(ask: Ask, tx: IntakeTransaction) -> Basis | Refusal:
    """Return why the gate opens and for what, or the code of why it does not."""
    case = case_of(ask.request_id, ask.referral_id, tx)
    if case is None or not _belongs(ask, case):
        return Refusal(NOT_YOURS)
    scope = _scope(ask, case, tx)
    closed = _closed(ask, case, scope, tx)
    if closed:
        return Refusal(closed)
    releases = tuple(_releases(ask, scope, tx))
    if not releases:
        return Refusal(NO_GRANT if ask.referral_id else NOT_YOURS)
    if case.person_key is None or case.request_key is None:
        return Refusal(ERASED)
    return Basis(case, releases)


def _belongs(ask: Ask, case: Any) -> bool:  # noqa: ANN401 - a row
    return ask.referral_id is None or case.agency_id == ask.recipient


def _closed(ask: Ask, case: Any, scope: Scope, tx: IntakeTransaction) -> str | None:  # noqa: ANN401
    """Return what keeps the gate shut whatever was granted, None where nothing does."""
    hidden, holds = doors_of(case.id, tx)
    if is_among(hidden, ask.recipient, tx.actor, team=case.service_id):
        return HIDDEN
    closed = closed_by(case.state, holds, case.referral_state)
    if closed:
        return closed
    return NOT_OPEN if scope is Scope.NOTHING else None


def _scope(ask: Ask, case: Any, tx: IntakeTransaction) -> Scope:  # noqa: ANN401 - a row
    if ask.referral_id is None:
        return Scope.ALL
    state = case.referral_state
    if state == CANCEL_REQUESTED:
        state = state_before(ask.referral_id, state, tx) or state
    return scope_of(state, case.referral_at, tx.now)


def _releases(ask: Ask, scope: Scope, tx: IntakeTransaction) -> Iterator[Release]:
    """Yield what the newest consent that opens anything lets be seen; then what overrides add."""
    seen: frozenset[str] = frozenset()
    consent = _agreed(ask, scope, tx) if ask.referral_id else None
    if consent:
        seen = consent.what
        yield consent
    for row, released in overrides_for(ask.request_id, ask.purpose, ask.recipient, tx):
        more = _asked_for(ask, released) - seen
        if more:
            seen |= more
            yield Release(more, override_id=row.id, is_told=row.person_told)


def _agreed(ask: Ask, scope: Scope, tx: IntakeTransaction) -> Release | None:
    for consent_id, granted in agreed(ask.request_id, ask.purpose, ask.recipient, tx):
        seen = _asked_for(ask, visible(granted, scope))
        if seen:
            return Release(seen, consent_id=consent_id)
    return None


def _asked_for(ask: Ask, what: frozenset[str]) -> frozenset[str]:
    return what if ask.asked is None else what & ask.asked
