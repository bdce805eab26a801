"""Reaching a person without putting them at risk.

Promise: a channel is used only if the person said it is safe; not knowing counts as no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.intake.domain.submission import Channel, Submission

KINDS = ("email", "phone", "text", "letter")
SAFE = "yes"
ANSWERS = (SAFE, "no", "unknown")


def usable(channels: Iterable[Channel], kinds: Iterable[str]) -> Channel | None:
    """Return the first safe channel of the *kinds* we can deliver to, or None."""
    able = frozenset(kinds)
    return next((c for c in channels if c.safe == SAFE and c.kind in able), None)


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
