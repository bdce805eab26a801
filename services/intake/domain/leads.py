"""Leads: doors to knock at before anybody behind them has agreed to anything.

Promise: what was told of a lead goes on schedule unless it becomes a request; a no ends it
at once. Only counts stay.
"""

from __future__ import annotations

from datetime import timedelta

LIST, NEIGHBOUR = "LIST_CASEFIND", "CONCERN_NEIGHBOUR"
MAPPING, READING, PREVIEW, TAKEN = "mapping", "reading", "preview", "taken"
"""States of a list: its columns are chosen, it is read, looked at, and taken."""

LOOKED_AT, OPEN, AGREEING, BECAME = "preview", "open", "agreeing", "became_request"
"""States of a lead: not yet taken, to be visited, said yes at the door, is a request."""

NO_ANSWER, DECLINED_HELP, TALKED, AGREED = "NO_ANSWER", "DECLINED_HELP", "TALKED", "AGREED"
RESULTS = {
    NO_ANSWER: "Nobody answered",
    DECLINED_HELP: "They do not want help",
    TALKED: "We talked, nothing agreed yet",
    AGREED: "They agreed to ask for help",
}
BECAME_REQUEST, DECLINED, DELETED = "BECAME_REQUEST", "DECLINED", "DELETED_ON_SCHEDULE"

KEPT = timedelta(days=28)
KEPT_UNLOOKED = timedelta(days=7)
KEPT_ONCE_SENT = timedelta(minutes=10)
LONGEST_NOTE = 1000


def state_after(result: str) -> str | None:
    """Return the state a visit leads to; None when the lead ends with it."""
    return {NO_ANSWER: OPEN, TALKED: OPEN, AGREED: AGREEING}.get(result)


def pair_fault(one: str, two: str, known: frozenset[str]) -> str | None:
    """Return the sentence that says why these two cannot go, if they cannot."""
    if not {one, two} <= known:
        return "Choose two people of your agency"
    if one == two:
        return "Choose two different people. Nobody goes alone"
    return None
