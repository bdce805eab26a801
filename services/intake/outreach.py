"""What outreach does of itself: it reads lists that were handed in, and lets leads go on time.

Promise: a reader killed at any moment is followed by one that goes on where the last whole
batch ended; no row is kept twice, none is lost. Memory does not grow with the list.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from services.intake.domain.jobs_list import heading_of
from services.intake.domain.records import records
from services.intake.storage import IntakeTransaction, leads
from services.intake.usecases.outreach_ending import end_due
from services.intake.usecases.outreach_lists import piece_context
from services.intake.usecases.outreach_reading import end_reading, keep_rows
from shared.chore import Chore
from shared.identity import Principal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event
    from uuid import UUID

    from shared.storage import Store

BATCH = 500
LOOK = timedelta(seconds=1)
SWEEP = timedelta(hours=1)
WE = Principal.system("intake")


def read_list(store: Store[IntakeTransaction], job_id: UUID, stop: Event | None = None) -> bool:
    """Read what is left of a list, batch by batch; tell whether it was read to its end."""
    with store.read() as tx:
        job = leads.job_row(job_id, tx)
    if job is None:
        return False
    found = records(_pieces(store, job_id), job.encoding, job.delimiter)
    heading_of(found)
    seen = sum(1 for _ in islice(found, job.read_rows))
    while batch := list(islice(found, BATCH)):
        with store.begin(actor=WE) as tx:
            kept = keep_rows(job_id, seen, batch, tx)
        if kept is None or (stop and stop.is_set()):
            return False
        seen += len(batch)
    with store.begin(actor=WE) as tx:
        end_reading(job_id, tx)
    return True


def _pieces(store: Store[IntakeTransaction], job_id: UUID) -> Iterator[bytes]:
    """Yield the pieces of an uploaded file, each opened when it is needed."""
    place = 0
    while True:
        with store.read() as tx:
            sealed, key = leads.sealed_piece(job_id, place, tx), tx.key_of(job_id)
            if sealed is None or key is None:
                return
            opened = tx.vault.open(key, sealed, piece_context(job_id, place))
        yield opened
        place += 1


class ListReading(Chore[IntakeTransaction]):
    """The chore that reads lists, in one process of the service."""

    name = "outreach-lists"
    every = LOOK

    def look(self) -> None:
        """Read the oldest list that waits, if there is one."""
        with self._store.read() as tx:
            job_id = leads.first_to_read(tx)
        if job_id is not None:
            read_list(self._store, job_id, self._stop)


class LeadSweep(Chore[IntakeTransaction]):
    """The chore that lets go of leads whose time is over."""

    name = "leads"
    every = SWEEP

    def look(self) -> None:
        """Let go of everything that is due, a few leads at a time."""
        more = True
        while more:
            with self._store.begin(actor=WE) as tx:
                more = end_due(tx)
