"""How long people are likely to wait, by the service's own record.

Promise: a record of too few starts says nothing; whoever waits longer already than those who
started counts as what they are, so that a list that has come to a standstill shows.
"""

from __future__ import annotations

from statistics import median_high
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST_STARTS = 3
RECENT_DAYS, MOST_STARTS = 365, 30


def forecast_wait(started: Sequence[int], waiting: Sequence[int] = ()) -> int | None:
    """Return in how many days somebody who joins now is likely to start; None: not known.

    *started* are the waits that ended in support, *waiting* how long others wait by now.
    """
    if len(started) < FEWEST_STARTS:
        return None
    usual = median_high(started)
    longer = [days for days in waiting if days > usual]
    return median_high([*started, *longer])
