"""The shape of one line of the catalogue, and the codes it is written in (FHIR AuditEvent)."""

from __future__ import annotations

from dataclasses import dataclass

SUCCESS, REFUSED, FAILED = 0, 4, 8
CREATE, READ, UPDATE, DELETE, EXECUTE = "C", "R", "U", "D", "E"


@dataclass(frozen=True, slots=True)
class Entry:
    """One type: announcers, FHIR AuditEvent action and outcome, and the allowed leaf fields."""

    announcers: tuple[str, ...]
    action: str
    object_type: str
    leaf: tuple[str, ...]
    outcome: int = SUCCESS
    replayable: bool = True


def by_intake(action: str, kind: str, *leaf: str, replayable: bool = True) -> Entry:
    """Return a type that intake announces."""
    return Entry(("intake",), action, kind, leaf, replayable=replayable)


def by_matching(action: str, kind: str, *leaf: str) -> Entry:
    """Return a type that matching announces."""
    return Entry(("matching",), action, kind, leaf)


def by_notify(*leaf: str, outcome: int = SUCCESS, action: str = EXECUTE) -> Entry:
    """Return a type of a delivery, which notify announces."""
    return Entry(("notify",), action, "delivery", leaf, outcome)


def by_identity(action: str, kind: str, *leaf: str, outcome: int = SUCCESS) -> Entry:
    """Return a type that identity announces."""
    return Entry(("identity",), action, kind, leaf, outcome)


def of_clock(*leaf: str) -> Entry:
    """Return a type that tells of a clock, by whoever runs it."""
    known = ("clock", "object_type", "object_id", "due_at", "request_id", "agency_id")
    return Entry(("intake", "matching"), EXECUTE, "clock", (*known, *leaf))
