"""What identity tells the other services about staff, clients and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import announces


@announces("staff.changed.v1", subject="staff_id")
@dataclass(frozen=True, slots=True)
class StaffChanged:
    """A member of staff joined, left or changed roles or teams; a team is a service's id."""

    staff_id: UUID
    agency_id: UUID
    name: str
    email: str
    roles: tuple[str, ...]
    active: bool
    teams: tuple[UUID, ...] = ()


@announces("client.registered.v1", subject="client_id")
@dataclass(frozen=True, slots=True)
class ClientRegistered:
    """An agency's own system may ask for tokens."""

    client_id: str
    agency_id: UUID
    scopes: tuple[str, ...]


@announces("client.revoked.v1", subject="client_id")
@dataclass(frozen=True, slots=True)
class ClientRevoked:
    """A client's tokens are no longer to be believed, from now on."""

    client_id: str
    agency_id: UUID


@announces("session.started.v1", subject="session_id")
@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A member of staff signed in."""

    session_id: UUID
    staff_id: UUID
    agency_id: UUID


@announces("session.refused.v1", subject="staff_id")
@dataclass(frozen=True, slots=True)
class SessionRefused:
    """A sign-in to a known account was refused; the reason is a code."""

    staff_id: UUID
    agency_id: UUID
    reason: str


@announces("session.ended.v1", subject="session_id")
@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A sign-on session is over, everywhere."""

    session_id: UUID
    staff_id: UUID
    agency_id: UUID
    reason: str
