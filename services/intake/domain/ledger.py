"""The consent ledger's transitions C1 to C11 as data: who may do what, when, and what it makes.

Promise: one table says what is refused and why, what may be done now, and what it becomes;
time ends a consent only by C8, and nothing widens one: whatever is new is asked anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from services.intake.domain.consent_clocks import TOO_LONG, default_end

UNKNOWN, REQUESTED, DEFERRED, REFUSED = "unknown", "requested", "deferred", "refused"
GIVEN, RENEWED = "given", "renewed"
STATES = (
    UNKNOWN, REQUESTED, DEFERRED, REFUSED, GIVEN, RENEWED,
    "withdrawn", "revoked", "expired", "invalidated", "superseded",
)  # fmt: skip
LIVE = frozenset({GIVEN, RENEWED})
OPEN = frozenset({REQUESTED, DEFERRED})
OVER = frozenset(STATES) - LIVE - OPEN - {UNKNOWN}
REASONS = {
    "revoke": ("MADE_IN_ERROR", "WRONG_PERSON", "REQUEST_VOIDED", "REQUEST_ERASED"),
    "invalidate": ("NOTICE_DEFECTIVE", "NO_CAPACITY", "COERCION"),
}

Anyone = frozenset[str]
PERSON: Anyone = frozenset({"person", "public"})
ON_THEIR_WORD: Anyone = PERSON | {"staff", "client"}
OFFICER: Anyone = frozenset({"officer", "governance_lead"})
SYSTEM: Anyone = frozenset({"system"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a transition is judged by; `by` is every part the one who acts plays."""

    state: str
    by: frozenset[str]
    today: date
    valid_until: date | None = None
    until: date | None = None
    reason: str | None = None
    capable_by: str | None = None
    live_request: bool = True
    to_be_reminded: bool = True
    something_left: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """What must be so, the place it was said in, and what to say when it is not."""

    holds: Callable[[Facts], bool]
    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Change:
    """One row: `part` is the state it leaves when some of what was agreed still stands."""

    number: str
    name: str
    before: frozenset[str]
    after: str
    who: frozenset[str]
    event: str
    guards: tuple[str, ...] = ()
    deadline: str = ""
    in_part: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a transition is not made: `kind` is state, who or guard."""

    kind: str
    pointer: str
    detail: str


def _ends_rightly(facts: Facts) -> bool:
    until, today = facts.until, facts.today
    return until is not None and today < until <= default_end(today)


def _is_longer(facts: Facts) -> bool:
    return facts.until is not None and (not facts.valid_until or facts.until > facts.valid_until)


GUARDS = {
    "live request": Guard(lambda f: f.live_request, "", "This request has ended."),
    "capable": Guard(
        lambda f: bool(f.capable_by), "/given_by", "It is not recorded that they could decide this."
    ),
    "ends rightly": Guard(_ends_rightly, "/valid_until", f"Choose a day to come. {TOO_LONG}"),
    "longer": Guard(_is_longer, "/valid_until", "Choose a day after the one it ends on now."),
    "not over": Guard(
        lambda f: not f.valid_until or f.today < f.valid_until, "", "Its time is over. Ask anew."
    ),
    "over": Guard(
        lambda f: bool(f.valid_until) and f.today >= (f.valid_until or f.today),
        "",
        "Its time is not over.",
    ),
    "reason of ours": Guard(
        lambda f: f.reason in REASONS["revoke"],
        "/reason",
        f"One of {', '.join(REASONS['revoke'])}.",
    ),
    "reason found": Guard(
        lambda f: f.reason in REASONS["invalidate"],
        "/reason",
        f"One of {', '.join(REASONS['invalidate'])}.",
    ),
    "wished": Guard(lambda f: f.to_be_reminded, "", "They did not ask to be reminded."),
}

_C = Change
CHANGES: tuple[Change, ...] = (
    _C("C1", "request", frozenset({UNKNOWN}), REQUESTED, ON_THEIR_WORD | SYSTEM,
       "consent.requested", ("live request",)),
    _C("C1", "remind", frozenset({DEFERRED}), REQUESTED, SYSTEM,
       "consent.requested", ("live request", "wished")),
    _C("C2", "give", frozenset({UNKNOWN, REQUESTED, DEFERRED}), GIVEN, ON_THEIR_WORD,
       "consent.given", ("live request", "ends rightly", "capable"),
       "what was said aloud is confirmed in writing within 5 working days"),
    _C("C3", "refuse", OPEN, REFUSED, ON_THEIR_WORD, "consent.refused"),
    _C("C4", "defer", frozenset({REQUESTED}), DEFERRED, ON_THEIR_WORD, "consent.deferred"),
    _C("C5", "renew", LIVE, RENEWED, ON_THEIR_WORD, "consent.renewed",
       ("live request", "not over", "ends rightly", "longer", "capable"), "before valid_until"),
    _C("C6", "withdraw", LIVE, "withdrawn", ON_THEIR_WORD, "consent.withdrawn", (),
       "counts at once; recipients are told within 1 working day", in_part=True),
    _C("C7", "revoke", LIVE, "revoked", OFFICER | SYSTEM, "consent.revoked", ("reason of ours",),
       "counts at once"),
    _C("C8", "expire", LIVE, "expired", SYSTEM, "consent.expired", ("over",),
       "warned 30, 7 and 1 days before"),
    _C("C9", "invalidate", LIVE, "invalidated", OFFICER, "consent.invalidated", ("reason found",),
       "counts at once"),
    _C("C10", "supersede", LIVE | OPEN, "superseded", SYSTEM, "consent.superseded", (),
       "with the newer answer", in_part=True),
)  # fmt: skip
BY_NAME: dict[tuple[str, str], Change] = {
    (row.name, state): row for row in CHANGES for state in row.before
}
OVERRIDE = _C(
    "C11", "override", frozenset(STATES), "override", frozenset({"safeguarding"}),
    "override.recorded", (), "a second person looks within 24 hours",
)  # fmt: skip
"""Never a state of a consent: an override is a record of its own, beside what was agreed."""


def decide(name: str, facts: Facts) -> str | tuple[Refusal, ...]:
    """Return the state *name* leads to, or everything that stands against it."""
    row = BY_NAME.get((name, facts.state))
    if row is None:
        said = f"This consent is {facts.state}: that cannot be done with it now."
        return (Refusal("state", "", said),)
    if not row.who & facts.by:
        return (Refusal("who", "", "Somebody else decides this."),)
    found = tuple(
        Refusal("guard", guard.pointer, guard.detail)
        for guard in map(GUARDS.__getitem__, row.guards)
        if not guard.holds(facts)
    )
    return found or (facts.state if row.in_part and facts.something_left else row.after)


def number_of(name: str, state: str) -> str:
    """Return the number of the row by which *name* leaves *state*."""
    return BY_NAME[name, state].number


def available(facts: Facts) -> tuple[str, ...]:
    """Return what may be done now; what must still be said for it is asked then."""
    said = {"reason of ours", "reason found", "ends rightly", "longer", "capable"}
    return tuple(
        row.name
        for row in CHANGES
        if facts.state in row.before
        and row.who & facts.by
        and all(GUARDS[guard].holds(facts) for guard in row.guards if guard not in said)
    )


def usable(
    state: str | None, valid_until: date | None, capable_by: str | None, today: date
) -> bool:
    """Tell whether a consent may be relied on: given, not over, by someone who could decide."""
    return bool(state in LIVE and capable_by and valid_until and today < valid_until)
