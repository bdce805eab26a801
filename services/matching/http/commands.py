"""What each form of a referral asks the use cases to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.domain.outcomes import Came
from services.matching.domain.transitions import Result
from services.matching.http.form_choices import NO_BASIS, NOBODY
from services.matching.http.form_fields import as_day, ids
from services.matching.usecases import (
    Contact,
    Hold,
    Reason,
    Review,
    Waiting,
    acknowledge,
    answer,
    ask,
    cancel,
    complete,
    confirm_cancel,
    hold,
    reassign,
    record_contact,
    record_outcome,
    redirect,
    refuse_cancel,
    reopen,
    resume_held,
    review,
    start,
    wait,
    withdraw,
)
from services.matching.usecases.commanding import refuse
from services.matching.usecases.proposing import send
from services.matching.usecases.reassigning import OF_YOUR_AGENCY

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.matching.storage import MatchingTransaction

CHOOSE_RESULT = "Choose one of the results."


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form brought: which referral, the version it was shown, and what was said."""

    referral: UUID
    version: int | None
    said: Mapping[str, Any]
    outcomes: Sequence[Came] = ()

    @property
    def words(self) -> str:
        """Return the free text."""
        return str(self.said.get("words", ""))

    @property
    def reason(self) -> Reason:
        """Return the code chosen, with its words."""
        return Reason(str(self.said.get("reason", "")), self.words)


def _acknowledge(sent: Sent, tx: MatchingTransaction) -> None:
    code = sent.said["reason"]
    acknowledge(sent.referral, sent.version, None if code == NO_BASIS else code, tx)


def _wait(sent: Sent, tx: MatchingTransaction) -> None:
    how = Waiting(sent.said["expected"], sent.said["occasional"], sent.words)
    wait(sent.referral, sent.version, how, tx)


def _review(sent: Sent, tx: MatchingTransaction) -> None:
    result = sent.said["result"]
    if result not in set(Result):
        refuse("/result", CHOOSE_RESULT)
    said = Review(
        result=Result(result),
        until=sent.said["until"],
        agreed_with_referrer=sent.said["agreed"],
        comment=sent.words,
        alternatives=ids(sent.said["alternatives"]),
    )
    review(sent.referral, sent.version, said, tx)


def _record_contact(sent: Sent, tx: MatchingTransaction) -> None:
    what = Contact(
        code=sent.said["code"],
        on=as_day(sent.said["on"]),
        channel=sent.said["channel"],
        as_agreed=not sent.said["against"],
        attended=sent.said["attended"] or None,
        why_absent=sent.said["absent"] or None,
        note=sent.words,
    )
    record_contact(sent.referral, sent.version, what, tx)


def _hold(sent: Sent, tx: MatchingTransaction) -> None:
    why = Hold(sent.said["reason"], as_day(sent.said["again"]), sent.words)
    hold(sent.referral, sent.version, why, tx)


def _redirect(sent: Sent, tx: MatchingTransaction) -> None:
    redirect(sent.referral, sent.version, ids(sent.said["alternatives"]), sent.words, tx)


def _reassign(sent: Sent, tx: MatchingTransaction) -> None:
    chosen = sent.said["staff"]
    try:
        staff_id = None if chosen == NOBODY else UUID(chosen)
    except ValueError:
        refuse("/staff_id", OF_YOUR_AGENCY)
    team = sent.said["team"].strip() or sent.said["known"]
    reassign(sent.referral, sent.version, staff_id, team, tx)


def _reopen(sent: Sent, tx: MatchingTransaction) -> None:
    reopen(sent.referral, sent.version, sent.reason, tx)


COMMANDS: dict[str, Callable[[Sent, MatchingTransaction], None]] = {
    "ask": lambda sent, tx: ask(sent.referral, sent.version, sent.words, tx),
    "answer": lambda sent, tx: answer(sent.referral, sent.version, sent.words, tx),
    "cancel": lambda sent, tx: cancel(sent.referral, sent.version, sent.reason, tx),
    "confirm-cancel": lambda sent, tx: confirm_cancel(sent.referral, sent.version, tx),
    "refuse-cancel": lambda sent, tx: refuse_cancel(sent.referral, sent.version, sent.words, tx),
    "acknowledge": _acknowledge,
    "withdraw": lambda sent, tx: withdraw(sent.referral, sent.version, sent.reason, tx),
    "wait": _wait,
    "start": lambda sent, tx: start(sent.referral, sent.version, as_day(sent.said["started"]), tx),
    "review": _review,
    "record-contact": _record_contact,
    "hold": _hold,
    "send": lambda sent, tx: send(sent.referral, sent.version, tx),
    "resume": lambda sent, tx: resume_held(sent.referral, sent.version, tx),
    "complete": lambda sent, tx: complete(
        sent.referral, sent.version, sent.outcomes, tx, sent.words
    ),
    "record-outcome": lambda sent, tx: record_outcome(
        sent.referral, sent.version, sent.outcomes, tx, sent.words
    ),
    "redirect": _redirect,
    "reassign": _reassign,
    "reopen": _reopen,
}
