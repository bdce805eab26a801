"""Who may still act here, as identity tells it: the same for every service, so read here once.

Promise: only the newest telling counts, however late, often or disordered they come; told again
it rebuilds the same standing, and ends no session that still tells the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select

from shared.bus.message import hears
from shared.web.session_tables import CLIENT, SESSION, STAFF

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.storage import Transaction

# Asked at every call of the API: built once, it costs half.
_REVOKED = select(CLIENT.c.revoked_at).where(
    CLIENT.c.client_id == bindparam("client_id"), CLIENT.c.revoked_at.is_not(None)
)


@hears("staff.changed.v1")
@dataclass(frozen=True, slots=True)
class StaffChanged:
    """A member of staff joined, left or changed roles or teams."""

    staff_id: UUID
    agency_id: UUID
    roles: tuple[str, ...]
    active: bool
    teams: tuple[UUID, ...] = ()


@hears("session.ended.v1")
@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A sign-on is over, everywhere."""

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


def change_staff(event: StaffChanged, tx: Transaction) -> None:
    """End sessions that no longer tell the truth."""
    if not tx.keep_newest(STAFF, staff_id=event.staff_id, version=tx.told_version):
        return
    for row in tx.all(select(SESSION).where(SESSION.c.staff_id == event.staff_id)):
        teams = set(map(UUID, row.teams or ())) == set(event.teams)
        true = row.agency_id == event.agency_id and set(row.roles) == set(event.roles)
        if not (true and teams and event.active):
            tx.execute(delete(SESSION).where(SESSION.c.id_hash == row.id_hash))


def end_session(event: SessionEnded, tx: Transaction) -> None:
    """Sign out here whoever signed out anywhere."""
    tx.execute(delete(SESSION).where(SESSION.c.session_id == event.session_id))


def believe_client(event: ClientRegistered, tx: Transaction) -> None:
    """Accept tokens of a client from now on."""
    known = {"client_id": event.client_id, "revoked_at": None}
    tx.keep_newest(CLIENT, **known, version=tx.told_version)


def doubt_client(event: ClientRevoked, tx: Transaction) -> None:
    """Accept no token of a client from now on."""
    known = {"client_id": event.client_id, "revoked_at": tx.now}
    tx.keep_newest(CLIENT, **known, version=tx.told_version)


def is_revoked(client_id: str, tx: Transaction) -> bool:
    """Tell whether a client has been revoked, as far as this service has heard."""
    return bool(tx.ask(_REVOKED, client_id=client_id))


RESTATED: Mapping[type, Callable[[Any, Any], None]] = {
    StaffChanged: change_staff,
    ClientRegistered: believe_client,
    ClientRevoked: doubt_client,
}
HANDLERS: Mapping[type, Callable[[Any, Any], None]] = {**RESTATED, SessionEnded: end_session}
