"""Who goes to which door, what came of it, and what a worried neighbour tells.

Promise: nobody is sent alone; opening what a lead says is recorded; a neighbour's concern
becomes a door to knock at, never a case, and nothing of it can be looked up by the neighbour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake import sealing
from services.intake.domain import leads as d
from services.intake.domain.jobs_list import neutral, postcode_in
from services.intake.errors import LeadNotFoundError, ListRefusedError
from services.intake.messages import LeadImported, LeadVisited
from services.intake.storage import leads
from services.intake.storage import outreach_tables as t
from services.intake.storage.flags import hub_id
from services.intake.usecases.outreach_ending import count, end_lead
from services.intake.usecases.outreach_lists import job_of
from services.intake.usecases.outreach_reading import keep_lead
from shared.bus.access import AccessGranted
from shared.geography import area_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction
    from shared.geography import Area

LEADERS = frozenset({"manager", "coordinator"})
PURPOSE = "outreach"
NO_WARD = "none"


def assign_wards(
    job_id: UUID, wards: Collection[str], one: str, two: str, tx: IntakeTransaction
) -> int:
    """Send a pair to the leads of these wards that nobody visits yet; return how many."""
    job_of(job_id, tx)
    pair = _pair(one, two, tx)
    ward = t.lead.c.ward_code
    named = ward.in_([code for code in wards if code != NO_WARD])
    chosen = named | ward.is_(None) if NO_WARD in wards else named
    free = t.lead.c.worker_one.is_(None) & (t.lead.c.state == d.OPEN)
    return leads.change_leads((t.lead.c.job_id == job_id) & free & chosen, tx, **pair)


def assign_lead(lead_id: UUID, one: str, two: str, tx: IntakeTransaction) -> None:
    """Send a pair to one lead, in place of whoever was to go."""
    lead_of(lead_id, tx)
    leads.change_lead(lead_id, tx, **_pair(one, two, tx))


def _pair(one: str, two: str, tx: IntakeTransaction) -> dict[str, UUID]:
    known = leads.colleagues(_agency(tx), tx)
    fault = d.pair_fault(one, two, frozenset(known))
    if fault:
        raise ListRefusedError(fault)
    return {"worker_one": UUID(one), "worker_two": UUID(two)}


def lead_of(lead_id: UUID, tx: IntakeTransaction) -> Row[Any]:
    """Return a lead to those who go there and to who leads the team; to others there is none."""
    row, who = leads.lead_row(lead_id, tx), tx.actor
    ours = row is not None and who.agency_id is not None and row.agency_id == who.agency_id
    if row is None or not ours or not (LEADERS & who.roles or _goes(row, who.id)):
        raise LeadNotFoundError("there is nothing here for you to see")
    return row


def _goes(row: Row[Any], staff_id: str | None) -> bool:
    return staff_id in {str(row.worker_one), str(row.worker_two)}


def open_leads(rows: Sequence[Row[Any]], tx: IntakeTransaction) -> dict[UUID, dict[str, Any]]:
    """Return what these leads say, recording that each was opened."""
    opened: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        key = tx.key_of(row.id)
        if key is None or row.sealed is None:
            continue
        opened[row.id] = sealing.unseal(tx.vault, key, row.sealed, (t.lead.name, "sealed", row.id))
        tx.announce(AccessGranted("lead", str(row.id), ("lead",), PURPOSE))
    return opened


def record_visit(lead_id: UUID, result: str, note: str, tx: IntakeTransaction) -> str | None:
    """Keep what came of a visit; a no ends the lead at once. Return the state it is in now."""
    row = lead_of(lead_id, tx)
    if result not in d.RESULTS or row.state not in {d.OPEN, d.AGREEING}:
        raise ListRefusedError("Choose what happened at the door")
    count(result, row.agency_id, tx)
    tx.announce(LeadVisited(lead_id, result, row.agency_id))
    state = d.state_after(result)
    if state is None:
        end_lead(lead_id, row.agency_id, d.DECLINED, tx)
        return None
    _keep_visit(row, result, note[: d.LONGEST_NOTE], tx)
    changes = {"state": state, "tries": row.tries + 1, "last_result": result}
    leads.change_lead(lead_id, tx, **changes)
    return state


def _keep_visit(row: Row[Any], result: str, note: str, tx: IntakeTransaction) -> None:
    visit_id, key = tx.new_id(), tx.key_of(row.id)
    place = (t.visit.name, "sealed_note", visit_id)
    tx.insert(
        t.visit,
        id=visit_id,
        lead_id=row.id,
        at=tx.now,
        result=result,
        visited_by=tx.actor.id,
        sealed_note=sealing.seal(tx.vault, key, note, place) if note and key else None,
    )


def note_concern(text: str, place: str, phone_or_none: str | None, tx: IntakeTransaction) -> None:
    """Keep what a neighbour worries about, as a door to knock at; nothing can be asked of it."""
    area = area_of(postcode_in(place)) if postcode_in(place) else None
    agency_id = _whose(area, tx)
    job_id, until = tx.new_id(), tx.now + d.KEPT
    key = tx.add_key("job", job_id)
    about = sealing.seal(tx.vault, key, {"name": ""}, (t.job.name, "sealed_about", job_id))
    tx.insert(
        t.job,
        id=job_id,
        agency_id=agency_id,
        source=d.NEIGHBOUR,
        state=d.TAKEN,
        sealed_about=about,
        encoding="",
        delimiter=",",
        columns=[],
        lines=1,
        **(dict.fromkeys(t.COUNTED, 0) | {"read_rows": 1, "kept": 1}),
        created_by=None,
        created_at=tx.now,
        delete_by=until,
    )
    told = {"address": neutral(place)[0], "about": text, "phone": phone_or_none or ""}
    job = leads.job_row(job_id, tx)
    if job is not None:
        keep_lead(job, told, tx, line=1, area=area, likeness=None)
    count(d.NEIGHBOUR, agency_id, tx)
    tx.announce(LeadImported(job_id, d.NEIGHBOUR, 1, 0, agency_id, until))


def _whose(area: Area | None, tx: IntakeTransaction) -> UUID | None:
    """Return the agency whose patch it is, else the hub; None where there is neither."""
    patches = leads.patches(tx) if area else {}
    ours = (agency for agency, codes in patches.items() if area and codes & set(area.codes))
    return next(ours, None) or hub_id(tx)


def _agency(tx: IntakeTransaction) -> UUID:
    if tx.actor.agency_id is None:
        raise LeadNotFoundError("there is nothing here for you to see")
    return tx.actor.agency_id
