"""The least a referrer says to a service it asks for by name.

Promise: whoever is asked is told why them and how the person fits, before anything is sent;
whether it was talked over is said too, a plain no being an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.intake.domain.submission import Submission

BY_PARTNER = "PARTNER_"
WHY = "Say why this service."
HOW = "Say how the person is eligible for it."
WITH_WHOM = "Say with whom at the service you talked."
BY_WHAT = "Say how you talked: by phone, for example."


def faults(submission: Submission) -> Iterator[tuple[str, str]]:
    """Yield (pointer, detail) for what a partner left out about a service it names."""
    if not submission.source.startswith(BY_PARTNER):
        return
    for place, wish in enumerate(submission.referrals):
        pointer, talk = f"/referrals/{place}", wish.discussed_with
        if not wish.why_this_service.strip():
            yield f"{pointer}/why_this_service", WHY
        if not wish.how_eligible.strip():
            yield f"{pointer}/how_eligible", HOW
        if talk and not talk.name.strip():
            yield f"{pointer}/discussed_with/name", WITH_WHOM
        if talk and not talk.channel.strip():
            yield f"{pointer}/discussed_with/channel", BY_WHAT
