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


class Who(StrEnum):
    """In which part somebody acts on a referral."""

    SYSTEM = "system"
    RECEIVER = "receiver"
    REFERRER = "referrer"


@dataclass(frozen=True, slots=True)
class Row:
    """One transition: from any of `before` (None: it does not exist yet) to `after`."""

    number: str
    before: frozenset[State | None]
    after: State
    who: frozenset[Who]
    action: str | None
    event: str


TABLE: tuple[Row, ...] = (
    Row(
        "T5",
        frozenset({None}),
        State.PROPOSED,
        frozenset({Who.SYSTEM}),
        None,
        "referral.proposed",
    ),
    Row(
        "T7",
        frozenset({State.PROPOSED}),
        State.SENT,
        frozenset({Who.SYSTEM}),
        None,
        "referral.sent",
    ),
    Row(
        "T8",
        frozenset({State.SENT}),
        State.OPENED,
        frozenset({Who.RECEIVER}),
        "open",
        "referral.opened",
    ),
    Row(
        "T11",
        frozenset({State.OPENED, State.INFO_REQUESTED}),
        State.ACCEPTED,
        frozenset({Who.RECEIVER}),
        "accept",
        "referral.accepted",
    ),
    Row(
        "T12",
        frozenset({State.SENT, State.OPENED, State.INFO_REQUESTED}),
        State.DECLINED,
        frozenset({Who.RECEIVER}),
        "decline",
        "referral.declined",
    ),
)
BY_NUMBER = {row.number: row for row in TABLE}


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


def replay(numbers: Iterable[str]) -> State:
    """Return the state that a history of transitions leads to; refuse an impossible one."""
    state: State | None = None
    for number in numbers:
        row = BY_NUMBER[number]
        if state not in row.before:
            raise ValueError(f"{number} cannot follow {state}")
        state = row.after
    if state is None:
        raise ValueError("a referral without a history has no state")
    return state
