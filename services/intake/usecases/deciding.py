"""What the gate decides from: grants and overrides of our own, and our copy of the referral.

Promise: whatever is not named open here is shut: another one's request, a state that ended, a
hold, somebody it is hidden from, a category nobody granted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.gate import Scope, closed_by, scope_of, visible
from services.intake.storage.gate import referral_now
from services.intake.storage.hidden import is_hidden
from services.intake.storage.holds import holds
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
    """Why the gate opens: what it decided from."""

    request: Any
    service_id: UUID | None
    releases: tuple[Release, ...]
    person_key: bytes
    request_key: bytes

    @property
    def categories(self) -> frozenset[str]:
        """Return everything that may be seen."""
        return frozenset[str]().union(*(release.what for release in self.releases))


def decide(ask: Ask, tx: IntakeTransaction) -> Basis | Refusal:
    """Return why the gate opens and for what, or the code of why it does not."""
    step = referral_now(ask.referral_id, tx) if ask.referral_id else None
    request = tx.request_row(ask.request_id)
    if request is None or not _belongs(ask, step):
        return Refusal(NOT_YOURS)
    closed = _closed(ask, request, step, tx)
    if closed:
        return Refusal(closed)
    scope = scope_of(step.state, step.at, tx.now) if step else Scope.ALL
    releases = tuple(_releases(ask, scope, tx))
    if not releases:
        return Refusal(NO_GRANT if step else NOT_YOURS)
    person_key, request_key = tx.key_of(request.person_id), tx.key_of(request.id)
    if person_key is None or request_key is None:
        return Refusal(ERASED)
    service = step.service_id if step else None
    return Basis(request, service, releases, person_key, request_key)


def _closed(ask: Ask, request: Any, step: Any, tx: IntakeTransaction) -> str | None:  # noqa: ANN401
    """Return what keeps the gate shut whatever was granted, None where nothing does."""
    service = step.service_id if step else None
    if is_hidden(request.id, ask.recipient, tx.actor, tx, team=service):
        return HIDDEN
    closed = closed_by(request.state, holds(request.id, tx), step.state if step else None)
    if closed or step is None:
        return closed
    return NOT_OPEN if scope_of(step.state, step.at, tx.now) is Scope.NOTHING else None


def _belongs(ask: Ask, step: Any) -> bool:  # noqa: ANN401 - a row
    if step is None:
        return ask.referral_id is None
    return (step.request_id, step.agency_id) == (ask.request_id, ask.recipient)


def _releases(ask: Ask, scope: Scope, tx: IntakeTransaction) -> Iterator[Release]:
    """Yield what the newest consent that opens anything lets be seen; then what overrides add."""
    seen: frozenset[str] = frozenset()
    agreed = _agreed(ask, scope, tx) if ask.referral_id else None
    if agreed:
        seen = agreed.what
        yield agreed
    for row, released in overrides_for(ask.request_id, ask.purpose, ask.recipient, tx):
        more = _asked_for(ask, released) - seen
        if more:
            seen |= more
            yield Release(more, override_id=row.id, is_told=row.person_told)


def _agreed(ask: Ask, scope: Scope, tx: IntakeTransaction) -> Release | None:
    for consent in tx.live_consents(ask.request_id):
        granted = tx.granted(consent.id, ask.purpose, ask.recipient)
        seen = _asked_for(ask, visible(granted, scope))
        if seen:
            return Release(seen, consent_id=consent.id)
    return None


def _asked_for(ask: Ask, what: frozenset[str]) -> frozenset[str]:
    return what if ask.asked is None else what & ask.asked
