"""When a message may leave, when it is tried again, and when it is given up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_WITHIN = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(days=3)
NOT_NOW, WAITS_TO_BE_SAFE = "NOT_NOW", timedelta(days=8)
KEY_LIFE = timedelta(days=7)
KEY_GRACE = timedelta(days=2)
LIVE, HELD, PAUSED, OVER, UNSENT = "live", "held", "paused", "over", "unsent"
AGREED = "consent_given"
JOINABLE = frozenset({"request_received", "referral_sent", AGREED})
NEWS = frozenset(
    {
        "referral_accepted",
        "referral_waiting",
        "referral_started",
        "referral_reviewed",
        "referral_held",
        "referral_resumed",
        "referral_declined",
        "referral_redirected",
        "referral_returned",
        "referral_completed",
        "referral_withdrawn",
    }
)
"""What says how a referral stands: of two that have not left yet, the newer takes the place."""
DIED, WITHDRAWN, VOIDED, ERASED = "DIED", "WITHDRAWN", "VOIDED", "ERASED"
SAID_ANYWAY = {WITHDRAWN: frozenset({"request_withdrawn"})}
"""What a person is still told of a request that is over for good: that their wish was heard."""
REFERRAL_ENDED = "REFERRAL_ENDED"
HIDDEN = "HIDDEN_FROM_THEM"
KEPT_BACK = "KEPT_BACK"
"""A person is not written to about this; the code says no more, for others may read it."""
LAST_WORDS = frozenset(
    {
        "consent_withdrawn",
        "referral_cancelled",
        "referral_halted",
        "referral_voided",
        "referral_withdrawn",
    }
)
"""What an agency is told all the same of what is hidden from it now: to stop."""
QUESTIONS = frozenset({"information_requested"})
ONLY_WHILE_IT_GOES_ON = frozenset({"K2", "K3", "K4", "K5", "K6", "K7", "K8", "K10", "T22"})
"""Clocks that urge somebody to help or to get in touch: pointless, or harmful, once it ended."""
SPOKEN = frozenset({"phone", "in_person_verbal", "interpreter", "bsl"})
LONDON = ZoneInfo("Europe/London")
MORNING = time(8)
GATHER_FOR = timedelta(minutes=15)
MOST_LISTED, MOST_COUNTED = 40, 1_000
_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=15)


class Audience(StrEnum):
    """Who is told."""

    RECEIVER = "receiver"
    REFERRER = "referrer"
    PERSON = "person"


class State(StrEnum):
    """How far a delivery has come.

    ASKING: a person's address has been or must be asked for. READY: may be sent when due.
    ATTEMPTING: being handed over; after a crash it is tried again, so it may arrive twice.
    SENT, FAILED and SUPPRESSED are final.
    """

    ASKING = "asking"
    READY = "ready"
    ATTEMPTING = "attempting"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider took the message."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider, or the address itself, says never; `reason` is a code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """It did not work now and may later; `reason` is a code."""

    reason: str


Result: TypeAlias = Taken | Refused | Later


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery after an attempt."""

    state: State
    reason: str | None = None
    pause: timedelta | None = None


def may_join(template: str) -> bool:
    """Tell whether a mail to a person that waits as *template* can also say whom we asked."""
    return template in JOINABLE


def joined(template: str, news: str) -> str:
    """Return the one template that says both: what was agreed aloud must be said in writing."""
    return AGREED if AGREED in {template, news} else news


def later(told: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of one mail about both: the last answer is due at the later moment."""
    due = [facts["answer_by"] for facts in (told, news) if "answer_by" in facts]
    return {**told, **news, **({"answer_by": max(due)} if due else {})}


def may_tell(silenced: str | None, template: str) -> bool:
    """Tell whether a person may be told something of a request that was *silenced* by a code."""
    return silenced is None or template in SAID_ANYWAY.get(silenced, frozenset())


def overtaken(
    audience: Audience,
    template: str,
    *,
    clock: str | None,
    silenced: str | None,
    standing: str | None,
    hidden: bool,
) -> str | None:
    """Return why a message that waits must not leave any more, by what is so now.

    *hidden*: the request is, from whoever would read it.
    """
    if audience is Audience.PERSON and not may_tell(silenced, template):
        return silenced
    if hidden and template not in LAST_WORDS:
        return HIDDEN
    urges = template in QUESTIONS or clock in ONLY_WHILE_IT_GOES_ON
    return REFERRAL_ENDED if urges and standing in {OVER, PAUSED, UNSENT} else None


def gathered(facts: Mapping[str, Any], entry: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what one mail tells with *entry* too: the same thing once, beyond the most a count."""
    if entry is None:
        return dict(facts)
    known, beyond = list(facts.get("entries", ())), list(facts.get("beyond", ()))
    of = {(one["id"], one["clock"]): place for place, one in enumerate(known)}
    place, this = of.get((entry["id"], entry["clock"])), f"{entry['clock']} {entry['id']}"
    more = facts.get("more", 0)
    if place is not None:
        known[place] = dict(entry)
    elif len(known) < MOST_LISTED:
        known.append(dict(entry))
    elif this not in beyond and more < MOST_COUNTED:
        beyond.append(this)
        more += 1
    return {**facts, "entries": known, "beyond": beyond, "more": more}


def leaves_at(last: datetime | None, now: datetime) -> datetime:
    """Return when the next gathered mail leaves: soon, but on a day only one."""
    local = now.astimezone(LONDON)
    if last is None or last.astimezone(LONDON).date() < local.date():
        return now + GATHER_FOR
    tomorrow = local.date() + timedelta(days=1)
    return datetime.combine(tomorrow, MORNING, LONDON).astimezone(UTC)


def pause_after(attempts: int, jitter: float) -> timedelta:
    """Return how long to wait after *attempts* tries; *jitter* in 0..1 spreads the next one."""
    doubled = min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(attempts, 20)))
    return doubled * (0.5 + jitter / 2)


def patience_after(attempts: int, jitter: float) -> timedelta:
    """Return how long an answer about an address may take before it is asked for again."""
    return max(ANSWER_WITHIN, pause_after(attempts, jitter))


def given_up(age: timedelta, reason: str | None = None) -> bool:
    """Tell whether a message is too old to be of use; what waits to be safe lasts longer."""
    return age > (WAITS_TO_BE_SAFE if reason == NOT_NOW else GIVE_UP_AFTER)


def verdict(
    result: Result, *, audience: Audience, age: timedelta, attempts: int, jitter: float
) -> Verdict:
    """Return what becomes of a delivery of *age* after its *attempts* so far ended so."""
    if isinstance(result, Taken):
        return Verdict(State.SENT)
    if isinstance(result, Refused):
        return Verdict(State.FAILED, result.reason)
    if given_up(age):
        return Verdict(State.FAILED, "GAVE_UP")
    # A person's address was used up by the attempt: consent and safety are asked about again.
    again = State.ASKING if audience is Audience.PERSON else State.READY
    return Verdict(again, result.reason, pause_after(attempts, jitter))


def answers(asked: object, answered: object, *, expires: datetime | None, now: datetime) -> bool:
    """Tell whether a released address answers the question that is open, in time."""
    return asked == answered and expires is not None and now < expires


def may_be_an_address(value: str) -> bool:
    """Tell whether *value* can stand in an envelope and a header without breaking out of it."""
    local, _, host = value.partition("@")
    plain = all("!" <= letter <= "~" and letter not in '<>,;:()[]"\\' for letter in value)
    return plain and bool(local) and bool(host) and "@" not in host
