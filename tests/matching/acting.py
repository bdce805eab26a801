"""Every action of the table with something sensible to say, whatever the day, for long walks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from services.matching import usecases
from services.matching.domain.transitions import Result
from services.matching.usecases import (
    Acceptance,
    Came,
    Contact,
    Decline,
    Hold,
    Reason,
    Review,
    Waiting,
)
from services.matching.usecases.proposing import send
from services.matching.usecases.reviewing import extends_from

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

A_DAY = timedelta(days=1)


class Said:
    """What a caller says with an action: the day it is there, and what tests may choose."""

    def __init__(self, today: date, other: UUID, result: Result = Result.RETURNED) -> None:
        self.today, self.other, self.result = today, other, result


def _review(row: Any, tx: MatchingTransaction, said: Said) -> None:
    begin = extends_from(row, tx) if said.result is Result.EXTENDED else said.today
    how = {"agreed_with_referrer": True, "comment": "As we agreed."}
    review = Review(said.result, begin + timedelta(weeks=3), **how)  # type: ignore[arg-type]
    usecases.review(row.id, row.version, review, tx)


def _complete(row: Any, tx: MatchingTransaction, _said: Said) -> None:
    usecases.complete(row.id, row.version, (), tx)


def _record_outcome(row: Any, tx: MatchingTransaction, _said: Said) -> None:
    came = tuple(Came(need, "ACHIEVED", ("GOT_HELP",)) for need in row.needs)
    usecases.record_outcome(row.id, row.version, came, tx)


def _accept(row: Any, tx: MatchingTransaction, said: Said) -> None:
    usecases.accept(row.id, row.version, Acceptance(said.today, places=2), tx)


def _hold(row: Any, tx: MatchingTransaction, said: Said) -> None:
    usecases.hold(row.id, row.version, Hold("PERSON_WISH", said.today + 14 * A_DAY), tx)


def _contact(row: Any, tx: MatchingTransaction, said: Said) -> None:
    usecases.record_contact(row.id, row.version, Contact("DELIVERED", said.today), tx)


def _redirect(row: Any, tx: MatchingTransaction, said: Said) -> None:
    usecases.redirect(row.id, row.version, (said.other,), "They do more.", tx)


def _send(row: Any, tx: MatchingTransaction, _said: Said) -> None:
    send(row.id, row.version, tx)


ACTIONS: dict[str, Callable[[Any, MatchingTransaction, Said], Any]] = {
    "send": _send,
    "open": lambda row, tx, _: usecases.open_referral(row.id, row.version, tx),
    "accept": _accept,
    "ask": lambda row, tx, _: usecases.ask(row.id, row.version, "Which bills?", tx),
    "answer": lambda row, tx, _: usecases.answer(row.id, row.version, "Gas.", tx),
    "decline": lambda row, tx, _: usecases.decline(row.id, row.version, Decline("NO_CAPACITY"), tx),
    "redirect": _redirect,
    "wait": lambda row, tx, _: usecases.wait(row.id, row.version, Waiting(), tx),
    "start": lambda row, tx, said: usecases.start(row.id, row.version, said.today, tx),
    "review": _review,
    "hold": _hold,
    "resume": lambda row, tx, _: usecases.resume_held(row.id, row.version, tx),
    "cancel": lambda row, tx, _: usecases.cancel(
        row.id, row.version, Reason("REFERRER_CANCELLED"), tx
    ),
    "confirm-cancel": lambda row, tx, _: usecases.confirm_cancel(row.id, row.version, tx),
    "refuse-cancel": lambda row, tx, _: usecases.refuse_cancel(
        row.id, row.version, "Nearly done.", tx
    ),
    "complete": _complete,
    "acknowledge": lambda row, tx, _: usecases.acknowledge(row.id, row.version, None, tx),
    "withdraw": lambda row, tx, _: usecases.withdraw(
        row.id, row.version, Reason("NEEDS_MET_ELSEWHERE"), tx
    ),
    "record-contact": _contact,
    "reassign": lambda row, tx, _: usecases.reassign(row.id, row.version, None, "East", tx),
    "record-outcome": _record_outcome,
    "reopen": lambda row, tx, _: usecases.reopen(
        row.id, row.version, Reason("NEEDS_HELP_AGAIN"), tx
    ),
}
