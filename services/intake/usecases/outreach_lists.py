"""Taking in a jobs list: the file, what its columns are, and the yes to what was read.

Promise: the file is kept only sealed and only until it is read; columns nobody named are not
kept; nothing becomes a lead before somebody has looked at the list and taken it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

from services.intake import sealing
from services.intake.domain import leads as d
from services.intake.domain.jobs_list import (
    MOST_COLUMNS,
    delimiter_of,
    guesses,
    heading_of,
    is_blank,
    mapping_fault,
)
from services.intake.domain.records import UNREADABLE, Sniffing, records
from services.intake.errors import LeadNotFoundError, ListRefusedError
from services.intake.messages import LeadImported
from services.intake.storage import leads
from services.intake.storage import outreach_tables as t
from shared.bus.access import AccessGranted
from shared.vault import Context

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

PIECE = 64 * 1024
LONGEST_NAME = 80
SAMPLED = 3
PURPOSE = "outreach"
NO_PATCH = "Say first where your patch is: we keep only what lies in it"
EMPTY = "There are no rows in this file"
TOO_WIDE = f"The first line has more than {MOST_COLUMNS} columns. Is this a CSV file?"


@dataclass(frozen=True, slots=True)
class JobsList:
    """One list as staff see it; `name`, `header` and `sample` were sealed."""

    id: UUID
    state: str
    name: str
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    guessed: tuple[str, ...]
    lines: int
    counts: dict[str, int]
    created_at: datetime
    delete_by: datetime


def take_in_list(file: BinaryIO, name: str, tx: IntakeTransaction) -> UUID:
    """Keep an uploaded file, sealed; raise ListRefusedError where it cannot be read at all."""
    job_id = tx.new_id()
    key = tx.add_key("job", job_id)
    sniffed = _sniffed(file)
    encoding = sniffed.encoding()
    if sniffed.fault or encoding is None:
        raise ListRefusedError(sniffed.fault or UNREADABLE)
    file.seek(0)
    delimiter = delimiter_of(file.readline(PIECE).decode(encoding, "replace"))
    about = {"name": name[:LONGEST_NAME], **_beginning(file, encoding, delimiter)}
    tx.insert(
        t.job,
        id=job_id,
        agency_id=tx.actor.agency_id,
        source=d.LIST,
        state=d.MAPPING,
        sealed_about=sealing.seal(tx.vault, key, about, (t.job.name, "sealed_about", job_id)),
        encoding=encoding,
        delimiter=delimiter,
        columns=[],
        lines=max(0, sniffed.lines - 1),
        **dict.fromkeys(t.COUNTED, 0),
        created_by=tx.actor.id,
        created_at=tx.now,
        delete_by=tx.now + d.KEPT_UNLOOKED,
    )
    _keep_pieces(file, job_id, key, tx)
    return job_id


def choose_columns(job_id: UUID, columns: Sequence[str], tx: IntakeTransaction) -> None:
    """Say what each column holds; the chore then reads the list."""
    row = job_of(job_id, tx)
    fault = mapping_fault(columns, len(the_list(row, tx).header))
    if row.state != d.MAPPING or fault:
        raise ListRefusedError(fault or "The columns of this list were chosen already")
    if not leads.patch_of(row.agency_id, tx):
        raise ListRefusedError(NO_PATCH)
    leads.change_job(job_id, tx, columns=list(columns), state=d.READING)


def take_list(job_id: UUID, tx: IntakeTransaction, *, unplaced_too: bool) -> int:
    """Let the rows that were kept be visited; return how many leads there are now."""
    row = job_of(job_id, tx)
    if row.state != d.PREVIEW:
        raise ListRefusedError("This list is not ready to be taken, or was taken already")
    of_job = t.lead.c.job_id == job_id
    if not unplaced_too:
        leads.forget_leads(of_job & t.lead.c.ward_code.is_(None), tx)
    until = tx.now + d.KEPT
    kept = leads.change_leads(of_job, tx, state=d.OPEN, delete_by=until)
    refused = row.read_rows - row.blank - kept
    about = _sealed_name(row, tx)
    leads.change_job(job_id, tx, state=d.TAKEN, delete_by=until, sealed_about=about)
    leads.add_to_counts(row.agency_id, "IMPORTED", kept, tx)
    leads.add_to_counts(row.agency_id, "NOT_KEPT", refused, tx)
    tx.announce(LeadImported(job_id, d.LIST, kept, refused, row.agency_id, until))
    return kept


def discard_list(job_id: UUID, tx: IntakeTransaction) -> None:
    """Delete a list that was not taken, whole."""
    if job_of(job_id, tx).state == d.TAKEN:
        raise ListRefusedError("This list was taken already. Its leads end one by one")
    leads.forget_leads(t.lead.c.job_id == job_id, tx)
    leads.forget_job(job_id, tx)


def job_of(job_id: UUID, tx: IntakeTransaction) -> Row[Any]:
    """Return a list of the caller's agency; to others there is none."""
    row = leads.job_row(job_id, tx)
    if row is None or tx.actor.agency_id is None or row.agency_id != tx.actor.agency_id:
        raise LeadNotFoundError("there is nothing here for you to see")
    return row


def the_list(row: Row[Any], tx: IntakeTransaction) -> JobsList:
    """Return a list with what was sealed of it opened."""
    key = tx.key_of(row.id)
    place = (t.job.name, "sealed_about", row.id)
    about = sealing.unseal(tx.vault, key, row.sealed_about, place) if key else {}
    header = tuple(about.get("header", ()))
    return JobsList(
        id=row.id,
        state=row.state,
        name=about.get("name", ""),
        header=header,
        sample=tuple(map(tuple, about.get("sample", ()))),
        guessed=tuple(guesses(header)),
        lines=row.lines,
        counts={name: getattr(row, name) for name in t.COUNTED},
        created_at=row.created_at,
        delete_by=row.delete_by,
    )


def note_look_at_sample(job_id: UUID, tx: IntakeTransaction) -> None:
    """Record that the first rows of a list are shown, to tell what its columns hold."""
    tx.announce(AccessGranted("job", str(job_id), ("lead",), PURPOSE))


def _sealed_name(row: Row[Any], tx: IntakeTransaction) -> bytes:
    """Return only the name of a list, sealed anew: the sample has served its purpose."""
    key = tx.key_of(row.id) or tx.add_key("job", row.id)
    place = (t.job.name, "sealed_about", row.id)
    return sealing.seal(tx.vault, key, {"name": the_list(row, tx).name}, place)


def piece_context(job_id: UUID, place: int) -> Context:
    """Return where one piece of a file belongs."""
    return Context("intake", t.piece.name, "sealed", f"{job_id}/{place}")


def _sniffed(file: BinaryIO) -> Sniffing:
    sniffing = Sniffing()
    for piece in _pieces(file):
        sniffing.take(piece)
    return sniffing


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def _beginning(file: BinaryIO, encoding: str, delimiter: str) -> dict[str, Any]:
    """Return the header and a few rows; a file without either is refused."""
    found = records(_pieces(file), encoding, delimiter)
    header = heading_of(found)
    if len(header) > MOST_COLUMNS:
        raise ListRefusedError(TOO_WIDE)
    rows = (record.cells for record in found if record.cells and not is_blank(record.cells))
    sample = list(islice(rows, SAMPLED))
    if not header or not sample:
        raise ListRefusedError(EMPTY)
    return {"header": [name[:LONGEST_NAME] for name in header], "sample": sample}


def _keep_pieces(file: BinaryIO, job_id: UUID, key: bytes, tx: IntakeTransaction) -> None:
    for place, piece in enumerate(_pieces(file)):
        sealed = tx.vault.seal(key, piece, piece_context(job_id, place))
        tx.insert(t.piece, job_id=job_id, place=place, sealed=sealed)
        tx.flush()
