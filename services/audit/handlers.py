"""What audit does, beside the log, when it hears something: names for pages, ends of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.audit.heard import (
    AgencyChanged,
    RequestSubmitted,
    StaffChanged,
)
from services.audit.tables import agency, staff
from shared.alarms import raise_alarm
from shared.bus.envelope import UnreadableMessageError
from shared.bus.message import HEARD, read
from shared.bus.worker import Dispatch
from shared.web import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.audit.storage import AuditTransaction
    from shared.bus import Message

HUB = "hub"


def keep_staff(event: StaffChanged, tx: AuditTransaction) -> None:
    """Know the name of who acted."""
    facts = {"staff_id": event.staff_id, "agency_id": event.agency_id, "name": event.name}
    tx.keep_newest(staff, **facts, version=tx.told_version)


def keep_agency(event: AgencyChanged, tx: AuditTransaction) -> None:
    """Know the name of an agency, and whether it is the hub of the partnership."""
    is_hub = event.kind == HUB and event.active
    facts = {"agency_id": event.agency_id, "name": event.name, "is_hub": is_hub}
    tx.keep_newest(agency, **facts, version=tx.told_version)


HANDLERS: dict[type, Callable[[Any, Any], None]] = {
    StaffChanged: keep_staff,
    AgencyChanged: keep_agency,
    **standing.HANDLERS,
}
RESTATED: dict[type, Callable[[Any, Any], None]] = {
    StaffChanged: keep_staff,
    AgencyChanged: keep_agency,
    **standing.RESTATED,
}
_dispatch = Dispatch(HANDLERS, RESTATED)


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
        return read(RequestSubmitted, message.data)
    except UnreadableMessageError:
        return None


def _complain(message: Message, tx: AuditTransaction) -> None:
    raise_alarm(tx, "unreadable_event", f"{message.type} cannot be read", "parked-mail")
