"""What matching does when it hears something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.heard import (
    ClientRegistered,
    ClientRevoked,
    RequestSubmitted,
    SessionEnded,
    StaffChanged,
)
from services.matching.usecases import place_request
from shared.web import sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.matching.storage import MatchingTransaction


def match(event: RequestSubmitted, tx: MatchingTransaction) -> None:
    """Put the request to the services the person agreed to."""
    place_request(event, tx)


def remember_staff(event: StaffChanged, tx: MatchingTransaction) -> None:
    """Keep who works where, and end sessions that no longer tell the truth."""
    heard = tx.hearing
    tx.keep_staff(
        event.staff_id,
        heard.producer_seq if heard else 0,
        agency_id=event.agency_id,
        name=event.name,
        roles=list(event.roles),
        active=event.active,
        as_of=heard.time if heard else tx.now,
    )
    sessions.staff_changed(
        tx,
        event.staff_id,
        agency_id=event.agency_id,
        roles=event.roles,
        active=event.active,
    )


def end_session(event: SessionEnded, tx: MatchingTransaction) -> None:
    """Sign out here whoever signed out anywhere."""
    sessions.end_session(tx, event.session_id)


def restore_client(event: ClientRegistered, tx: MatchingTransaction) -> None:
    """Believe a client's tokens."""
    sessions.restore_client(tx, event.client_id)


def revoke_client(event: ClientRevoked, tx: MatchingTransaction) -> None:
    """Stop believing a client's tokens."""
    sessions.revoke_client(tx, event.client_id)


HANDLERS: dict[type, Callable[[Any, Any], None]] = {
    RequestSubmitted: match,
    StaffChanged: remember_staff,
    SessionEnded: end_session,
    ClientRegistered: restore_client,
    ClientRevoked: revoke_client,
}
