"""Learning from each start how long people wait at a service."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.matching.domain.forecast import RECENT_DAYS, forecast_wait
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction


def learn_wait(service_id: UUID, tx: MatchingTransaction) -> int | None:
    """Bring the forecast of a service up to its own record, and return it.

    It is the same whoever acts: of whom something is hidden is no matter for a length of time.
    """
    calendar = calendar_for(tx.nation())
    today = calendar.local_date(tx.now)
    a_year_ago = today - timedelta(days=RECENT_DAYS)
    started = [
        max(0, (row.started_on - calendar.local_date(row.sent_at)).days)
        for row in tx.starts_since(service_id, a_year_ago)
    ]
    waiting = [(today - calendar.local_date(at)).days for at in tx.waiting_since(service_id)]
    days = forecast_wait(started, waiting)
    tx.keep_forecast(service_id, days)
    return days
