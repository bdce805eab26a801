"""What notify understands of agreements, case reviews and services that close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.bus.message import hears


@dataclass(frozen=True, slots=True)
class Party:
    """One agency under an agreement."""

    agency_id: UUID
    stage: str


@hears("agreement.changed.v1")
@dataclass(frozen=True, slots=True)
class AgreementChanged:
    """How an agreement stands, and whose stage somebody changed just now."""

    agreement_id: UUID
    parties: tuple[Party, ...]
    moved: tuple[UUID, ...] = ()


@hears("case.listed.v1")
@dataclass(frozen=True, slots=True)
class CaseListed:
    """Something is on the agenda of a panel, for these attendees."""

    panel_id: UUID
    request_id: UUID
    meets_on: date
    attendees: tuple[UUID, ...] = ()


@hears("case.reviewed.v1")
@dataclass(frozen=True, slots=True)
class CaseReviewed:
    """A panel wrote down what was said, for these attendees."""

    panel_id: UUID
    request_id: UUID
    attendees: tuple[UUID, ...] = ()


@hears("service.closed.v1")
@dataclass(frozen=True, slots=True)
class ServiceClosed:
    """A service takes no new referrals; these agencies have people there."""

    service_id: UUID
    until: date
    referrers: tuple[UUID, ...] = ()
