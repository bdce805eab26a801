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
