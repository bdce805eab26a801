"""What stands in an entry of the guide, as people say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.capacity import UNASSURED_AFTER_MONTHS, UNMATCHED_AFTER_MONTHS
from services.matching.domain.clocks import add_months

if TYPE_CHECKING:
    from datetime import date

WARNED_AFTER_MONTHS = 11
DAYS, WEEK = 14, 7
LISTED = {
    "public": "Everybody",
    "partners": "Partner agencies only",
    "by_worker_only": "Workers only: never shown to the public",
}
LOCATION = {
    "shown": "The address is shown",
    "area_only": "Only the area is shown",
    "hidden": "Nothing is shown of where it is",
}
CONTACT_PUBLIC = {
    "named": "Name, role, phone and e-mail",
    "role": "Role and phone, no name",
    "none": "Nothing",
}


def ages(lowest: int | None, highest: int | None) -> str:
    """Return for which ages a service is."""
    if lowest and highest is not None:
        return f"Ages {lowest} to {highest}"
    if lowest:
        return f"Aged {lowest} or over"
    return "All ages" if highest is None else f"Aged {highest} or under"


def usual_wait(days: int | None) -> str:
    """Return how long people usually wait; nothing where nobody said."""
    if days is None:
        return ""
    if days == 0:
        return "No wait, as a rule"
    if days < DAYS:
        return "1 day" if days == 1 else f"{days} days"
    return f"About {round(days / WEEK)} weeks"


def checked(reviewed_on: date, today: date) -> str:
    """Return when the agency last stood by an entry, and what that means when it is long ago."""
    month = f"{reviewed_on:%B %Y}"
    if today <= add_months(reviewed_on, UNASSURED_AFTER_MONTHS):
        return f"The agency checked this in {month}."
    return f"Not checked since {month}. Some of this may have changed, so please ask first."


def check_due(reviewed_on: date, today: date) -> str:
    """Return what the agency itself must know about its next check (K15)."""
    due = add_months(reviewed_on, UNASSURED_AFTER_MONTHS)
    said = f"{due.day} {due:%B %Y}"
    if today > add_months(reviewed_on, UNMATCHED_AFTER_MONTHS):
        return f"Check overdue since {said}. We no longer choose this service by ourselves."
    if today > due:
        return f"Check overdue since {said}. The guide says that it is not checked."
    if today > warned_on(reviewed_on):
        return f"Please check this soon: by {said}."
    return f"Next check by {said}."


def warned_on(reviewed_on: date) -> date:
    """Return from when an agency is reminded of its next check."""
    return add_months(reviewed_on, WARNED_AFTER_MONTHS)
