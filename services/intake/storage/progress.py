"""How far the other services have got with what was taken in, by what intake heard of them.

Requests are carried in the order of their ids. So the newest one that was answered tells how far
somebody has got, and the one after it how long the next has waited. A request that never gets an
answer, or whose message was set aside, is passed by; where nobody answers, nothing is known.
Queues could only tell how many wait, not since when, and only where there is a broker.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.intake.storage import tables as t
from services.intake.storage.acknowledging import acknowledgement
from shared.web.overload import Behind

if TYPE_CHECKING:
    from sqlalchemy import Table

    from shared.storage import Transaction

NEWS = timedelta(hours=1)
"""What was answered longer ago says nothing of now: it may be told again, or come from long ago."""
ANSWERS = {"matching": t.referral_step, "notify": acknowledgement}
"""Who answers, and what is kept of it: a service was found; the person was told that it arrived."""


def progress(tx: Transaction) -> dict[str, Behind]:
    """Return how far each has got, and how long the request after that has waited for it."""
    found = {name: _behind(answers, tx) for name, answers in ANSWERS.items()}
    return {name: behind for name, behind in found.items() if behind}


def _behind(answers: Table, tx: Transaction) -> Behind | None:
    """Look twice into an index, however many requests there are."""
    newest, at = answers.c.request_id, answers.c.at
    answered = tx.one(select(newest, at).order_by(newest.desc()).limit(1))
    if answered is None or tx.now - answered.at > NEWS:
        return None
    later = select(t.request.c.submitted_at).where(t.request.c.id > answered.request_id)
    row = tx.one(later.order_by(t.request.c.id).limit(1))
    waited = (tx.now - row.submitted_at).total_seconds() if row else 0.0
    return Behind(answered.request_id.int, waited)
