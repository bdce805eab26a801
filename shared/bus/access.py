"""Reads of personal data, told by whichever service showed or refused them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import announces


@announces("access.granted.v1", subject="object_id")
@dataclass(frozen=True, slots=True)
class AccessGranted:
    """Someone was shown something that is recorded when read."""

    object_type: str
    object_id: str
    what: tuple[str, ...]
    purpose: str
    request_id: UUID | None = None
    referral_id: UUID | None = None
    consent_id: UUID | None = None
    recipient_agency_id: UUID | None = None
    override_id: UUID | None = None


@announces("access.denied.v1", subject="object_id")
@dataclass(frozen=True, slots=True)
class AccessDenied:
    """Someone known asked for something that they may not see."""

    object_type: str
    object_id: str
    reason: str
    purpose: str
    request_id: UUID | None = None
    referral_id: UUID | None = None
    recipient_agency_id: UUID | None = None
