"""The leaf: what the log keeps of an event, by allow-list and never the whole of it.

Shaped after FHIR AuditEvent and ISO 27789: who did what to which object, when, for which
purpose and on which basis. Ids, codes and times only; every value is of a plain kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

VERSION = 1
TOLD_AGAIN = "E"  # whatever was done then is not done again
IDS = ("request_id", "referral_id", "consent_id")
PROMOTED = {
    "recipient_agency_id": "recipient_agency_id",
    "what": "fields_accessed",
    "reason": "outcome_code",
}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_LARGEST_EXACT = 2**53 - 1
_LONGEST_TEXT = 200
_LONGEST_LIST = 500

Value = Any  # JSON: str, int, bool, None, list or dict of these


@dataclass(frozen=True, slots=True)
class Kind:
    """What the catalogue says of a type: its action, outcome, object, and what may be kept."""

    action: str | None = None
    outcome: int | None = None
    object_type: str | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Which message of which producer this was; `this` is what the next one must name."""

    producer: str
    epoch: str
    seq: int
    prev: str
    this: str


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it reached the log."""

    event_id: str
    type: str
    at: datetime
    subject: str
    version: int | None
    actor: dict[str, Value]
    correlation_id: str | None
    data: dict[str, Value]
    origin: Origin | None
    restates: datetime | None = None


def leaf(told: Told, kind: Kind) -> dict[str, Value]:
    """Return what the log keeps of *told*."""
    kept = {name: plain(told.data[name]) for name in kind.kept if told.data.get(name) is not None}
    made = {
        "v": VERSION,
        "event_id": told.event_id,
        "type": told.type,
        "occurred_at": moment(told.at),
        "restates": moment(told.restates) if told.restates else None,
        "action": TOLD_AGAIN if told.restates else kind.action,
        "outcome": kind.outcome,
        "actor": _actor(told.actor),
        "purpose_of_use": told.actor.get("purpose") or kept.pop("purpose", None),
        "basis": {"ref": told.actor["basis"]} if told.actor.get("basis") else None,
        "object": _present(type=kind.object_type, id=told.subject, version=told.version),
        "http_request_id": told.correlation_id,
        **{name: an_id(told.data.get(name)) for name in IDS},
        **{name: kept.pop(field, None) for field, name in PROMOTED.items()},
        **_origin(told.origin),
    }
    rest = {name: value for name, value in kept.items() if name not in IDS}
    return _present(**made, data=rest or None)


def plain(value: Value) -> Value:
    """Return *value* with floats and large numbers as text, and nothing endless in it."""
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > _LARGEST_EXACT):
        return str(value)
    if isinstance(value, list):
        return [plain(item) for item in value[:_LONGEST_LIST]]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key.isascii()}
    return value


def an_id(value: Value) -> str | None:
    """Return *value* if it is the text of a UUID; nothing else passes as an id."""
    if not isinstance(value, str):
        return None
    if _UUID.match(value):
        return value
    try:
        return str(UUID(value))
    except ValueError:
        return None


def moment(at: datetime) -> str:
    """Write a moment in UTC to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _actor(header: dict[str, Value]) -> dict[str, Value] | None:
    auth = {"session_ref": header["session"]} if header.get("session") else None
    told = _present(
        kind=header.get("kind"),
        id=header.get("id"),
        roles=header.get("roles"),
        agency_id=header.get("agency"),
        auth=auth,
    )
    return told or None


def _origin(origin: Origin | None) -> dict[str, Value]:
    if origin is None:
        return {"source": {"service": "log"}}
    return {
        "source": {"service": origin.producer},
        "producer": origin.producer,
        "producer_epoch": origin.epoch,
        "producer_seq": origin.seq,
        "producer_prev": origin.prev,
        "producer_this": origin.this,
    }


def _present(**values: Value) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}
