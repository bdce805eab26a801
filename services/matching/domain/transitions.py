"""What may happen to a referral, as data: one table validates, offers actions and is drawn.

Promise: a command passes only if a row says so; what a caller is offered comes from the
same rows. Where several rows share an action, they differ in state or in the result named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.states import (
    LIVE,
    PAUSES,
    RETURNS,
    RULES,
    TAKEN_ON,
    TERMINAL,
    UNANSWERED,
    UNDER_WAY,
    After,
    Fact,
    Guard,
    Result,
    Row,
    State,
    Who,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BY_STEP", "LIVE", "PAUSES", "RETURNS", "RULES", "TABLE", "TAKEN_ON", "TERMINAL", "UNANSWERED",
    "UNDER_WAY", "After", "Fact", "Guard", "Result", "Row", "State", "Who",
    "actions", "asked_of", "replay", "row_for", "rows_in_part", "state_before", "step",
]  # fmt: skip


def _row(  # noqa: PLR0913 - one argument for each column of the table
    number: str,
    before: Iterable[State | None],
    after: State | After,
    who: Iterable[Who],
    action: str | None,
    event: str,
    *guards: Guard,
    facts: Iterable[Fact] = (),
    result: Result | None = None,
) -> Row:
    by = frozenset(who)
    part = {Guard.G4} if by != {Who.SYSTEM} else set()
    return Row(
        number=number,
        before=frozenset(before),
        after=after if isinstance(after, State) else None,
        who=by,
        action=action,
        event=f"referral.{event}",
        guards=frozenset(part.union(guards)),
        facts=frozenset(facts),
        result=result,
        then=after if isinstance(after, After) else None,
    )


_S, _SYS, _TO, _BY = State, {Who.SYSTEM}, {Who.RECEIVER}, {Who.REFERRER}
_DESK, _HEAD = {Who.COORDINATOR}, {Who.MANAGER}
_MAKERS, _UNREAD = _SYS | _DESK | _BY, {_S.PROPOSED, _S.SENT}
_G1, _G2, _G3, _G5 = Guard.G1, Guard.G2, Guard.G3, Guard.G5
_USE = {Fact.USABLE}  # of what goes on with the help; what only stops it needs no use of it
_BACK, _SAME, _DUE = After.BACK, After.SAME, _USE | {Fact.REVIEW_OPEN}
_TO_SEND = _USE | {Fact.AGREED, Fact.ASKABLE, Fact.DEAL}
_TO_ACCEPT = _USE | {Fact.ROOM, Fact.OPEN, Fact.IN_TIME}
_TO_REOPEN = _USE | {
    *(Fact.ENDED_LATELY, Fact.REQUEST_LIVES, Fact.NO_TWIN, Fact.NOT_REFUSED, Fact.DEAL)
}
_AT_THE_AGENCY = LIVE - {_S.PROPOSED, _S.HALTED}
_IN_HAND = TAKEN_ON | {_S.OPENED, _S.INFO_REQUESTED}
_ASKED, _ASKED_TO_STOP = {_S.INFO_REQUESTED}, {_S.CANCEL_REQUESTED}
_ANSWERS = _BY | {Who.STAND_IN}
_OVER = TERMINAL - {_S.ENTERED_IN_ERROR}
TABLE: tuple[Row, ...] = (
    _row("T5", {None}, _S.PROPOSED, _MAKERS, "propose", "proposed", _G2, _G3),
    _row(
        *("T7", {_S.PROPOSED}, _S.SENT, _MAKERS, "send", "sent", _G1, _G2, _G3),
        facts=_TO_SEND,
    ),
    _row("T8", {_S.SENT}, _S.OPENED, _TO, "open", "opened", facts=_USE),
    _row(
        *("T11", {_S.OPENED, *_ASKED}, _S.ACCEPTED, _TO, "accept", "accepted", _G3),
        facts=_TO_ACCEPT,
    ),
    _row(
        *("T9", {_S.SENT, _S.OPENED}, _S.INFO_REQUESTED, _TO, "ask", "information_requested"),
        facts=_USE,
    ),
    _row("T10", _ASKED, _S.OPENED, _ANSWERS, "answer", "information_given", facts=_USE),
    _row("T12", UNANSWERED, _S.DECLINED, _TO, "decline", "declined", _G5),
    _row(
        *("T13", {_S.ACCEPTED, _S.WAITING}, _S.DECLINED, _TO, "decline", "declined", _G5),
        facts={Fact.FRESH},
    ),
    _row("T14", {_S.OPENED}, _S.REDIRECTED, _TO, "redirect", "redirected", _G5, facts=_USE),
    _row("T15", {_S.ACCEPTED}, _S.WAITING, _TO, "wait", "waiting", facts=_USE),
    _row("T16", {_S.WAITING}, _S.ACTIVE, _TO, "start", "started", _G3, facts=_USE | {Fact.ROOM}),
    _row("T17", {_S.ACCEPTED}, _S.ACTIVE, _TO, "start", "started", _G3, facts=_USE),
    _row(
        *("T18", {_S.WAITING}, _S.WAITING, _TO, "review", "reviewed", _G5),
        facts=_DUE,
        result=Result.EXTENDED,
    ),
    _row(
        *("T19", {_S.WAITING}, _S.RETURNED, _TO, "review", "returned", _G5),
        facts=_DUE,
        result=Result.RETURNED,
    ),
    _row(
        *("T20", {_S.WAITING}, _S.WITHDRAWN, _TO, "review", "withdrawn", _G5),
        facts=_DUE,
        result=Result.NEEDS_CHANGED,
    ),
    _row(
        *("T21", {_S.WAITING}, _S.RETURNED, _TO, "review", "returned", _G5),
        facts=_DUE,
        result=Result.RE_REFER_LATER,
    ),
    _row("T22", {_S.ACTIVE, _S.WAITING}, _S.ON_HOLD, _TO, "hold", "held", _G5),
    _row("T22", {_S.ON_HOLD}, _BACK, _TO, "resume", "resumed", facts=_USE),
    _row(
        "T24", {_S.PROPOSED, _S.SENT}, _S.CANCELLED, _SYS | _BY | _DESK, "cancel", "cancelled", _G5
    ),
    _row("T25", UNDER_WAY, _S.CANCEL_REQUESTED, _BY, "cancel", "cancel_requested", _G5),
    _row("T25", _ASKED_TO_STOP, _S.WITHDRAWN, _TO, "confirm-cancel", "withdrawn"),
    _row("T25", _ASKED_TO_STOP, _BACK, _TO, "refuse-cancel", "cancel_refused", _G5, facts=_USE),
    _row(
        *("T25", _ASKED_TO_STOP, _S.COMPLETED, _TO, "complete", "completed"),
        facts={Fact.HELP_BEGAN},
    ),
    _row("T26", _AT_THE_AGENCY, _S.HALTED, _SYS, None, "halted"),
    _row("T26", {_S.HALTED}, _S.HALTED, _TO, "acknowledge", "acknowledged"),
    _row("T27", {_S.HALTED}, _BACK, _SYS, None, "resumed", _G1),
    _row("T28", {_S.HALTED}, _S.WITHDRAWN, _TO | {Who.OFFICER}, "withdraw", "withdrawn"),
    _row("T29", {_S.ACTIVE}, _S.COMPLETED, _TO, "complete", "completed"),
    _row("T35", TAKEN_ON, _S.WITHDRAWN, _TO, "withdraw", "withdrawn", _G5),
    _row("T36", _IN_HAND, _SAME, _TO, "record-contact", "contacted", facts=_USE),
    _row("T33", LIVE - {_S.PROPOSED}, _SAME, _HEAD, "reassign", "reassigned"),
    _row("T39", {_S.COMPLETED}, _SAME, _TO, "record-outcome", "outcome_recorded", facts=_USE),
    _row(
        *("T30", _OVER, After.ANOTHER, _TO | _BY, "reopen", "reopened", _G1, _G2, _G5),
        facts=_TO_REOPEN,
    ),
    _row("T38", LIVE, _S.WITHDRAWN, _SYS, None, "withdrawn"),
    _row("T38", LIVE, _S.ENTERED_IN_ERROR, _SYS, None, "voided"),
)
BY_STEP = {(row.number, row.event): row for row in TABLE}


def step(number: str, event: str) -> Row:
    """Return the row of one transition by its number and what is told of it."""
    return BY_STEP[number, f"referral.{event}"]


def row_for(
    action: str,
    state: State,
    parts: Iterable[Who],
    facts: Iterable[Fact] = (),
    result: Result | None = None,
) -> Row | None:
    """Return the row that lets somebody in *parts* do *action* now, or None."""
    mine, known = frozenset(parts), frozenset(facts)
    rows = (r for r in TABLE if r.action == action and r.offers(state, mine, known))
    return next((r for r in rows if result is None or r.result is result), None)


def actions(state: State, parts: Iterable[Who], facts: Iterable[Fact] = ()) -> tuple[str, ...]:
    """Return what somebody in *parts* may do now, in the order of the table."""
    mine, known = frozenset(parts), frozenset(facts)
    rows = (row for row in TABLE if row.offers(state, mine, known))
    return tuple(dict.fromkeys(row.action for row in rows if row.action))


def rows_in_part(state: State, parts: Iterable[Who]) -> tuple[Row, ...]:
    """Return the rows that somebody in *parts* could take in this state, were the facts so."""
    mine = frozenset(parts)
    return tuple(row for row in TABLE if row.action and row.offers(state, mine, row.facts))


def asked_of(state: State, parts: Iterable[Who]) -> frozenset[Fact]:
    """Return the facts on which it depends what somebody in *parts* may do now."""
    return frozenset[Fact]().union(*(row.facts for row in rows_in_part(state, parts)))


def replay(steps: Iterable[tuple[str, str]]) -> State:
    """Return the state that a history of (number, event) leads to; refuse an impossible one."""
    return _walked(steps)[-1]


def state_before(steps: Iterable[tuple[str, str]]) -> State:
    """Return where a referral that paused, or was asked to be cancelled, goes on."""
    return _walked(steps)[-2]


def _walked(steps: Iterable[tuple[str, str]]) -> list[State]:
    """Return the present state, and before it those to come back to, the nearest last."""
    path: list[State] = []
    for number, event in steps:
        row = BY_STEP[number, event]
        _check_follows(row, path[-1] if path else None)
        _take(row, path)
    if not path:
        raise ValueError("a referral without a history has no state")
    return path


def _check_follows(row: Row, state: State | None) -> None:
    """Refuse a step that cannot follow; what takes up an old referral is told of the new one."""
    begins = row.then is After.ANOTHER and state is State.PROPOSED
    if state not in row.before and not begins:
        raise ValueError(f"{row.number} cannot follow {state}")
    if row.then is After.ANOTHER and not begins:
        raise ValueError(f"{row.number} cannot follow {state}")


def _take(row: Row, path: list[State]) -> None:
    """Bring *path* along *row*: a pause is laid on top, going back takes it off."""
    if row.then is After.BACK:
        path.pop()
    elif row.after is None:
        return
    elif row.after in RETURNS and (not path or row.after is not path[-1]):
        path.append(row.after)
    else:
        path[-1:] = [row.after]
