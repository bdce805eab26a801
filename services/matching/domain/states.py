"""Where a referral can stand, who acts on it, and what one row of its table says.

Promise: these are words only. What is allowed stands in `transitions.TABLE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


TERMINAL = frozenset(
    {
        State.DECLINED,
        State.REDIRECTED,
        State.RETURNED,
        State.WITHDRAWN,
        State.CANCELLED,
        State.COMPLETED,
        State.ENTERED_IN_ERROR,
    }
)
LIVE = frozenset(State) - TERMINAL
UNANSWERED = frozenset({State.SENT, State.OPENED, State.INFO_REQUESTED})
TAKEN_ON = frozenset({State.ACCEPTED, State.WAITING, State.ACTIVE, State.ON_HOLD})
PAUSES = frozenset({State.HALTED, State.CANCEL_REQUESTED})
RETURNS = PAUSES | {State.ON_HOLD}
"""States from which a referral may go back to where it was."""
UNDER_WAY = (LIVE - PAUSES) - {State.PROPOSED, State.SENT}


class Who(StrEnum):
    """In which part somebody acts on a referral."""

    SYSTEM = "system"
    RECEIVER = "receiver"
    MANAGER = "manager"
    """A manager of the receiving agency, or its own system."""
    REFERRER = "referrer"
    STAND_IN = "stand_in"
    """The receiver of what a person asked for themselves: it rings them, and writes it down."""
    COORDINATOR = "coordinator"
    OFFICER = "officer"


class Guard(StrEnum):
    """What else must hold before a row lets a referral pass (3-domain 1.1)."""

    G1 = "consent valid for recipient, purpose and category, or an override"
    G2 = "agreement in force between the two agencies"
    G3 = "service open, and a place, its waiting list or an enquiry"
    G4 = "the part the caller acts in"
    G5 = "a reason in force, with a comment where it needs one"


class Fact(StrEnum):
    """What must be true of a referral, and around it, before a row is offered at all."""

    USABLE = "the request is not restricted"
    REVIEW_OPEN = "the waiting target has passed"
    HELP_BEGAN = "support has started at some time"
    ENDED_LATELY = "it ended within the last twelve months"
    FRESH = "it was accepted within five working days, or a manager asks"
    AGREED = "the person agrees that the agency is told what its service needs"
    NOT_REFUSED = "the person has not said no to the agency"
    REQUEST_LIVES = "the request is not over"
    NO_TWIN = "no other referral of the request lives at the service"
    ROOM = "there is a place, its waiting list or an enquiry"
    OPEN = "the service takes referrals"
    ASKABLE = "the service can be asked now"
    IN_TIME = "a start can still be promised within the waiting maximum"
    DEAL = "an agreement lets the one agency ask the other"


RULES = frozenset({Fact.OPEN, Fact.ASKABLE, Fact.IN_TIME, Fact.DEAL})
"""What lacks one of these is not offered; whoever asks all the same is told the rule (422)."""


class Result(StrEnum):
    """How a review of the wait ends: exactly these four."""

    EXTENDED = "extended"
    RETURNED = "returned"
    NEEDS_CHANGED = "needs_changed"
    RE_REFER_LATER = "re_refer_later"


class After(StrEnum):
    """Where a row leads that names no state."""

    BACK = "where it was before it paused"
    SAME = "the same state"
    ANOTHER = "another referral, proposed anew, that names this one"


@dataclass(frozen=True, slots=True)
class Row:
    """One transition: from any of `before` to `after`.

    A `before` of None: it does not exist yet. An `after` of None: `then` says where.
    """

    number: str
    before: frozenset[State | None]
    after: State | None
    who: frozenset[Who]
    action: str | None
    event: str
    guards: frozenset[Guard] = frozenset()
    facts: frozenset[Fact] = frozenset()
    result: Result | None = None
    then: After | None = None

    def offers(self, state: State, parts: frozenset[Who], facts: frozenset[Fact]) -> bool:
        """Tell whether somebody in *parts* may take this row now, as far as *facts* go."""
        return state in self.before and bool(self.who & parts) and self.facts <= facts
