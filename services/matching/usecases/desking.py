"""The coordinator's desk: what comes to it, who owns it, what is decided, and when it is settled.

Promise: a line has one owner and leaves only by a recorded decision, or by what happened to its
cause, which is recorded likewise. Deciding changes no referral; that is done by its own commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.domain.desk import (
    ASKED,
    LONGEST_PAUSE,
    SENT,
    SETTLED,
    UNANSWERED_AFTER,
    Decision,
    Kind,
    decision_of,
    fewest_first,
)
from services.matching.domain.ladder import dues
from services.matching.domain.transitions import LIVE, State
from services.matching.errors import AnswerRefusedError, LineNotFoundError, VersionMissingError
from services.matching.usecases.proposing import propose, send
from shared.bus.access import AccessGranted
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction

OBJECT, PURPOSE = "desk_line", "coordinate"
SETTLES_ITSELF = (
    Kind.UNPLACED,
    Kind.UNREACHABLE,
    Kind.OVERDUE,
    Kind.SUPPRESSED,
    Kind.UNANSWERED,
    Kind.NAMES,
    Kind.AGREEMENT,
)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a coordinator decided of a line, and why or until when."""

    code: str
    look_on: date | None = None
    why: str = ""


def bring_to_desk(
    kind: Kind,
    object_id: UUID,
    request_id: UUID,
    tx: MatchingTransaction,
    **about: Any,  # noqa: ANN401 - columns of the line
) -> None:
    """Put a line on the desk, unless it lies there; whoever has the fewest lines owns it."""
    copy = tx.request_copy(request_id)
    owner = next(iter(fewest_first(tx.coordinators(request_id))), None)
    told = {"reference": copy.reference} if copy else {}
    tx.put_on_desk(
        kind,
        object_id,
        request_id=request_id,
        owner_id=UUID(owner) if owner else None,
        **{**told, **about},
    )


def note_unplaced(request_id: UUID, code: str, tx: MatchingTransaction) -> None:
    """Bring a request to the desk if nobody helps with all of it."""
    if unmet(request_id, tx):
        bring_to_desk(Kind.UNPLACED, request_id, request_id, tx, code=code)


def note_unanswered(
    consent_id: UUID, request_id: UUID, referral_id: UUID | None, tx: MatchingTransaction
) -> None:
    """Bring a question to the desk that a person has some days to answer first."""
    look_on = tx.calendar().local_date(tx.now + UNANSWERED_AFTER)
    about = {"referral_id": referral_id, "look_on": look_on}
    bring_to_desk(Kind.UNANSWERED, consent_id, request_id, tx, **about)


def unmet(request_id: UUID, tx: MatchingTransaction) -> tuple[str, ...]:
    """Return the needs of a live request that no service has, or has met."""
    copy, news = tx.request_copy(request_id), tx.news_of(request_id)
    if copy is None or (news is not None and news.ended_by):
        return ()
    helped = LIVE - {State.PROPOSED, State.HALTED} | {State.COMPLETED}
    rows = tx.referrals_of_request(request_id)
    met = {need for row in rows if row.state in helped for need in row.needs}
    return tuple(need for need in copy.needs if need not in met)


def decide(line_id: UUID, version: int | None, said: Decided, tx: MatchingTransaction) -> None:
    """Record what is decided of a line; it leaves, or is looked at again on a later day."""
    line = _changing(line_id, version, tx)
    decision = decision_of(Kind(line.kind), said.code)
    faults = _faults(decision, said, tx.calendar().local_date(tx.now))
    if faults or decision is None:
        raise AnswerRefusedError("The decision breaks a rule; see errors.", faults)
    if decision.ends:
        tx.end_line(line, decision.code, said.why.strip())
        return
    tx.change_line(line, look_on=said.look_on)
    tx.keep_line_decision(line, decision.code, said.why.strip(), said.look_on)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which service, and why; `again`: the person wants to be asked of what they left before."""

    service_id: UUID
    why: str
    again: bool = False


def put_to_service(
    line_id: UUID, version: int | None, chosen: Chosen, tx: MatchingTransaction
) -> bool:
    """Choose a service for the request of a line; tell whether it was sent.

    Where the person has not agreed to it they are asked first, and the line waits for them.
    """
    line = _changing(line_id, version, tx)
    referral_id = propose(line.request_id, chosen.service_id, chosen.why, tx, again=chosen.again)
    referral = tx.any_referral(referral_id)
    if referral is not None and not referral.consent_needed:
        send(referral_id, referral.version, tx)
        tx.end_line(line, SENT)
        return True
    look_on = tx.calendar().local_date(tx.now + UNANSWERED_AFTER)
    tx.change_line(line, look_on=look_on)
    tx.keep_line_decision(line, ASKED, look_on=look_on)
    return False


def take_line(line_id: UUID, version: int | None, tx: MatchingTransaction) -> None:
    """Make the caller the one owner of a line."""
    tx.change_line(_changing(line_id, version, tx), owner_id=UUID(str(tx.actor.id)))


def read_words(line_id: UUID, tx: MatchingTransaction) -> list[tuple[datetime, str]]:
    """Return what was written of a line with its decisions, recorded as a reading."""
    line = tx.line_on_desk(line_id, tx.actor)
    if line is None:
        raise LineNotFoundError
    words = [(one.at, tx.open_decision(line, one)) for one in tx.decisions_of(line.id)]
    said = [(at, text) for at, text in words if text]
    if said:
        tx.announce(_reading(line))
    return said


def settle_lines(tx: MatchingTransaction, after: UUID | None, limit: int) -> UUID | None:
    """End the open lines whose cause is gone; return the last one looked at, if there are more."""
    lines = tx.open_lines(SETTLES_ITSELF, after, limit)
    for line in lines:
        if _is_gone(line, tx):
            tx.end_line(line, SETTLED)
    return lines[-1].id if len(lines) == limit else None


def _changing(line_id: UUID, version: int | None, tx: MatchingTransaction) -> Row[Any]:
    line = tx.line_on_desk(line_id, tx.actor)
    if line is None or line.ended_at is not None:
        raise LineNotFoundError
    if version is None:
        raise VersionMissingError
    if version != line.version:
        tx.refuse_stale(line)
    return line


def _faults(decision: Decision | None, said: Decided, today: date) -> list[Fault]:
    if decision is None:
        return [Fault("/decision", "Choose what you decide.")]
    if decision.says_why and not said.why.strip():
        return [Fault("/why", "Say why, so that others understand it later.")]
    if decision.ends:
        return []
    last = today + LONGEST_PAUSE
    if said.look_on is None or not today < said.look_on <= last:
        return [Fault("/look_on", f"Choose a day after today, by {last:%-d %B %Y}.")]
    return []


def _is_gone(line: Row[Any], tx: MatchingTransaction) -> bool:
    news = tx.news_of(line.request_id)
    if news is not None and news.ended_by:
        return True
    gone = GONE.get(Kind(line.kind))
    return gone is not None and gone(line, tx)


def _answered(line: Row[Any], tx: MatchingTransaction) -> bool:
    if any(source.id == line.object_id for source in tx.sources(line.request_id)):
        return True
    referral = tx.any_referral(line.referral_id) if line.referral_id else None
    return referral is not None and referral.state != State.PROPOSED


def _in_time_again(line: Row[Any], tx: MatchingTransaction) -> bool:
    referral = tx.any_referral(line.referral_id) if line.referral_id else None
    running = tx.clocks_of(referral) if referral is not None else None
    if referral is None or running is None:
        return False
    late = {name for name, due in dues(running) if due <= tx.now - timedelta(seconds=1)}
    return line.code not in late


def _has_another_end(line: Row[Any], tx: MatchingTransaction) -> bool:
    deal = tx.deal_row(line.object_id)
    ends_on = deal.ends_on if deal is not None else None
    return ends_on is None or tx.calendar().end_of(ends_on) != line.due_at


GONE: dict[Kind, Callable[[Row[Any], MatchingTransaction], bool]] = {
    Kind.UNPLACED: lambda line, tx: not unmet(line.request_id, tx),
    Kind.UNANSWERED: _answered,
    Kind.OVERDUE: _in_time_again,
    Kind.AGREEMENT: _has_another_end,
}


def _reading(line: Row[Any]) -> AccessGranted:
    return AccessGranted(
        object_type=OBJECT,
        object_id=str(line.id),
        what=("decision_words",),
        purpose=PURPOSE,
        request_id=line.request_id,
    )
