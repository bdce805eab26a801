"""Reads and writes of lists, leads and visits; what is sealed in them is opened elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update

from services.intake.domain import leads as d
from services.intake.storage.outreach_tables import (
    colleague,
    count,
    job,
    lead,
    line,
    patch,
    piece,
    visit,
)
from services.intake.storage.tables import agency, vault_key

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy import ColumnElement, Row

    from services.intake.storage import IntakeTransaction

_JOB = select(job).where(job.c.id == bindparam("job_id"))
_PIECE = select(piece.c.sealed).where(
    piece.c.job_id == bindparam("job_id"), piece.c.place == bindparam("place")
)
_READING = select(job.c.id).where(job.c.state == d.READING).order_by(job.c.id)
_LEAD = select(lead).where(lead.c.id == bindparam("lead_id"))


def job_row(job_id: UUID, tx: IntakeTransaction) -> Row[Any] | None:
    """Return the row of one list."""
    return next(iter(tx.ask(_JOB, job_id=job_id)), None)


def jobs_of(agency_id: UUID, source: str, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return an agency's lists, newest first."""
    mine = (job.c.agency_id == agency_id) & (job.c.source == source)
    return tx.all(select(job).where(mine).order_by(job.c.id.desc()).limit(100))


def first_to_read(tx: IntakeTransaction) -> UUID | None:
    """Return the oldest list that is to be read."""
    return next((row.id for row in tx.ask(_READING)), None)


def sealed_piece(job_id: UUID, place: int, tx: IntakeTransaction) -> bytes | None:
    """Return one sealed piece of an uploaded file."""
    return next((row.sealed for row in tx.ask(_PIECE, job_id=job_id, place=place)), None)


def change_job(job_id: UUID, tx: IntakeTransaction, **facts: Any) -> None:  # noqa: ANN401 - columns
    """Write some columns of a list."""
    tx.execute(update(job).where(job.c.id == job_id).values(**facts))


def forget_pieces(job_id: UUID, tx: IntakeTransaction) -> None:
    """Let go of the uploaded file."""
    tx.execute(delete(piece).where(piece.c.job_id == job_id))


def forget_job(job_id: UUID, tx: IntakeTransaction) -> None:
    """Delete a list that has no leads left, with its key."""
    for table in (piece, line):
        tx.execute(delete(table).where(table.c.job_id == job_id))
    tx.execute(delete(job).where(job.c.id == job_id))
    tx.execute(delete(vault_key).where(vault_key.c.owner_id == job_id))


def known_likenesses(
    job_id: UUID, likenesses: Collection[bytes], tx: IntakeTransaction
) -> set[bytes]:
    """Return which of these the list has a lead for already."""
    same = (lead.c.job_id == job_id) & lead.c.likeness.in_(list(likenesses))
    return {row.likeness for row in tx.all(select(lead.c.likeness).where(same))}


def lines_of(job_id: UUID, after: int, limit: int, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the next lines that were not kept, and why."""
    mine = (line.c.job_id == job_id) & (line.c.line > after)
    return tx.all(select(line).where(mine).order_by(line.c.line).limit(limit))


def lead_row(lead_id: UUID, tx: IntakeTransaction) -> Row[Any] | None:
    """Return the sealed row of one lead."""
    return next(iter(tx.ask(_LEAD, lead_id=lead_id)), None)


def leads_of(job_id: UUID, after: int, limit: int, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the next leads of a list, by line."""
    mine = (lead.c.job_id == job_id) & (lead.c.line > after)
    return tx.all(select(lead).where(mine).order_by(lead.c.line).limit(limit))


def leads_to_visit(worker: UUID, limit: int, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the leads of their agency that one worker is to visit, ward by ward."""
    goes = (lead.c.worker_one == worker) | (lead.c.worker_two == worker)
    mine = goes & (lead.c.agency_id == tx.actor.agency_id)
    open_ = lead.c.state.in_([d.OPEN, d.AGREEING])
    order = (lead.c.ward_code.nulls_last(), lead.c.job_id, lead.c.line)
    return tx.all(select(lead).where(mine, open_).order_by(*order).limit(limit))


def by_ward(job_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return how many open leads of a list each ward has, and how many nobody is to visit."""
    free = func.count().filter(lead.c.worker_one.is_(None))
    counted = select(lead.c.ward_code, func.count().label("leads"), free.label("free"))
    mine = (lead.c.job_id == job_id) & lead.c.state.in_([d.OPEN, d.AGREEING])
    order = lead.c.ward_code.nulls_last()
    return tx.all(counted.where(mine).group_by(lead.c.ward_code).order_by(order))


def change_lead(lead_id: UUID, tx: IntakeTransaction, **facts: Any) -> None:  # noqa: ANN401 - columns
    """Write some columns of a lead."""
    tx.execute(update(lead).where(lead.c.id == lead_id).values(**facts))


def change_leads(chosen: ColumnElement[bool], tx: IntakeTransaction, **facts: Any) -> int:  # noqa: ANN401
    """Write some columns of several leads; return how many there were."""
    return tx.execute(update(lead).where(chosen).values(**facts)).rowcount


def forget_leads(chosen: ColumnElement[bool], tx: IntakeTransaction) -> int:
    """Delete leads with their keys and visits: what was sealed under them is gone for good."""
    ids = select(lead.c.id).where(chosen)
    tx.execute(delete(visit).where(visit.c.lead_id.in_(ids)))
    tx.execute(delete(vault_key).where(vault_key.c.owner_id.in_(ids)))
    return tx.execute(delete(lead).where(chosen)).rowcount


def due_leads(limit: int, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return leads whose time is over."""
    facts = select(lead.c.id, lead.c.state, lead.c.agency_id).where(lead.c.delete_by <= tx.now)
    return tx.all(facts.order_by(lead.c.delete_by, lead.c.id).limit(limit))


def due_jobs(limit: int, tx: IntakeTransaction) -> list[UUID]:
    """Return lists whose time is over and that have no leads left."""
    empty = ~select(lead.c.id).where(lead.c.job_id == job.c.id).exists()
    over = select(job.c.id).where(job.c.delete_by <= tx.now, empty)
    return [row.id for row in tx.all(over.order_by(job.c.id).limit(limit))]


def add_to_counts(agency_id: UUID, what: str, number: int, tx: IntakeTransaction) -> None:
    """Count something that happened to an agency's leads this month."""
    key = {"agency_id": agency_id, "month": f"{tx.now:%Y-%m}", "what": what}
    more = {"number": count.c.number + number}
    tx.insert_or_change(count, {**key, "number": number}, more)


def counts_of(agency_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return what is left of an agency's leads: counts by month, newest first."""
    mine = select(count).where(count.c.agency_id == agency_id)
    return tx.all(mine.order_by(count.c.month.desc(), count.c.what))


def patch_of(agency_id: UUID, tx: IntakeTransaction) -> frozenset[str]:
    """Return the area codes an agency visits in."""
    rows = tx.all(select(patch.c.area_code).where(patch.c.agency_id == agency_id))
    return frozenset(row.area_code for row in rows)


def patches(tx: IntakeTransaction) -> dict[UUID, frozenset[str]]:
    """Return the area codes of every agency that goes from door to door."""
    found: dict[UUID, frozenset[str]] = {}
    for row in tx.all(select(patch).order_by(patch.c.agency_id)):
        found[row.agency_id] = found.get(row.agency_id, frozenset()) | {row.area_code}
    return found


def colleagues(agency_id: UUID, tx: IntakeTransaction) -> dict[str, str]:
    """Return the names of those who may go for an agency, by staff id."""
    mine = (colleague.c.agency_id == agency_id) & colleague.c.active
    rows = tx.all(select(colleague).where(mine).order_by(colleague.c.name, colleague.c.staff_id))
    able = {"worker", "manager", "coordinator"}
    return {str(row.staff_id): row.name for row in rows if able & set(row.roles)}


def keep_patch(agency_id: UUID, codes: Collection[str], tx: IntakeTransaction) -> None:
    """Let these areas be an agency's patch from now on."""
    tx.execute(delete(patch).where(patch.c.agency_id == agency_id))
    for code in sorted(codes):
        tx.insert(patch, agency_id=agency_id, area_code=code)


def concerns_of(agency_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the open leads that neighbours' concerns became, newest first."""
    ours = (lead.c.agency_id == agency_id) & (lead.c.source == d.NEIGHBOUR)
    still = lead.c.state.in_([d.OPEN, d.AGREEING])
    return tx.all(select(lead).where(ours, still).order_by(lead.c.id.desc()).limit(100))


def agencies(tx: IntakeTransaction) -> dict[str, str]:
    """Return the names of all active agencies, by id."""
    known = select(agency.c.id, agency.c.name).where(agency.c.active)
    return {str(row.id): row.name for row in tx.all(known.order_by(agency.c.name, agency.c.id))}
