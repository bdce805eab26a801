"""What may happen to a request, T1 to T42, as data: one table validates and offers actions.

Promise: a command passes only if a row says so; what a caller is offered comes from the same
rows. `placed` is never stored: it is `submitted` while some agency has the request before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class RequestState(StrEnum):
    """Where a request stands."""

    DRAFT = "draft"
    AWAITING_CONSENT = "awaiting_consent"
    SUBMITTED = "submitted"
    PLACED = "placed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    ENTERED_IN_ERROR = "entered_in_error"


_S = RequestState
LIVE = frozenset({_S.DRAFT, _S.AWAITING_CONSENT, _S.SUBMITTED, _S.PLACED})
KNOWN = frozenset({_S.AWAITING_CONSENT, _S.SUBMITTED, _S.PLACED})
TOLD = frozenset({_S.SUBMITTED, _S.PLACED})
ENDED = frozenset({_S.CLOSED, _S.WITHDRAWN, _S.ENTERED_IN_ERROR})


class Who(StrEnum):
    """In which part somebody acts on a request."""

    SYSTEM = "system"
    PERSON = "person"
    REFERRER = "referrer"
    AUTHOR = "author"
    RECEIVER = "receiver"
    COORDINATOR = "coordinator"
    OFFICER = "officer"


_W = Who
ANYONE = frozenset(_W)
STAFF = ANYONE - {_W.SYSTEM, _W.PERSON}


class Guard(StrEnum):
    """What must hold beside state and part; the use case of the row looks."""

    NO_LIVE_CONSENT = "nobody may be told yet"
    BASIS = "a live consent or override (G1)"
    MINIMUM_DATA = "everything that a request needs was told"
    GAP_RECORDED = "the gap is recorded and the alternatives were told"
    REASON = "the reason is given (G5)"
    HISTORY_KEPT = "old, new and reason are kept; wider sharing asks again (G1)"
    EVERY_NEED_MET = "no referral is live and every need has a completed one"
    NO_LEGAL_HOLD = "no legal hold"


@dataclass(frozen=True, slots=True)
class Row:
    """One transition: from any of `before` (None: it does not exist yet) to `after`.

    `after` None keeps the state; `where` is the path of its API call or page.
    """

    number: str
    before: frozenset[RequestState | None]
    after: RequestState | None
    who: frozenset[Who]
    guards: tuple[Guard, ...]
    action: str | None
    where: tuple[str, ...]
    event: str | None


API, PAGE = "/api/v1/requests", "/requests"
_SENDERS = frozenset({_W.PERSON, _W.REFERRER})

TABLE: tuple[Row, ...] = (
    Row(
        "T1", frozenset({None}), _S.DRAFT, _SENDERS, (),
        "draft", (f"POST {API}", f"POST {PAGE}/new", "/ask"), None,
    ),
    Row(
        "T2", frozenset({_S.DRAFT}), _S.AWAITING_CONSENT, frozenset({_W.REFERRER}),
        (Guard.NO_LIVE_CONSENT, Guard.MINIMUM_DATA),
        "ask-consent", (f"POST {PAGE}/drafts/{{id}}/check",), "consent.requested",
    ),
    Row(
        "T3", frozenset({None, _S.DRAFT, _S.AWAITING_CONSENT}), _S.SUBMITTED,
        _SENDERS | {_W.SYSTEM}, (Guard.BASIS, Guard.MINIMUM_DATA),
        "submit", (f"POST {API}", f"POST {PAGE}/drafts/{{id}}/check", "/ask"),
        "request.submitted",
    ),
    Row(
        "T6", frozenset({_S.SUBMITTED}), _S.CLOSED, frozenset({_W.COORDINATOR}),
        (Guard.GAP_RECORDED, Guard.REASON),
        "close", (f"POST {API}/{{id}}/close", f"POST {PAGE}/{{id}}/close"), "request.closed",
    ),
    Row(
        "T23", KNOWN, _S.WITHDRAWN, frozenset({_W.PERSON, _W.REFERRER, _W.OFFICER}), (),
        "withdraw", (f"POST {API}/{{id}}/withdrawal", f"POST {PAGE}/{{id}}/withdraw", "/my"),
        "request.withdrawn",
    ),
    Row(
        "T31", KNOWN | ENDED - {_S.ENTERED_IN_ERROR}, _S.ENTERED_IN_ERROR,
        frozenset({_W.AUTHOR, _W.OFFICER}), (Guard.REASON,),
        "void", (f"POST {API}/{{id}}/void", f"POST {PAGE}/{{id}}/void"), "request.voided",
    ),
    Row(
        "T32", KNOWN, None, _SENDERS, (Guard.REASON, Guard.HISTORY_KEPT),
        "amend", (f"PATCH {API}/{{id}}", f"POST {PAGE}/{{id}}/amend", "/my"),
        "request.amended",
    ),
    Row(
        "T34", KNOWN | ENDED, None, ANYONE, (),
        "flag", (f"POST {API}/{{id}}/flag",), "request.flagged",
    ),
    Row(
        "T37", KNOWN, _S.CLOSED, STAFF, (),
        "died", (f"POST {API}/{{id}}/close", f"POST {PAGE}/{{id}}/close"), "request.closed",
    ),
    Row(
        "T40", frozenset({_S.SUBMITTED, _S.PLACED}), _S.CLOSED, frozenset({_W.SYSTEM}),
        (Guard.EVERY_NEED_MET,), None, (), "request.closed",
    ),
    Row(
        "T41", TOLD | {_S.CLOSED}, None, frozenset({_W.PERSON}), (),
        "feedback", ("/my",), "request.feedback_given",
    ),
    Row(
        "T42", KNOWN | ENDED, None, frozenset({_W.OFFICER}),
        (Guard.NO_LEGAL_HOLD, Guard.REASON),
        "erase", ("/rights/",), "request.erased",
    ),
)  # fmt: skip
BY_NUMBER = {row.number: row for row in TABLE}


def row_for(action: str, state: RequestState | None, parts: Iterable[Who]) -> Row | None:
    """Return the row that lets somebody in *parts* do *action* now, or None."""
    mine = frozenset(parts)
    fitting = (r for r in TABLE if r.action == action and state in r.before and r.who & mine)
    return next(fitting, None)


def actions(state: RequestState, parts: Iterable[Who]) -> tuple[str, ...]:
    """Return what somebody in *parts* may do now, in the order of the table."""
    mine = frozenset(parts)
    rows = (row for row in TABLE if state in row.before and row.who & mine)
    return tuple(dict.fromkeys(row.action for row in rows if row.action))


def replay(numbers: Iterable[str]) -> RequestState:
    """Return the state that a history of transitions leads to; refuse an impossible one."""
    state: RequestState | None = None
    for number in numbers:
        row = BY_NUMBER[number]
        if state not in row.before:
            raise ValueError(f"{number} cannot follow {state}")
        state = row.after or state
    if state is None:
        raise ValueError("a request without a history has no state")
    return state
