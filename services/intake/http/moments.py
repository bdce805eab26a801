"""Days and hours as staff read them: local, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

LOCAL = ZoneInfo("Europe/London")


def moment(at: datetime) -> str:
    """Return a moment as `23 November 2026 at 10:05`."""
    return f"{day(at)} at {at.astimezone(LOCAL):%H:%M}"


def day(at: datetime) -> str:
    """Return a day as `23 November 2026`."""
    local = at.astimezone(LOCAL)
    return f"{local.day} {local:%B %Y}"


def install(app: Flask) -> None:
    """Let the templates of *app* write moments and days."""
    app.jinja_env.filters |= {"moment": moment, "day": day}
