"""Reading a case at a review: the only code that opens what a panel said about a person.

Promise: only who sits on the panel, only a line of theirs, only while the person agrees and the
agreement holds; each look and each refused look is announced in the transaction that decides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row

from services.matching.domain.case_review import PURPOSE
from services.matching.errors import DealNotFoundError
from services.matching.storage.panels import MINUTES
from services.matching.usecases.case_access import Line, lines_for, mine_among
from services.matching.usecases.case_reviews import case_seen
from shared.bus.access import AccessDenied, AccessGranted

if TYPE_CHECKING:
    from services.matching.storage import MatchingTransaction

OBJECT = "case"
CODES = "needs"
NOT_YOURS = "NOT_YOURS"


@dataclass(frozen=True, slots=True)
class Said:
    """What was said at a meeting, opened."""

    at: datetime
    agency_id: UUID | None
    text: str


@dataclass(frozen=True, slots=True)
class Todo:
    """What somebody is to do, opened."""

    id: UUID
    text: str
    agency_id: UUID
    due_on: date
    done: bool


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One case as an attendee reads it."""

    case: Row[Any]
    panel: Row[Any]
    line: Line
    minutes: tuple[Said, ...]
    actions: tuple[Todo, ...]


def disclose_case(case_id: UUID, tx: MatchingTransaction) -> OpenCase | None:
    """Return a case for the caller, recorded; None when it stays closed, recorded too."""
    try:
        case, panel, line = case_seen(case_id, tx)
    except DealNotFoundError:
        hidden = tx.case(case_id)
        if hidden is not None:
            tx.announce(_denied(hidden, tx))
        return None
    notes = {note.id: note for note in tx.case_notes(case.id)}
    words = {note_id: tx.open_case_note(note) for note_id, note in notes.items()}
    said = [note for note in notes.values() if note.kind == MINUTES]
    tx.announce(_granted(case, line, {CODES, *(note.kind for note in notes.values())}, tx))
    return OpenCase(
        case,
        panel,
        line,
        tuple(Said(note.at, note.agency_id, words[note.id]) for note in said),
        tuple(
            Todo(one.id, words.get(one.note_id, ""), one.agency_id, one.due_on, bool(one.done_at))
            for one in tx.actions_of([case.id])
        ),
    )


def agenda(panel: Row[Any], tx: MatchingTransaction) -> list[tuple[Row[Any], Line]]:
    """Return the caller's own lines of a panel's agenda; whatever is over is off it."""
    cases = tx.open_cases(panel.id)
    requests = tx.living([case.request_id for case in cases])
    lines = lines_for(panel, list(requests.values()), tx)
    mine = {line.request.id: line for line in mine_among(lines, tx)}
    return [(case, mine[case.request_id]) for case in cases if case.request_id in mine]


def suggestions(panel: Row[Any], tx: MatchingTransaction, most: int = 20) -> list[Line]:
    """Return requests a panel should talk about, of those the caller's agency knows already."""
    lines = lines_for(panel, tx.to_review(panel.id), tx)
    known = [one for one in mine_among(lines, tx) if one.is_known_to(tx.actor.agency_id)]
    stuck = [line for line in known if line.why(tx)]
    return stuck[:most]


def todo(panel: Row[Any] | None, tx: MatchingTransaction) -> list[tuple[Row[Any], Line]]:
    """Return what the caller's agency is still to do, as far as they may see the line."""
    agency_id = tx.actor.agency_id
    if panel is None or agency_id is None:
        return []
    actions = tx.open_actions(panel.id, agency_id)
    requests = tx.living({action.request_id for action in actions})
    lines = lines_for(panel, list(requests.values()), tx)
    mine = {line.request.id: line for line in mine_among(lines, tx)}
    return [(one, mine[one.request_id]) for one in actions if one.request_id in mine]


def _granted(case: Row[Any], line: Line, what: set[str], tx: MatchingTransaction) -> AccessGranted:
    agency_id = tx.actor.agency_id
    return AccessGranted(
        object_type=OBJECT,
        object_id=str(case.id),
        what=tuple(sorted(what)),
        purpose=PURPOSE,
        request_id=case.request_id,
        consent_id=line.access.consent_for(agency_id) if agency_id else None,
        recipient_agency_id=agency_id,
    )


def _denied(case: Row[Any], tx: MatchingTransaction) -> AccessDenied:
    return AccessDenied(
        object_type=OBJECT,
        object_id=str(case.id),
        reason=NOT_YOURS,
        purpose=PURPOSE,
        request_id=case.request_id,
        recipient_agency_id=tx.actor.agency_id,
    )
