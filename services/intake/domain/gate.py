"""What an agency may see of a person, by what was granted and how far its referral is.

Promise: nothing is visible that was not granted, and nothing at all in a state not named here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HELD_BACK = frozenset({"contact", "address"})
AFTER_COMPLETION = timedelta(weeks=6)  # K12
OPEN_REQUESTS = frozenset({"awaiting_consent", "submitted", "placed"})
CLOSED, COMPLETED = "closed", "completed"
CANCEL_REQUESTED = "cancel_requested"  # until it is settled, what was open stays open


class Scope(Enum):
    """How much of what is granted a state opens."""

    NOTHING = "nothing"
    BEFORE_ACCEPTANCE = "all but contact and address"
    ALL = "all"


SCOPES = {
    "sent": Scope.BEFORE_ACCEPTANCE,
    "opened": Scope.BEFORE_ACCEPTANCE,
    "info_requested": Scope.BEFORE_ACCEPTANCE,
    "cancel_requested": Scope.BEFORE_ACCEPTANCE,
    "accepted": Scope.ALL,
    "waiting": Scope.ALL,
    "active": Scope.ALL,
    "on_hold": Scope.ALL,
    "completed": Scope.ALL,
}
CLOSING = frozenset(
    {
        "declined",
        "redirected",
        "returned",
        "withdrawn",
        "cancelled",
        "halted",
        "entered_in_error",
    }
)
OVER = CLOSING - {"halted"} | {"completed"}
"""In these states a referral has ended for good."""
"""States in which an agency loses what it could see, at once."""


def scope_of(state: str, since: datetime, now: datetime) -> Scope:
    """Return how much a referral in *state* opens; a completed one closes with its follow-up."""
    if state == COMPLETED and now - since >= AFTER_COMPLETION:
        return Scope.NOTHING
    return SCOPES.get(state, Scope.NOTHING)


def closed_by(request_state: str, holds: Iterable[str], referral_state: str | None) -> str | None:
    """Return by code what shuts the gate for the request itself, None where nothing does.

    Of a request that is closed only what was completed stays open, for its follow-up.
    """
    followed_up = request_state == CLOSED and referral_state == COMPLETED
    if request_state not in OPEN_REQUESTS and not followed_up:
        return f"REQUEST_{request_state.upper()}"
    return next((f"REQUEST_{hold.upper()}" for hold in sorted(holds)), None)


def visible(granted: Iterable[str], scope: Scope) -> frozenset[str]:
    """Return the categories that may be seen."""
    if scope is Scope.NOTHING:
        return frozenset()
    return frozenset(granted) - (HELD_BACK if scope is Scope.BEFORE_ACCEPTANCE else frozenset())
