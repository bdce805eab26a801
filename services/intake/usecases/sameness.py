"""Is this person's request with us already? Asked of blind indexes, answered to few.

Promise: only the agency that made the first request is told of it, and nobody from whom the
person hides it. Everybody else gets an ordinary answer after ordinary work: the same one select.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.domain.sameness import Known, is_repeat, probes
from services.intake.errors import RequestNotFoundError
from services.intake.storage.hidden import is_hidden
from services.intake.storage.sameness import (
    clear_column,
    forget_digests,
    keep_digests,
    requests_of,
    requests_without,
)
from services.intake.usecases.recalling import recall

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction

LIVE = frozenset({"awaiting_consent", "submitted"})

Digests = list[dict[int, bytes]]

__all__ = [
    "Digests",
    "clear",
    "digests_of",
    "fill_in",
    "live_duplicate_of",
    "note_sameness",
    "renew_sameness",
]


def digests_of(submission: Submission, tx: IntakeTransaction) -> Digests:
    """Return by what the person of *submission* is known again."""
    return _digests(_told(submission), tx)


def live_duplicate_of(
    submission: Submission, digests: Digests, agency_id: UUID | None, tx: IntakeTransaction
) -> str | None:
    """Return the reference of a live request that *agency_id* made for this person's same needs."""
    found = requests_of(digests, tx)
    own = (
        row.reference
        for row in found
        if row.submitter_agency_id == agency_id
        and row.state in LIVE
        and is_repeat(submission.needs, row.needs)
        and not is_hidden(row.id, agency_id, tx.actor, tx, team=None)
    )
    first = next(own, None)
    return first if agency_id else None


def note_sameness(request_id: UUID, digests: Digests, tx: IntakeTransaction) -> None:
    """Keep by what the person of a new request is known again; the rows are buffered."""
    keep_digests(request_id, digests, tx)


def renew_sameness(request_id: UUID, tx: IntakeTransaction) -> None:
    """Compute the indexes of a request anew from what is stored; none once it is shredded."""
    forget_digests(request_id, tx)
    known = _stored(request_id, tx)
    if known is not None:
        keep_digests(request_id, _digests(known, tx), tx)


def fill_in(generation: int, tx: IntakeTransaction) -> int:
    """Compute some requests' indexes under the key of *generation* too; return how many."""
    wanting = requests_without(generation, tx)
    for request_id in wanting:
        renew_sameness(request_id, tx)
    return len(wanting)


def clear(generation: int, tx: IntakeTransaction) -> int:
    """Empty what an earlier generation left where *generation* will be written."""
    return clear_column(generation, tx)


def _digests(known: Known, tx: IntakeTransaction) -> Digests:
    return [tx.vault.lookups(name, parts) for name, parts in probes(known)]


def _told(submission: Submission) -> Known:
    person, address = submission.person, submission.person.address
    return Known(
        given_name=person.given_name,
        family_name=person.family_name,
        born=person.date_of_birth.isoformat() if person.date_of_birth else None,
        postcode=address.postcode if address else None,
        channels=tuple((one.kind, one.value) for one in submission.contact.channels),
    )


def _stored(request_id: UUID, tx: IntakeTransaction) -> Known | None:
    row = tx.request_row(request_id)
    try:
        return _told(recall(row, tx)) if row else None
    except RequestNotFoundError:
        return None
