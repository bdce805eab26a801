"""Days and hours as staff read them: local, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

LOCAL = ZoneInfo("Europe/London")
NOON = 12


def moment(at: datetime) -> str:
    """Return a moment as `23 November 2026 at 10:05`."""
    return f"{day(at)} at {at.astimezone(LOCAL):%H:%M}"


def day(at: datetime) -> str:
    """Return a day as `23 November 2026`."""
    local = at.astimezone(LOCAL)
    return f"{local.day} {local:%B %Y}"


def clock(at: datetime) -> str:
    """Return a time of day as `9 am`, `1:30 pm` or `12 noon`."""
    local = at.astimezone(LOCAL)
    if (local.hour, local.minute) == (NOON, 0):
        return "12 noon"
    minutes = f":{local:%M}" if local.minute else ""
    return f"{local.hour % NOON or NOON}{minutes} {'am' if local.hour < NOON else 'pm'}"


def install(app: Flask) -> None:
    """Let the templates of *app* write moments and days."""
    app.jinja_env.filters |= {"moment": moment, "day": day, "clock": clock}
