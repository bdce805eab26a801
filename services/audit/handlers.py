"""What audit does, beside the log, when it hears something: names for pages, ends of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from services.audit.heard import (
    AgencyChanged,
    ClientRegistered,
    ClientRevoked,
    RequestSubmitted,
    SessionEnded,
    StaffChanged,
)
from shared.alarms import raise_alarm
from shared.bus.envelope import UnreadableMessageError
from shared.bus.message import HEARD, schema_for
from shared.bus.worker import Dispatch
from shared.web import sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.audit.storage import AuditTransaction
    from shared.bus import Message


def keep_staff(event: StaffChanged, tx: AuditTransaction) -> None:
    """Know the name of who acted, and end sessions that no longer tell the truth."""
    tx.keep_staff(event.staff_id, event.agency_id, event.name, _version(tx))
    sessions.staff_changed(
        tx, event.staff_id, agency_id=event.agency_id, roles=event.roles, active=event.active
    )


def keep_agency(event: AgencyChanged, tx: AuditTransaction) -> None:
    """Know the name of an agency."""
    tx.keep_agency(event.agency_id, event.name, _version(tx))


def end_session(event: SessionEnded, tx: AuditTransaction) -> None:
    """End the console's part of a sign-on."""
    sessions.end_session(tx, event.session_id)


def believe_client(event: ClientRegistered, tx: AuditTransaction) -> None:
    """Accept tokens of a client from now on."""
    sessions.restore_client(tx, event.client_id)


def doubt_client(event: ClientRevoked, tx: AuditTransaction) -> None:
    """Accept no token of a client from now on."""
    sessions.revoke_client(tx, event.client_id)


HANDLERS: dict[type, Callable[[Any, Any], None]] = {
    StaffChanged: keep_staff,
    AgencyChanged: keep_agency,
    SessionEnded: end_session,
    ClientRegistered: believe_client,
    ClientRevoked: doubt_client,
}
_dispatch = Dispatch(HANDLERS)


def learn(messages: Sequence[Message], tx: AuditTransaction) -> None:
    """Handle those of *messages* that concern more than the log.

    One that cannot be read raises an alarm and no more: its leaf belongs into the log all the same.
    """
    asked = [_told(message) for message in messages if message.type == HEARD[RequestSubmitted]]
    tx.keep_references([event for event in asked if event])
    for message in messages:
        if message.type in _dispatch.types:
            try:
                _dispatch([message], tx)
            except UnreadableMessageError:
                _complain(message, tx)


def _told(message: Message) -> RequestSubmitted | None:
    """Read what a request is called; many come at once, so they are kept together."""
    try:
        event: RequestSubmitted = schema_for(RequestSubmitted).load(message.data)
    except (ValidationError, UnreadableMessageError):
        return None
    return event


def _complain(message: Message, tx: AuditTransaction) -> None:
    raise_alarm(tx, "unreadable_event", f"{message.type} cannot be read", "parked-mail")


def _version(tx: AuditTransaction) -> int:
    """Return which telling is the newer: the record's own count, else its announcer's."""
    heard = tx.hearing
    if heard is None:
        return 0
    return heard.sequence if heard.sequence is not None else heard.producer_seq
