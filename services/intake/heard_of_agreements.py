"""What intake hears of agreements between agencies: only the fields it needs."""

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
    may_refer: bool
    may_receive: bool


@hears("agreement.changed.v1")
@dataclass(frozen=True, slots=True)
class AgreementChanged:
    """An agreement between agencies is new or has changed."""

    agreement_id: UUID
    starts_on: date
    ends_on: date | None
    categories: tuple[str, ...]
    parties: tuple[Party, ...]
    required: bool
    purposes: tuple[str, ...] = ("refer",)
