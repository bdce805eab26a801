"""What audit reads of others' events for its pages: names, references, ended sessions.

The log itself needs no reading class: it keeps the allow-listed fields of every event.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus import hears


@hears("staff.changed.v1")
@dataclass(frozen=True, slots=True)
class StaffChanged:
    """A member of staff joined, left or changed roles."""

    staff_id: UUID
    agency_id: UUID
    name: str
    roles: tuple[str, ...]
    active: bool


@hears("agency.changed.v1")
@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """An agency joined, left or changed its name."""

    agency_id: UUID
    name: str


@hears("request.submitted.v1")
@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """Someone asked for help; this is what people call it."""

    request_id: UUID
    reference: str


@hears("session.ended.v1")
@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A sign-on session is over, everywhere."""

    session_id: UUID


@hears("client.registered.v1")
@dataclass(frozen=True, slots=True)
class ClientRegistered:
    """An agency's own system may ask for tokens."""

    client_id: str


@hears("client.revoked.v1")
@dataclass(frozen=True, slots=True)
class ClientRevoked:
    """A client's tokens are no longer to be believed."""

    client_id: str
