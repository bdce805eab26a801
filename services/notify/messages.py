"""What notify tells the other services about messages that leave the hub."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import announces


@announces("contact.requested.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class ContactRequested:
    """One attempt to reach a person needs an address, sealed to this public key (JWK, RFC 7517).

    `referral_id` where the message is about one referral: the person may not know of it.
    """

    contact_request_id: UUID
    request_id: UUID
    delivery_id: UUID
    template: str
    channels: tuple[str, ...]
    public_key: str
    referral_id: UUID | None = None


@announces("notification.queued.v1", subject="delivery_id")
@dataclass(frozen=True, slots=True)
class NotificationQueued:
    """A message is to be sent; `audience` is receiver, referrer or person."""

    delivery_id: UUID
    request_id: UUID
    audience: str
    template: str
    referral_id: UUID | None = None
    recipient_agency_id: UUID | None = None


@announces("notification.sent.v1", subject="delivery_id")
@dataclass(frozen=True, slots=True)
class NotificationSent:
    """A channel took the message."""

    delivery_id: UUID
    request_id: UUID
    audience: str
    template: str
    channel: str
    referral_id: UUID | None = None
    recipient_agency_id: UUID | None = None


@announces("notification.failed.v1", subject="delivery_id")
@dataclass(frozen=True, slots=True)
class NotificationFailed:
    """A channel refused the message for good; the reason is a code."""

    delivery_id: UUID
    request_id: UUID
    audience: str
    template: str
    channel: str
    reason: str
    referral_id: UUID | None = None
    recipient_agency_id: UUID | None = None


@announces("notification.suppressed.v1", subject="delivery_id")
@dataclass(frozen=True, slots=True)
class NotificationSuppressed:
    """The message was not sent, to keep someone safe or because nobody agreed; by code."""

    delivery_id: UUID
    request_id: UUID
    audience: str
    template: str
    reason: str
    referral_id: UUID | None = None
    recipient_agency_id: UUID | None = None
