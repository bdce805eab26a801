"""Putting a request on a panel's agenda, talking about it, and leaving it by a decision.

Promise: nothing is listed without the person's yes to a case review; what is said of a person
is sealed, and a case leaves the agenda only by what the panel decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.domain.case_review import Decision, Why
from services.matching.errors import DealNotFoundError, DealRefusedError
from services.matching.messages import CaseListed, CaseReviewed
from services.matching.storage.hiding import known_as
from services.matching.storage.panels import ACTION, MINUTES
from services.matching.usecases.case_access import Line, lines_for
from services.matching.usecases.panels import admitted_under, seated, today
from shared.errors import ConflictError, Fault

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction

LONGEST = 4000
NOT_THERE = "There is no such request for this panel. The person must have agreed to it."
MOVED_ON = "Somebody else has written about this case in the meantime. Look again."


@dataclass(frozen=True, slots=True)
class Action:
    """What an agency will do, and by when."""

    words: str
    agency_id: UUID
    due_on: date


@dataclass(frozen=True, slots=True)
class Review:
    """What a panel said and decided; `again_on` is the next meeting that talks about it."""

    decision: str
    minutes: str
    actions: tuple[Action, ...] = ()
    again_on: date | None = None


def list_case(panel_id: UUID, reference: str, tx: MatchingTransaction) -> UUID:
    """Put a request on the agenda of a panel on which the caller sits."""
    panel = _panel(panel_id, tx)
    line = _line_by_reference(panel, reference, tx)
    if line is None:
        raise DealRefusedError(NOT_THERE, [Fault("/reference", NOT_THERE)])
    known = [case for case in tx.open_cases(panel_id) if case.request_id == line.request.id]
    if known:
        return UUID(str(known[0].id))
    return _list(panel, line, tx)


def record_review(
    case_id: UUID, version: int | None, review: Review, tx: MatchingTransaction
) -> None:
    """Write down what the panel said and decided, and who does what by when."""
    case, panel, line = case_seen(case_id, tx)
    if version != case.version or not case.open:
        raise ConflictError(MOVED_ON)
    _check(review, panel, tx)
    tx.keep_case_note(case, MINUTES, review.minutes)
    for action in review.actions:
        note_id = tx.keep_case_note(case, ACTION, action.words)
        tx.new_action(case.id, note_id, action.agency_id, action.due_on)
    again = review.again_on if review.decision == Decision.AGAIN else None
    told = tx.decide_case(case, review.decision, again)
    seats = {one.agency_id for one in tx.seats(panel.id)}
    event = CaseReviewed(
        case_id=case.id,
        panel_id=panel.id,
        agreement_id=panel.deal_id,
        request_id=case.request_id,
        decision=review.decision,
        agencies=tuple(sorted(agency for agency in seats if line.access.sees(agency))),
        actions=len(review.actions),
        attendees=_others(panel, line, tx),
    )
    tx.announce(event, sequence=told)


def finish_action(action_id: UUID, tx: MatchingTransaction) -> UUID:
    """Keep that the caller's agency did what it was to do; return which case it was about."""
    action = tx.action(action_id)
    if action is None or action.agency_id != tx.actor.agency_id:
        raise DealNotFoundError
    case, _, _ = case_seen(action.case_id, tx)
    tx.note_done(action_id)
    return UUID(str(case.id))


def case_seen(case_id: UUID, tx: MatchingTransaction) -> tuple[Row[Any], Row[Any], Line]:
    """Return a case, its panel and its line, or answer as if there were none."""
    case = tx.case(case_id)
    panel = seated(case.panel_id, tx) if case is not None else None
    if case is None or panel is None:
        raise DealNotFoundError
    requests = tx.living([case.request_id])
    line = lines_for(panel, list(requests.values()), tx).get(case.request_id)
    if line is None or not line.is_for(tx.actor.agency_id, tx.actor.known_as()):
        raise DealNotFoundError
    return case, panel, line


def _panel(panel_id: UUID, tx: MatchingTransaction) -> Row[Any]:
    panel = seated(panel_id, tx)
    if panel is None:
        raise DealNotFoundError
    return panel


def _line_by_reference(panel: Row[Any], reference: str, tx: MatchingTransaction) -> Line | None:
    row = tx.request_by_reference(reference.strip().upper())
    living = tx.living([row.id]) if row is not None else {}
    lines = lines_for(panel, list(living.values()), tx)
    mine = (one for one in lines.values() if one.is_for(tx.actor.agency_id, tx.actor.known_as()))
    return next(mine, None)


def _list(panel: Row[Any], line: Line, tx: MatchingTransaction) -> UUID:
    case_id = tx.new_id()
    reasons = tuple(str(why) for why in line.why(tx)) or (str(Why.ASKED),)
    meets_on = max(panel.meets_on, today(tx))
    tx.new_case(
        id=case_id,
        panel_id=panel.id,
        request_id=line.request.id,
        reference=line.request.reference,
        reasons=list(reasons),
        meets_on=meets_on,
    )
    consent_id = line.access.consent_for(tx.actor.agency_id) if tx.actor.agency_id else None
    event = CaseListed(
        case_id=case_id,
        panel_id=panel.id,
        agreement_id=panel.deal_id,
        request_id=line.request.id,
        consent_id=consent_id or line.request.consent_id,
        reasons=reasons,
        meets_on=meets_on,
        attendees=_others(panel, line, tx),
    )
    tx.announce(event, sequence=1)
    return case_id


def _others(panel: Row[Any], line: Line, tx: MatchingTransaction) -> tuple[UUID, ...]:
    """Return who else sits there and may see the line."""
    able = (one for one in tx.seats(panel.id) if line.is_for(one.agency_id, known_as(one)))
    return tuple(one.staff_id for one in able if str(one.staff_id) != tx.actor.id)


def _check(review: Review, panel: Row[Any], tx: MatchingTransaction) -> None:
    faults = []
    if review.decision not in set(Decision):
        faults.append(Fault("/decision", "Choose what the panel decided."))
    if not review.minutes.strip():
        faults.append(Fault("/minutes", "Write down what was said."))
    if len(review.minutes) > LONGEST:
        faults.append(Fault("/minutes", f"Write at most {LONGEST} characters."))
    if review.decision == Decision.AGAIN and (
        review.again_on is None or review.again_on <= today(tx)
    ):
        faults.append(Fault("/again_on", "Enter the day of a later meeting."))
    able = admitted_under(panel.deal_id, tx)
    for place, action in enumerate(review.actions):
        faults += _action_faults(place, action, able, tx)
    if faults:
        raise DealRefusedError("Something needs to be put right; see errors.", faults)


def _action_faults(
    place: int, action: Action, able: frozenset[UUID], tx: MatchingTransaction
) -> list[Fault]:
    faults = []
    if not action.words.strip():
        faults.append(Fault(f"/actions/{place}/words", "Say what will be done."))
    if len(action.words) > LONGEST:
        faults.append(Fault(f"/actions/{place}/words", f"Write at most {LONGEST} characters."))
    if action.agency_id not in able:
        faults.append(Fault(f"/actions/{place}/agency", "Choose who does it."))
    if action.due_on < today(tx):
        faults.append(Fault(f"/actions/{place}/due", "Choose a day from today on."))
    return faults
