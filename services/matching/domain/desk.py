"""The coordinator's desk as data: why something lies there, what comes next, how it leaves.

Promise: nothing leaves but by a decision of this table, made by somebody or shown by what
happened; what only waits longer stays, with the day on which it is looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """Why something needs a coordinator."""

    UNPLACED = "unplaced"
    UNREACHABLE = "unreachable"
    OVERDUE = "overdue"
    SUPPRESSED = "suppressed"
    UNANSWERED = "unanswered"
    OVERRIDE = "override"
    NAMES = "names"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a coordinator may decide; one that does not end a line moves it to a later day."""

    code: str
    text: str
    ends: bool = True
    says_why: bool = False


LOOK_AGAIN = Decision("LOOK_AGAIN", "Look at it again on a later day", ends=False)
NOTHING_MORE = Decision("NOTHING_MORE", "Nothing more can be done here", says_why=True)
HELPED_OTHERWISE = Decision("HELPED_OTHERWISE", "They are helped in another way", says_why=True)
SENT, ASKED, SETTLED = "PUT_TO_SERVICE", "ASKED_FOR_SERVICE", "SETTLED"
OTHERS = {
    SENT: "Put to a service",
    ASKED: "A service was chosen; the person is asked first",
    SETTLED: "Settled: the cause is gone",
    "UPHELD": "Reviewed and upheld",
    "ENDED": "Reviewed and ended",
}
"""Decisions made elsewhere, or shown by what happened."""


@dataclass(frozen=True, slots=True)
class About:
    """One kind of line: its name, why it is there, what to do next, and its decisions."""

    name: str
    why: str
    next_action: str
    decisions: tuple[Decision, ...]


KINDS: dict[Kind, About] = {
    Kind.UNPLACED: About(
        "Nobody helps yet",
        "No service has this request, or not for all that is needed.",
        "Put it to a service, or tell the person honestly and close it",
        (LOOK_AGAIN, HELPED_OTHERWISE),
    ),
    Kind.UNREACHABLE: About(
        "Nobody could reach them",
        "An agency tried and did not reach the person.",
        "Try another safe way, or ask who referred",
        (
            Decision("REACHED", "They were reached"),
            LOOK_AGAIN,
            NOTHING_MORE,
        ),
    ),
    Kind.OVERDUE: About(
        "Long overdue",
        "Somebody should have acted long ago. Nothing happens by itself.",
        "Ring whoever is late, or put it to another service",
        (
            LOOK_AGAIN,
            Decision("AGREED_TO_WAIT", "All agree to wait longer", says_why=True),
            NOTHING_MORE,
        ),
    ),
    Kind.SUPPRESSED: About(
        "Message not sent",
        "A message did not leave, to keep the person safe or because it was refused.",
        "Tell them in another safe way; if there is none, wait until they ring or look",
        (
            Decision("TOLD_ANOTHER_WAY", "They were told in another way"),
            LOOK_AGAIN,
            Decision("NOT_TO_BE_TOLD", "They are not to be told", says_why=True),
        ),
    ),
    Kind.UNANSWERED: About(
        "Not agreed yet",
        "The person was asked to agree to a service, and has not answered.",
        "Ask them in a safe way; nothing is sent meanwhile",
        (
            Decision("ASKED_ALOUD", "They were asked aloud and will answer", ends=False),
            LOOK_AGAIN,
            Decision("NOT_ASKED_AGAIN", "They are not to be asked again", says_why=True),
        ),
    ),
    Kind.OVERRIDE: About(
        "Shared without agreement",
        "Something is shared without agreement. A second person must look at it.",
        "See that a second person looks at it in time",
        (LOOK_AGAIN,),
    ),
    Kind.NAMES: About(
        "Names to find",
        "The person hides this from somebody. Nobody on file has that name.",
        "Read the name, and say who is meant",
        (LOOK_AGAIN, Decision("NAMES_FOUND", "Somebody has looked for the name already")),
    ),
    Kind.AGREEMENT: About(
        "Agreement ends",
        "An agreement between agencies ends by its date. Nothing new is sent under it then.",
        "Ask the agencies if it goes on, and write a later end",
        (LOOK_AGAIN, Decision("MAY_END", "It may end on that day")),
    ),
}
UNANSWERED_AFTER = timedelta(days=2)
LONGEST_PAUSE = timedelta(days=28)


def decision_of(kind: Kind, code: str) -> Decision | None:
    """Return the decision that *code* names for a line of *kind*, or None."""
    return next((one for one in KINDS[kind].decisions if one.code == code), None)


def fewest_first(open_lines: dict[str, int]) -> list[str]:
    """Return who could own a new line, whoever has the fewest first."""
    return sorted(open_lines, key=lambda staff_id: (open_lines[staff_id], staff_id))
