"""Programs that fill in forms are slowed; a person, however quick, is never refused.

A page without a draft carries when it was shown, signed, so that nobody can backdate it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from time import sleep
from typing import TYPE_CHECKING

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.intake.drafts import Draft

HUMAN = timedelta(seconds=3)
PAUSE = 1.0
TRAP, SHOWN = "website", "shown"
"""The field nobody sees and nobody fills in; the field that says when the page was shown."""

# Only so many wait at once: a flood of forms must not hold every thread of the server.
SLOW_LANE = BoundedSemaphore(4)


def slow_down(draft: Draft | None, now: datetime, *, trap: str) -> None:
    """Wait a moment where the hidden field was filled in or the whole took no time at all."""
    if draft is not None and (trap or now - draft.started_at < HUMAN):
        _wait()


def shown(now: datetime) -> str:
    """Return the moment a page was shown, signed, for its field SHOWN."""
    return _signer().dumps(int(now.timestamp()))


def slow_down_form(form: Mapping[str, str], now: datetime) -> None:
    """Wait a moment where a form without a draft was filled in as only programs do."""
    if is_hasty(form, now):
        _wait()


def is_hasty(form: Mapping[str, str], now: datetime) -> bool:
    """Tell whether a form was sent too soon, without its moment, or with the trap filled in."""
    try:
        began = datetime.fromtimestamp(_signer().loads(form.get(SHOWN, "")), UTC)
    except (BadSignature, ValueError, TypeError, OverflowError):
        return True
    return bool(form.get(TRAP)) or now - began < HUMAN


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="form-shown")


def _wait() -> None:
    if SLOW_LANE.acquire(blocking=False):
        try:
            current_app.config.get("ASK_PAUSE", sleep)(PAUSE)
        finally:
            SLOW_LANE.release()
