"""Outreach: people somebody thought of, before any of them has agreed to anything."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import Moment, announces


@announces("lead.imported.v1", subject="job_id")
@dataclass(frozen=True, slots=True)
class LeadImported:
    """A list was taken in, or a concern noted: so many people may be visited."""

    job_id: UUID
    source: str
    kept: int
    refused: int
    agency_id: UUID | None
    delete_by: Moment


@announces("lead.visited.v1", subject="lead_id")
@dataclass(frozen=True, slots=True)
class LeadVisited:
    """Somebody knocked; the result is a code."""

    lead_id: UUID
    result: str
    agency_id: UUID | None


@announces("lead.closed.v1", subject="lead_id")
@dataclass(frozen=True, slots=True)
class LeadClosed:
    """It is over: became a request, was declined, or was deleted on schedule."""

    lead_id: UUID
    why: str
    request_id: UUID | None = None
