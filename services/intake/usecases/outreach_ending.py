"""How a lead ends: by a no, by becoming a request, or on schedule. Only counts stay."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.intake.domain import leads as d
from services.intake.messages import LeadClosed
from services.intake.storage import leads
from services.intake.storage import outreach_tables as t

if TYPE_CHECKING:
    from services.intake.storage import IntakeTransaction

BATCH = 200
NOBODY = UUID(int=0)
SILENT = frozenset({d.LOOKED_AT, d.BECAME})
"""Of these nobody was told that they exist, or everybody that they are over."""


def count(what: str, agency_id: UUID | None, tx: IntakeTransaction, number: int = 1) -> None:
    """Count something for good."""
    leads.add_to_counts(agency_id or NOBODY, what, number, tx)


def end_lead(lead_id: UUID, agency_id: UUID | None, why: str, tx: IntakeTransaction) -> None:
    """Delete a lead with its key and its visits, and say by code why."""
    leads.forget_leads(t.lead.c.id == lead_id, tx)
    count(why, agency_id, tx)
    tx.announce(LeadClosed(lead_id, why))


def end_due(tx: IntakeTransaction) -> bool:
    """Delete the next leads whose time is over, and lists that are empty; tell if more may be."""
    due = leads.due_leads(BATCH, tx)
    for row in due:
        if row.state not in SILENT:
            count(d.DELETED, row.agency_id, tx)
            tx.announce(LeadClosed(row.id, d.DELETED))
    leads.forget_leads(t.lead.c.id.in_([row.id for row in due]), tx)
    jobs = [] if due else leads.due_jobs(BATCH, tx)
    for job_id in jobs:
        leads.forget_job(job_id, tx)
    return bool(due or jobs)
