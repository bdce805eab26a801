"""The row that an announcement leaves behind: written in the transaction, carried after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import orjson

from shared import tracing
from shared.bus.message import ANNOUNCED
from shared.observe import correlation_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from shared.bus.envelope import Message
    from shared.identity import Principal


class Announcing(Protocol):
    """The part of a transaction that an announcement needs."""

    now: datetime
    actor: Principal
    hearing: Message | None

    def new_id(self) -> UUID:
        """Return a new identifier."""
        ...


def outbox_row(
    tx: Announcing,
    event: object,
    *,
    sequence: int | None,
    expires: datetime | None = None,
    restates: datetime | None = None,
) -> dict[str, Any]:
    """Return the outbox row for *event*, with who caused it and by which chain of events."""
    known = ANNOUNCED[type(event)]
    return {
        "message_id": tx.new_id(),
        "type": known.type,
        "subject": str(getattr(event, known.subject)),
        "sequence": sequence,
        "headers": _headers(tx, expires, restates),
        "body": orjson.dumps(event),
        "created_at": tx.now,
    }


def _headers(tx: Announcing, expires: datetime | None, restates: datetime | None) -> dict[str, Any]:
    heard = tx.hearing
    chain = (heard.correlation_id if heard else None) or correlation_id()
    headers = {
        "actor": actor_header(tx.actor),
        "correlationid": chain,
        "causationid": str(heard.id) if heard else None,
        "traceparent": (heard.traceparent if heard else None) or tracing.current(chain),
        "expirytime": expires.isoformat() if expires else None,
        "restates": restates.isoformat() if restates else None,
    }
    return {name: value for name, value in headers.items() if value is not None}


def actor_header(actor: Principal) -> dict[str, Any]:
    """Return who acts, as audit will read it; nothing that names a person in need."""
    told = {
        "kind": actor.kind,
        "id": actor.id,
        "roles": sorted(actor.roles),
        "agency": str(actor.agency_id) if actor.agency_id else None,
        "session": actor.session,
        "purpose": actor.purpose,
        "basis": actor.basis,
    }
    return {name: value for name, value in told.items() if value}
