"""How many places a service really has, and on what terms it may be asked.

Promise: free = places - live reservations - accepted since the figure was true. A figure
past its shelf-life counts as unknown, and unknown is never offered as free.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from services.matching.domain.clocks import add_months, length, local_date, shelf_life

UNASSURED_AFTER_MONTHS = 12
UNMATCHED_AFTER_MONTHS = 15
WORKING_DAYS_IN_A_WEEK = 5


class Status(StrEnum):
    """The state of a service that everyone is shown."""

    OPEN = "open"
    OPEN_WAITING_LIST = "open_waiting_list"
    FULL = "full"
    CLOSED = "closed_to_referrals"
    PAUSED = "paused_by_network"
    UNASSURED = "unassured"
    UNKNOWN = "unknown"


class Way(StrEnum):
    """On what terms a referral is put to a service."""

    PLACE = "place"
    WAITING_LIST = "waiting_list"
    ENQUIRY = "enquiry"


@dataclass(frozen=True, slots=True)
class Places:
    """What an agency said of its places, and what has been promised since."""

    places: int
    as_of: datetime
    takes_waiting_list: bool = False
    reserved: int = 0
    accepted: int = 0
    version: int = 1

    @property
    def promised(self) -> int:
        """Count the places that are spoken for."""
        return self.reserved + self.accepted

    @property
    def free(self) -> int:
        """Count the places that may still be promised."""
        return max(0, self.places - self.promised)

    @property
    def over_promised(self) -> bool:
        """Tell whether more is promised than the agency now says it has."""
        return self.promised > self.places


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides whether a service may be asked now."""

    places: Places | None
    reviewed_on: date
    clock_profile: str = "default"
    closed: bool = False
    paused: bool = False
    forecast_wait_days: int | None = None


def known(standing: Standing, now: datetime) -> Places | None:
    """Return the figure if there is one and it is within its shelf-life (K16)."""
    figure = standing.places
    if figure is None or now - figure.as_of > _shelf_life(standing.clock_profile):
        return None
    return figure


def status(standing: Standing, now: datetime) -> Status:
    """Return the one state to show: decisions first, then doubt, then numbers."""
    if standing.closed:
        return Status.CLOSED
    if standing.paused:
        return Status.PAUSED
    if _review_older_than(UNASSURED_AFTER_MONTHS, standing, now):
        return Status.UNASSURED
    return _by_numbers(known(standing, now))


def way_in(standing: Standing, now: datetime, *, named: bool) -> Way | str:
    """Return on what terms the service may be asked, or the reason code why it may not.

    A service whose capacity is not known is asked only when somebody named it.
    """
    if standing.closed or standing.paused:
        return "CLOSED_TO_REFERRALS"
    if not named and _review_older_than(UNMATCHED_AFTER_MONTHS, standing, now):
        return "CAPACITY_UNKNOWN"
    figure = known(standing, now)
    if figure is None:
        return Way.ENQUIRY if named else "CAPACITY_UNKNOWN"
    if figure.reserved + figure.accepted < figure.places:
        return Way.PLACE
    if not figure.takes_waiting_list:
        return "NO_CAPACITY"
    return "WAIT_TOO_LONG" if wait_too_long(standing, local_date(now)) else Way.WAITING_LIST


def wait_too_long(standing: Standing, today: date) -> bool:
    """Tell whether nobody who joins the waiting list now is likely to start within K6."""
    longest = longest_wait(standing.clock_profile, today)
    forecast = standing.forecast_wait_days
    return forecast is not None and longest is not None and forecast > longest


@lru_cache(maxsize=64)
def longest_wait(profile: str, today: date) -> int | None:
    """Return how many days K6 allows from *today*, bank holidays aside; None: it has no K6."""
    allowed = length("K6", profile)
    if allowed is None:
        return None
    weeks = timedelta(weeks=allowed.working_days / WORKING_DAYS_IN_A_WEEK)
    return (add_months(today, allowed.months) + weeks - today).days + allowed.days


def _by_numbers(figure: Places | None) -> Status:
    if figure is None:
        return Status.UNKNOWN
    if figure.free:
        return Status.OPEN
    return Status.OPEN_WAITING_LIST if figure.takes_waiting_list else Status.FULL


def _review_older_than(months: int, standing: Standing, now: datetime) -> bool:
    return local_date(now) > _months_after(standing.reviewed_on, months)


# Every candidate of every request asks these, always of the same few days and profiles.
_shelf_life = lru_cache(maxsize=64)(shelf_life)
_months_after = lru_cache(maxsize=4096)(add_months)
