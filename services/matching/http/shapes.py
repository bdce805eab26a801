"""Rows as the partner API and the pages show them: what this caller may see, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.capacity import UNASSURED_AFTER_MONTHS, known, status
from services.matching.domain.clocks import add_months
from services.matching.domain.plain import why_this_rank
from services.matching.domain.transitions import PAUSES, UNANSWERED, State
from services.matching.storage.guide import entry_of, standing_of
from services.matching.usecases.commanding import possible
from services.matching.usecases.disclosing import keeps_content
from services.matching.usecases.explaining import told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from services.matching.storage.referrals import Referral
    from services.matching.usecases.checking import Checked
    from shared.identity import Principal

CANNOT_BE_ASKED = "It cannot be asked now."
NAME_IT = "Whether it has places is not known. Name it to ask."


def service_shape(row: Row[Any], now: datetime) -> dict[str, Any]:
    """Return one entry of the guide; a figure past its shelf-life is shown as not known."""
    entry, standing = entry_of(row.entry), standing_of(row)
    figure = known(standing, now)
    return {
        "id": row.id,
        "agency_id": row.agency_id,
        "agency": row.agency_name,
        "name": entry["name"],
        "description": entry["description"],
        "needs": entry["needs"],
        "status": status(standing, now),
        "places": figure.free if figure else None,
        "reserved": row.reserved,
        "waiting": row.waiting,
        "forecast_wait_days": entry["forecast_wait_days"],
        "capacity_as_of": row.as_of,
        "review_due": add_months(row.reviewed_on, UNASSURED_AFTER_MONTHS),
        "contact": {name: entry["contact"].get(name, "") for name in ("name", "phone", "email")},
        "clock_profile": entry["clock_profile"],
        "threshold": entry["threshold"],
        "listed": row.listed,
    }


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
    return NAME_IT if "CAPACITY_UNKNOWN" in checked.reasons else CANNOT_BE_ASKED


def referral_shape(
    row: Referral, history: Sequence[Row[Any]], caller: Principal, now: datetime
) -> dict[str, Any]:
    """Return a referral as *caller* may see it."""
    due = due_of(row)
    content = keeps_content(row, caller)
    return {
        "id": row.id,
        "request_id": row.request_id,
        "reference": row.reference,
        "service_id": row.service_id,
        "agency_id": row.agency_id,
        "referrer_agency_id": row.referrer_agency_id,
        "state": row.state,
        "version": row.version,
        "overdue": due is not None and now > due[1],
        "sent_at": row.sent_at,
        "due": [{"clock": due[0], "at": due[1]}] if due else [],
        "needs": row.needs if content else [],
        "urgency": row.urgency if content else None,
        "explanation": explained(row.explanation) if content else None,
        "history": [_happened(event) for event in history],
        "actions": list(possible(caller, row)),
    }


def due_of(row: Referral) -> tuple[str, datetime] | None:
    """Return the clock that runs on a referral, and when it falls due."""
    if row.state in PAUSES and row.acknowledged_at is None:
        return ("T26" if row.state == State.HALTED else "T25"), row.settle_by
    if row.state == State.INFO_REQUESTED:
        return "K3", row.question_by
    if row.state in UNANSWERED and row.answer_by is not None:
        return "K2", row.answer_by
    return None


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
