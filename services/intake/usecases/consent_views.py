"""What the ledger holds, to be read: by the person, the referrer, and whoever keeps copies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.consent import GIVEN
from services.intake.domain.ledger import LIVE, available
from services.intake.messages import Grant
from services.intake.storage.overrides import live_override_grants
from services.intake.usecases.consent_checks import consent_of, facts, request_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction


@dataclass(frozen=True, slots=True)
class LedgerGrant:
    """One answer: this agency, this purpose, this category; given, refused or asked."""

    id: UUID | None
    purpose: str
    recipient: UUID
    category: str
    decision: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One thing that happened to a consent."""

    sequence: int
    change: str
    state: str
    at: datetime
    by: str
    method: str
    reason: str | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One consent as it stands, with its answers and everything that happened to it.

    `confirmation` is None where nothing must be confirmed, else due, overdue or done.
    """

    id: UUID
    request_id: UUID
    notice_id: str
    language: str
    state: str
    sequence: int
    method: str | None
    given_by: str | None
    capable_by: str | None
    valid_until: date | None
    recorded_at: datetime
    referral_id: UUID | None
    grants: tuple[LedgerGrant, ...]
    events: tuple[LedgerEvent, ...]
    actions: tuple[str, ...]
    confirmation: str | None
    confirm_by: datetime | None

    @property
    def live(self) -> tuple[LedgerGrant, ...]:
        """Return what is agreed to and has not ended."""
        if self.state not in LIVE:
            return ()
        return tuple(g for g in self.grants if g.decision == GIVEN and g.ended_at is None)


def consents_of(request_id: UUID, tx: IntakeTransaction) -> tuple[LedgerEntry, ...]:
    """Return every consent of a request, newest first."""
    request = request_of(request_id, tx)
    return tuple(entry_of(row, request, tx) for row in tx.consents_of(request_id))


def entry_of(row: Row[Any], request: Row[Any], tx: IntakeTransaction) -> LedgerEntry:
    """Return one consent with its answers, its history and what may be done now."""
    same = (
        "id", "request_id", "notice_id", "language", "state", "sequence", "method", "given_by",
        "capable_by", "valid_until", "recorded_at", "referral_id", "confirm_by",
    )  # fmt: skip
    return LedgerEntry(
        **{name: getattr(row, name) for name in same},
        grants=_answers(row, tx),
        events=tuple(_event(event) for event in tx.consent_events(row.id)),
        actions=available(facts(row, request, tx)),
        confirmation=_confirmation(row),
    )


def live_grants(request_id: UUID, tx: IntakeTransaction) -> tuple[Grant, ...]:
    """Return whom the live consents and overrides of a request name, and what each may know."""
    said = [
        (grant.purpose, grant.recipient_agency_id, grant.category)
        for consent in tx.live_consents(request_id)
        for grant in tx.grants_of(consent.id)
        if is_given(grant)
    ]
    for grant in live_override_grants(request_id, tx):
        said += [(grant.purpose, grant.recipient, category) for category in grant.categories]
    return merged(said)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What an agency was shown while it relied on a consent."""

    agency_id: UUID
    agency: str
    what: tuple[str, ...]
    at: datetime


def disclosed_under(consent_id: UUID, tx: IntakeTransaction) -> tuple[Disclosed, ...]:
    """Return what was shown to the recipients of a consent since it was given, newest first."""
    row = consent_of(consent_id, tx)
    named = {g.recipient_agency_id for g in tx.grants_of(consent_id) if g.decision == GIVEN}
    since = next((e.at for e in tx.consent_events(consent_id) if e.change == "C2"), row.recorded_at)
    return tuple(
        Disclosed(shown.agency_id, shown.name or "", tuple(shown.what), shown.at)
        for shown in tx.openings_of(row.request_id)
        if shown.agency_id in named and shown.at >= since
    )


def is_given(grant: Row[Any]) -> bool:
    """Tell whether an answer is a yes that has not ended."""
    return grant.decision == GIVEN and grant.ended_at is None


def merged(said: Iterable[tuple[str, UUID, str]]) -> tuple[Grant, ...]:
    """Return (purpose, recipient, category) as one grant for each purpose and recipient."""
    found: dict[tuple[str, UUID], dict[str, None]] = {}
    for purpose, recipient, category in said:
        found.setdefault((purpose, recipient), {})[category] = None
    return tuple(Grant(*whom, tuple(categories)) for whom, categories in found.items())


def _answers(row: Row[Any], tx: IntakeTransaction) -> tuple[LedgerGrant, ...]:
    answered = tuple(
        LedgerGrant(g.id, g.purpose, g.recipient_agency_id, g.category, g.decision, g.ended_at)
        for g in tx.grants_of(row.id)
    )
    return answered or tuple(
        LedgerGrant(None, "refer", asked.recipient_agency_id, category, "asked", None)
        for asked in tx.asked_of(row.id)
        for category in asked.categories
    )


def _event(row: Row[Any]) -> LedgerEvent:
    return LedgerEvent(
        row.sequence,
        row.change,
        row.state,
        row.at,
        row.by_kind,
        row.method,
        row.reason,
        row.valid_until,
    )


def _confirmation(row: Row[Any]) -> str | None:
    if row.confirm_by is None:
        return None
    if row.confirmed_at is not None:
        return "done"
    return "overdue" if row.overdue_rung else "due"
