"""What may happen to a referral, as data: one table validates, offers actions and is drawn.

Promise: a command passes only if a row says so; what a caller is offered comes from the
same rows. Later transitions are added as rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(StrEnum):
    """Where a referral stands."""

    PROPOSED = "proposed"
    SENT = "sent"
    OPENED = "opened"
    INFO_REQUESTED = "info_requested"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    CANCEL_REQUESTED = "cancel_requested"
    HALTED = "halted"
    DECLINED = "declined"
    REDIRECTED = "redirected"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    ENTERED_IN_ERROR = "entered_in_error"


LIVE = frozenset(
    {
        State.PROPOSED,
        State.SENT,
        State.OPENED,
        State.INFO_REQUESTED,
        State.ACCEPTED,
        State.WAITING,
        State.ACTIVE,
        State.ON_HOLD,
        State.CANCEL_REQUESTED,
        State.HALTED,
    }
)
UNANSWERED = frozenset({State.SENT, State.OPENED, State.INFO_REQUESTED})
PAUSES = frozenset({State.HALTED, State.CANCEL_REQUESTED})
UNDER_WAY = (LIVE - PAUSES) - {State.PROPOSED, State.SENT}


class Who(StrEnum):
    """In which part somebody acts on a referral."""

    SYSTEM = "system"
    RECEIVER = "receiver"
    REFERRER = "referrer"
    STAND_IN = "stand_in"
    """The receiver of what a person asked for themselves: it rings them, and writes it down."""


@dataclass(frozen=True, slots=True)
class Row:
    """One transition: from any of `before` to `after`.

    A `before` of None: it does not exist yet. An `after` of None: back to where it was.
    """

    number: str
    before: frozenset[State | None]
    after: State | None
    who: frozenset[Who]
    action: str | None
    event: str


def _row(
    number: str,
    before: Iterable[State | None],
    after: State | None,
    who: Iterable[Who],
    action: str | None,
    event: str,
) -> Row:
    return Row(number, frozenset(before), after, frozenset(who), action, f"referral.{event}")


_S, _SYS, _TO, _BY = State, {Who.SYSTEM}, {Who.RECEIVER}, {Who.REFERRER}
_AT_THE_AGENCY = LIVE - {State.PROPOSED, State.HALTED}
TABLE: tuple[Row, ...] = (
    _row("T5", {None}, _S.PROPOSED, _SYS, None, "proposed"),
    _row("T7", {_S.PROPOSED}, _S.SENT, _SYS, None, "sent"),
    _row("T8", {_S.SENT}, _S.OPENED, _TO, "open", "opened"),
    _row("T11", {_S.OPENED, _S.INFO_REQUESTED}, _S.ACCEPTED, _TO, "accept", "accepted"),
    _row("T9", {_S.SENT, _S.OPENED}, _S.INFO_REQUESTED, _TO, "ask", "information_requested"),
    _row(
        "T10",
        {_S.INFO_REQUESTED},
        _S.OPENED,
        {Who.REFERRER, Who.STAND_IN},
        "answer",
        "information_given",
    ),
    _row("T12", UNANSWERED, _S.DECLINED, _TO, "decline", "declined"),
    _row("T13", {_S.ACCEPTED, _S.WAITING}, _S.DECLINED, _TO, "decline", "declined"),
    _row("T24", {_S.PROPOSED, _S.SENT}, _S.CANCELLED, _SYS | _BY, "cancel", "cancelled"),
    _row("T25", UNDER_WAY, _S.CANCEL_REQUESTED, _BY, "cancel", "cancel_requested"),
    _row("T25", {_S.CANCEL_REQUESTED}, _S.WITHDRAWN, _TO, "confirm-cancel", "withdrawn"),
    _row("T25", {_S.CANCEL_REQUESTED}, None, _TO, "refuse-cancel", "cancel_refused"),
    _row("T26", _AT_THE_AGENCY, _S.HALTED, _SYS, None, "halted"),
    _row("T26", {_S.HALTED}, _S.HALTED, _TO, "acknowledge", "acknowledged"),
    _row("T27", {_S.HALTED}, None, _SYS, None, "resumed"),
    _row("T28", {_S.HALTED}, _S.WITHDRAWN, _TO, "withdraw", "withdrawn"),
    _row("T38", LIVE, _S.WITHDRAWN, _SYS, None, "withdrawn"),
    _row("T38", LIVE, _S.ENTERED_IN_ERROR, _SYS, None, "voided"),
)
BY_STEP = {(row.number, row.event): row for row in TABLE}


def step(number: str, event: str) -> Row:
    """Return the row of one transition by its number and what is told of it."""
    return BY_STEP[number, f"referral.{event}"]


def row_for(action: str, state: State, parts: Iterable[Who]) -> Row | None:
    """Return the row that lets somebody in *parts* do *action* now, or None."""
    mine = frozenset(parts)
    fitting = (r for r in TABLE if r.action == action and state in r.before and r.who & mine)
    return next(fitting, None)


def actions(state: State, parts: Iterable[Who]) -> tuple[str, ...]:
    """Return what somebody in *parts* may do now, in the order of the table."""
    mine = frozenset(parts)
    rows = (row for row in TABLE if state in row.before and row.who & mine)
    return tuple(dict.fromkeys(row.action for row in rows if row.action))


def replay(steps: Iterable[tuple[str, str]]) -> State:
    """Return the state that a history of (number, event) leads to; refuse an impossible one."""
    return _walked(steps)[-1]


def state_before(steps: Iterable[tuple[str, str]]) -> State:
    """Return where a referral that was halted, or asked to be cancelled, goes on."""
    return _walked(steps)[-2]


def _walked(steps: Iterable[tuple[str, str]]) -> list[State]:
    """Return the present state, and before it those to come back to, the nearest last."""
    path: list[State] = []
    for number, event in steps:
        row, state = BY_STEP[number, event], path[-1] if path else None
        if state not in row.before:
            raise ValueError(f"{number} cannot follow {state}")
        if row.after is None:
            path.pop()
        elif row.after in PAUSES and row.after is not state:
            path.append(row.after)
        else:
            path[-1:] = [row.after]
    if not path:
        raise ValueError("a referral without a history has no state")
    return path
