"""Reading a jobs list, a few hundred rows at a time; each batch happens whole or not at all.

Promise: a row is kept as a lead, counted as empty, or named with its line and a reason; a
reader that died is followed by one that goes on behind its last whole batch.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from services.intake import sealing
from services.intake.domain import leads as d
from services.intake.domain.jobs_list import (
    BROKEN_QUOTES,
    OUTSIDE,
    REPEATED,
    Row,
    is_blank,
    read_row,
)
from services.intake.storage import leads
from services.intake.storage import outreach_tables as t
from shared.geography import area_of, normalise_postcode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Row as Stored

    from services.intake.domain.records import Record
    from services.intake.storage import IntakeTransaction
    from shared.geography import Area

    Kept = tuple[int, Row, Area | None, bytes]

LIKENESS = "lead likeness"
REFUSED = "refused"
COUNTED_AS = {OUTSIDE: "outside", REPEATED: "repeated"}


def keep_rows(
    job_id: UUID, seen: int, batch: Sequence[Record], tx: IntakeTransaction
) -> Stored[Any] | None:
    """Keep the rows behind the first *seen*; None where another reader has been here since."""
    job = leads.job_row(job_id, tx)
    if job is None or job.state != d.READING or job.read_rows != seen:
        return None
    counts = Counter({name: getattr(job, name) for name in t.COUNTED})
    counts["read_rows"] += len(batch)
    fitting = _fitting(job, batch, counts, tx)
    known = leads.known_likenesses(job_id, [likeness for *_, likeness in fitting], tx)
    for one in fitting:
        if one[3] in known:
            _refuse(job_id, one[0], REPEATED, counts, tx)
        else:
            known.add(one[3])
            _keep(job, one, counts, tx)
    leads.change_job(job_id, tx, **counts)
    return job


def end_reading(job_id: UUID, tx: IntakeTransaction) -> None:
    """Let the list be looked at, and let go of the file."""
    leads.change_job(job_id, tx, state=d.PREVIEW)
    leads.forget_pieces(job_id, tx)


def _fitting(
    job: Stored[Any], batch: Sequence[Record], counts: Counter[str], tx: IntakeTransaction
) -> list[Kept]:
    """Return what can be used and lies in the patch, or nobody knows where; name the rest."""
    patch, found = leads.patch_of(job.agency_id, tx), []
    for record in batch:
        if record.cells is not None and is_blank(record.cells):
            counts["blank"] += 1
            continue
        row = read_row(record.cells, job.columns) if record.cells is not None else BROKEN_QUOTES
        area = area_of(row.postcode) if isinstance(row, Row) else None
        if isinstance(row, str):
            _refuse(job.id, record.line, row, counts, tx)
        elif area and patch.isdisjoint(area.codes):
            _refuse(job.id, record.line, OUTSIDE, counts, tx)
        else:
            same = f"{row.name} {row.address} {row.postcode}"
            found.append((record.line, row, area, tx.vault.blind_index(LIKENESS, same)))
    return found


def _refuse(job_id: UUID, line: int, why: str, counts: Counter[str], tx: IntakeTransaction) -> None:
    counts[COUNTED_AS.get(why, REFUSED)] += 1
    tx.insert(t.line, job_id=job_id, line=line, why=why)


def _keep(job: Stored[Any], one: Kept, counts: Counter[str], tx: IntakeTransaction) -> None:
    line, row, area, likeness = one
    counts["kept" if area else "unplaced"] += 1
    counts["harmless"] += row.harmless
    told = {
        "name": row.name,
        "address": row.address,
        "postcode": normalise_postcode(row.postcode) or row.postcode,
        "phone": row.phone,
        "reference": row.reference,
        "about": row.about,
    }
    keep_lead(job, told, tx, line=line, area=area, likeness=likeness)


def keep_lead(
    job: Stored[Any],
    told: dict[str, str],
    tx: IntakeTransaction,
    *,
    line: int,
    area: Area | None,
    likeness: bytes | None,
) -> UUID:
    """Keep one lead, sealed under a key of its own."""
    lead_id = tx.new_id()
    key = tx.add_key("lead", lead_id)
    tx.insert(
        t.lead,
        id=lead_id,
        job_id=job.id,
        agency_id=job.agency_id,
        source=job.source,
        state=d.LOOKED_AT if job.source == d.LIST else d.OPEN,
        line=line,
        ward_code=area.ward_code if area else None,
        likeness=likeness,
        sealed=sealing.seal(tx.vault, key, told, (t.lead.name, "sealed", lead_id)),
        tries=0,
        created_at=tx.now,
        delete_by=job.delete_by,
    )
    return lead_id
