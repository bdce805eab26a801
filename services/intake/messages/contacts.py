"""How a person may be reached: asked, answered, changed; the address itself stays sealed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import Moment, announces


@announces("contact.released.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class ContactReleased:
    """The person may be reached this once; the address is sealed to the asker's key."""

    contact_request_id: UUID
    request_id: UUID
    channel: str
    language: str
    sealed: str
    consent_id: UUID | None = None


@announces("contact.withheld.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class ContactWithheld:
    """The person must not be reached now; the reason is a code, `again_at` when to ask anew."""

    contact_request_id: UUID
    request_id: UUID
    reason: str
    again_at: Moment | None = None


@announces("contact.changed.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class ContactChanged:
    """How the person may be reached has changed; `kinds` are the channels that are safe now."""

    request_id: UUID
    kinds: tuple[str, ...]
