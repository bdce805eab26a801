"""Rows as the partner API and the pages show them: what this caller may see, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.capacity import status
from services.matching.domain.ladder import dues
from services.matching.domain.plain import why_this_rank
from services.matching.domain.plain_deals import WHY_NOT
from services.matching.storage.clock_columns import read
from services.matching.usecases.explaining import for_sides, told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from services.matching.storage.referrals import Referral
    from services.matching.usecases.checking import Checked
    from services.matching.usecases.content import Content

CANNOT_BE_ASKED = "It cannot be asked now."
HELP = ("forecast_start", "started_on", "extended_until", "occasional_support", "reopens")
INSIDE = ("assigned_to", "team")
"""What of a referral only its receiver is shown."""
NAME_IT = "Whether it has places is not known. Name it to ask."


def checked_shape(checked: Checked, now: datetime) -> dict[str, Any]:
    """Return how one service would fit."""
    candidate = checked.candidate
    return {
        "service": checked.row.id,
        "result": candidate.result,
        "criteria": [told(finding) for finding in candidate.findings],
        "status": status(candidate.entry.standing, now),
        "forecast_wait_days": candidate.entry.forecast_wait_days,
        "rank": checked.rank,
        "why_this_rank": rank_words(checked),
    }


def rank_words(checked: Checked) -> str:
    """Return in words why a service stands where it does."""
    if checked.rank is not None:
        return why_this_rank(checked.reasons)
    if "CAPACITY_UNKNOWN" in checked.reasons:
        return NAME_IT
    return next((WHY_NOT[why] for why in checked.reasons if why in WHY_NOT), CANNOT_BE_ASKED)


def referral_shape(
    row: Referral,
    history: Sequence[Row[Any]],
    content: Content,
    now: datetime,
    actions: Sequence[str],
) -> dict[str, Any]:
    """Return a referral as the reader of *content* may see it, who is offered *actions* now."""
    due = dues_of(row)
    kept, own = content.is_kept(row), content.caller.agency_id == row.agency_id
    return {
        "id": row.id,
        "request_id": row.request_id,
        "reference": row.reference,
        "service_id": row.service_id,
        "agency_id": row.agency_id,
        "referrer_agency_id": row.referrer_agency_id,
        "state": row.state,
        "version": row.version,
        "overdue": bool(due) and now > due[0][1],
        "sent_at": row.sent_at,
        "due": [{"clock": clock, "at": at} for clock, at in due],
        "withheld": content.withheld(row),
        "needs": row.needs if kept else [],
        "urgency": row.urgency if kept else None,
        "explanation": explained(for_sides(row.explanation, row.needs)) if kept else None,
        **{name: getattr(row, name) for name in HELP},
        **{name: getattr(row, name) if own else None for name in INSIDE},
        "history": [_happened(event) for event in history],
        "actions": list(content.doable(row, actions)),
    }


def dues_of(row: Referral) -> list[tuple[str, datetime]]:
    """Return the clocks that run on a referral and when each falls due, the soonest first."""
    return dues(read(row.clocks)) if row.clocks is not None else []


def due_of(row: Referral) -> tuple[str, datetime] | None:
    """Return the clock that falls due first, and when."""
    return next(iter(dues_of(row)), None)


def explained(explanation: dict[str, Any]) -> dict[str, Any]:
    """Return a frozen explanation with its words."""
    return {**explanation, "why_this_rank": why_this_rank(explanation["reasons"])}


def _happened(event: Row[Any]) -> dict[str, Any]:
    return {
        "event": event.event,
        "at": event.at,
        "by_agency": event.agency_id,
        "reason": event.reason,
    }
