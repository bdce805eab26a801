"""Reaching a person without putting them at risk.

Promise: a channel is used only if the person said it is safe, and only when; not knowing counts
as no.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import date, tzinfo

    from services.intake.domain.submission import Channel, Submission

KINDS = ("email", "phone", "text", "letter")
SAFE = "yes"
ANSWERS = (SAFE, "no", "unknown")
LOOK_AHEAD = 14  # days
HOURS = {
    "weekday_morning": (time(8), time(12)),
    "weekday_afternoon": (time(12), time(17)),
    "weekday_evening": (time(17), time(21)),
    "weekend": (time(9), time(20)),
}
WEEKEND, SATURDAY = "weekend", 5
ONLY_A_PERSON_KNOWS = frozenset({"school_hours"})
"""When children are at school stands in no calendar that we have."""


def usable(channels: Iterable[Channel], kinds: Iterable[str]) -> Channel | None:
    """Return the first safe channel of the *kinds* we can deliver to, or None."""
    able = frozenset(kinds)
    return next((c for c in channels if c.safe == SAFE and c.kind in able), None)


def safe_from(
    times: Collection[str], local: datetime, works_on: Callable[[date], bool]
) -> datetime | None:
    """Return when it is safe to write next, *local* itself if now; None where nobody can tell.

    A bank holiday is neither: everybody may be at home.
    """
    if not times:
        return local
    if not ONLY_A_PERSON_KNOWS.isdisjoint(times):
        return None
    spans = (
        span
        for ahead in range(LOOK_AHEAD)
        for span in _spans(times, local.date() + timedelta(days=ahead), local.tzinfo, works_on)
    )
    return next((max(begins, local) for begins, ends in spans if local < ends), None)


def _spans(
    times: Collection[str], day: date, zone: tzinfo | None, works_on: Callable[[date], bool]
) -> Iterator[tuple[datetime, datetime]]:
    for code, (begins, ends) in HOURS.items():
        fits = day.weekday() >= SATURDAY if code == WEEKEND else works_on(day)
        if code in times and fits:
            yield datetime.combine(day, begins, zone), datetime.combine(day, ends, zone)


def shown(channel: Channel) -> dict[str, Any]:
    """Return what a helping agency sees: an unsafe channel is named, so nobody uses it."""
    told: dict[str, Any] = {"kind": channel.kind, "safe": channel.safe}
    if channel.safe == SAFE:
        told |= {
            "value": channel.value,
            "leave_message": channel.leave_message,
            "name_to_ask_for": channel.name_to_ask_for,
            "times": channel.times,
            "who_else_sees": channel.who_else_sees,
        }
    return told


def faults(submission: Submission) -> Iterator[tuple[str, str]]:
    """Yield (pointer, detail) for each channel that can lead nowhere."""
    for place, channel in enumerate(submission.contact.channels):
        pointer = f"/contact/channels/{place}"
        if channel.kind not in KINDS:
            yield f"{pointer}/kind", f"Choose one of {', '.join(KINDS)}."
        if channel.safe not in ANSWERS:
            yield f"{pointer}/safe", f"Choose one of {', '.join(ANSWERS)}."
        if channel.kind == "letter" and submission.person.address is None:
            yield f"{pointer}/kind", "A letter needs an address."
