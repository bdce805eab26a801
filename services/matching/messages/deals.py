"""What matching tells of agreements between agencies, and of case reviews under them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.bus.message import announces


@dataclass(frozen=True, slots=True)
class AgreementParty:
    """One agency under an agreement, and how far it is admitted."""

    agency_id: UUID
    stage: str
    may_refer: bool
    may_receive: bool


@announces("agreement.changed.v1", subject="agreement_id")
@dataclass(frozen=True, slots=True)
class AgreementChanged:
    """An agreement is new, or its dates, its data or somebody's stage changed.

    `required`: this partnership lets agencies refer only under an agreement. `moved`: whose
    stage somebody changed just now.
    """

    agreement_id: UUID
    starts_on: date
    ends_on: date | None
    categories: tuple[str, ...]
    purposes: tuple[str, ...]
    parties: tuple[AgreementParty, ...]
    required: bool
    moved: tuple[UUID, ...] = ()


@announces("case.listed.v1", subject="case_id")
@dataclass(frozen=True, slots=True)
class CaseListed:
    """A request stands on the agenda of a case-review panel; why is told by codes.

    `attendees` are the staff who may see that line.
    """

    case_id: UUID
    panel_id: UUID
    agreement_id: UUID
    request_id: UUID
    consent_id: UUID
    reasons: tuple[str, ...]
    meets_on: date
    attendees: tuple[UUID, ...] = ()


@announces("case.reviewed.v1", subject="case_id")
@dataclass(frozen=True, slots=True)
class CaseReviewed:
    """A panel talked about a request; what was decided is a code, its words are notes.

    `attendees` are the staff who may read them.
    """

    case_id: UUID
    panel_id: UUID
    agreement_id: UUID
    request_id: UUID
    decision: str
    agencies: tuple[UUID, ...]
    actions: int
    attendees: tuple[UUID, ...] = ()
