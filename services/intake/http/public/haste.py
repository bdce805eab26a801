"""Programs that fill in forms are slowed; a person, however quick, is never refused."""

from __future__ import annotations

from datetime import timedelta
from threading import BoundedSemaphore
from time import sleep
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from datetime import datetime

    from services.intake.drafts import Draft

HUMAN = timedelta(seconds=3)
PAUSE = 1.0

# Only so many wait at once: a flood of forms must not hold every thread of the server.
SLOW_LANE = BoundedSemaphore(4)


def slow_down(draft: Draft | None, now: datetime, *, trap: str) -> None:
    """Wait a moment where the hidden field was filled in or the whole took no time at all."""
    if draft is not None and (trap or now - draft.started_at < HUMAN):
        _wait()


def _wait() -> None:
    if SLOW_LANE.acquire(blocking=False):
        try:
            current_app.config.get("ASK_PAUSE", sleep)(PAUSE)
        finally:
            SLOW_LANE.release()
