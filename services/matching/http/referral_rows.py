"""What the page of a referral shows: facts in words, what falls due, attempts, outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from services.matching.domain.clocks import local_date
from services.matching.domain.plain import is_not_yet_supported, stage_of
from services.matching.domain.transitions import UNANSWERED
from services.matching.http import words
from services.matching.http.form_choices import CHANNEL_WORDS
from services.matching.http.onward_rows import onward_rows
from services.matching.http.shapes import dues_of
from services.matching.working_days import calendar_for
from shared.codes import label
from shared.web.access import principal

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.domain.clocks import Calendar
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from services.matching.usecases.content import Content

    Rows = list[dict[str, Any]]

NOT_YET = "Accepted: waiting, not yet supported"
CLOCK_WORDS = {
    "K2": "Answer by",
    "K3": "Answer the question by",
    "K4": "First visit or contact by",
    "K5": "Support should start by",
    "K6": "Review the wait by",
    "K7": "The longer wait ends on",
    "K8": "Ask how they are by",
    "K10": "Do the next step by",
    "K11": "Say what came of it by",
    "K12": "Ask the person how it went by",
    "T21": "Ask again on",
    "T22": "Look at it again by",
    "T25": "Settle the wish to stop by",
    "T26": "Confirm the stop by",
}


def facts(row: Referral, names: dict[UUID, str], content: Content, tx: MatchingTransaction) -> Rows:
    """Return what is known of a referral, without who the person is."""
    caller, calendar = principal(), calendar_for(tx.nation())
    shown: Rows = [
        {"key": "Reference", "value": row.reference},
        {"key": "Sent by", "value": names.get(row.referrer_agency_id, "The person themselves")},
    ]
    if row.state not in UNANSWERED or row.agency_id != caller.agency_id:
        shown.append({"key": "Stage", "value": _stage(row)})
    shown += _dues(row, calendar, tx) + _days(row) + _looked_after(row, tx)
    shown += _chain(row, tx) + onward_rows(row, tx)
    if not content.is_kept(row):
        return shown
    shown.append({"key": "Help wanted", "value": words.words("needs", row.needs)})
    shown.append({"key": "Urgency", "value": words.words("urgency", [row.urgency])})
    copy = tx.request_copy(row.request_id)
    return shown + (words.person_rows(copy) if copy is not None else [])


def _stage(row: Referral) -> str | None:
    return NOT_YET if is_not_yet_supported(row) else stage_of(row)


def _dues(row: Referral, calendar: Calendar, tx: MatchingTransaction) -> Rows:
    """Return every clock that runs, the soonest first, and say which is overdue."""
    shown = []
    for clock, at in dues_of(row):
        late = "Overdue since " if at < tx.now else ""
        when = words.answer_by(at, calendar)
        shown.append({"key": CLOCK_WORDS.get(clock, "Due"), "value": f"{late}{when}"})
    return shown


def _days(row: Referral) -> Rows:
    known = {
        "Expected to start on": None if row.started_on else row.forecast_start,
        "Support started": row.started_on,
        "First contact": row.first_contact_on,
    }
    return [{"key": key, "value": words.day(at)} for key, at in known.items() if at]


def _looked_after(row: Referral, tx: MatchingTransaction) -> Rows:
    """Return who has it, which only their own agency is told by name."""
    if row.agency_id != principal().agency_id:
        return [{"key": "Team", "value": row.team}] if row.team else []
    names = tx.staff_names(row.agency_id)
    who = names.get(str(row.assigned_to), "Somebody") if row.assigned_to else "Nobody yet"
    return [{"key": "Looked after by", "value": f"{who}, {row.team}" if row.team else who}]


def _chain(row: Referral, tx: MatchingTransaction) -> Rows:
    older, newer = tx.chain_of(row)
    linked = (("Takes up again", older), ("Taken up again by", newer))
    return [
        {
            "key": key,
            "value": f"Referral {other.reference} of {words.day(local_date(other.created_at))}",
            "href": url_for("portal.show", referral_id=other.id),
            "action": "Open",
        }
        for key, other in linked
        if other is not None and tx.referral(other.id, principal()) is not None
    ]


def contacts(row: Referral, content: Content, tx: MatchingTransaction) -> list[list[str]]:
    """Return the attempts to reach the person, for the agency that made them."""
    if row.agency_id != principal().agency_id or not content.is_kept(row):
        return []
    return [
        [
            words.short_day(one.on_day),
            CHANNEL_WORDS.get(one.channel, one.channel),
            label("contact_attempts", one.code),
            _attended(one),
        ]
        for one in tx.contacts(row.id)
    ]


def _attended(one: Any) -> str:  # noqa: ANN401 - a row of the database
    if one.attended is None:
        return "Not said" if one.channel == "visit" else "Not a visit"
    came = label("attendance", one.attended)
    return f"{came}: {label('non_attendance', one.why_absent)}" if one.why_absent else came


def outcomes(row: Referral, content: Content, tx: MatchingTransaction) -> list[list[str]]:
    """Return what came of each need, in words and figures."""
    if not content.is_kept(row):
        return []
    return [
        [
            label("needs", one.need),
            label("outcomes", one.result),
            words.words("outcomes", one.codes) or "Not said",
            _figures(one) or "None",
        ]
        for one in tx.outcomes_of(row.id)
    ]


def _figures(one: Any) -> str:  # noqa: ANN401 - a row of the database
    told = {
        "£{} more each year": one.pounds_per_year,
        "£{} once": one.pounds_once,
        "{} weeks in their home": one.weeks,
        "{} before": one.scale_before,
        "{} now, of 10": one.scale_after,
        "{} fewer calls": one.calls,
    }
    return ", ".join(text.format(f"{n:,}") for text, n in told.items() if n is not None)
