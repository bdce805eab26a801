"""The coordinator's desk in words: counts, rows and what stands on the page of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from services.matching.domain.capacity import known
from services.matching.domain.desk import KINDS, OTHERS, Kind, decision_of
from services.matching.domain.plain import NOT_WRITTEN, stage_of
from services.matching.domain.plain_deals import WHY_NOT
from services.matching.guide_schema import LISTED
from services.matching.http import words
from services.matching.http.portal import service_name
from services.matching.http.shapes import rank_words
from services.matching.storage.guide import entry_of, standing_of
from services.matching.usecases import check_eligibility
from services.matching.usecases.content import RESTRICTED
from services.matching.usecases.freezing import situation_of
from services.matching.usecases.proposing import said_no
from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row

    from services.matching.domain.agreement import Agreement
    from services.matching.domain.clocks import Calendar
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.desk import Listed
    from services.matching.usecases import Checked

COLUMNS = (
    "Reference",
    "Why it is here",
    "Urgency",
    "Days waited",
    "Here for",
    "Owner",
    "Next action",
    "By",
)
TONES = {
    Kind.OVERDUE: "urgent",
    Kind.OVERRIDE: "urgent",
    Kind.UNPLACED: "today",
    Kind.NAMES: "today",
}
WAITS = "Nothing until the restriction ends"
NOBODY = "Nobody: no coordinator may see it"
UNKNOWN = ("CAPACITY_UNKNOWN",)
NOT_KNOWN = "How many places it has is not known. The agency is asked."
NOT_CHECKED = "Nobody has checked this entry for over a year. Ring the agency first."


def counts(found: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return how many lines of each kind wait."""
    return [
        {
            "text": about.name,
            "number": found.get(kind, 0),
            "href": url_for("desk.listing", kind=kind),
            "tone": TONES.get(kind, "neutral") if found.get(kind) else "neutral",
        }
        for kind, about in KINDS.items()
    ]


def tabs(listed: Listed) -> list[dict[str, Any]]:
    """Return the three lists of the desk."""
    now = not listed.mine and not listed.later
    return [
        {"text": "Now", "href": url_for("desk.listing"), "current": now},
        {"text": "Mine", "href": url_for("desk.listing", mine=1), "current": listed.mine},
        {"text": "Later", "href": url_for("desk.listing", later=1), "current": listed.later},
    ]


def row_of(
    line: Row[Any], people: Mapping[str, str], now: datetime, calendar: Calendar
) -> list[Any]:
    """Return one line as a row of the list."""
    about = KINDS[Kind(line.kind)]
    return [
        {"text": line.reference or about.name, "href": url_for("desk.show", line_id=line.id)},
        about.name,
        _urgency(line),
        _waited(line, now, calendar),
        age(line.since, now, calendar),
        people.get(str(line.owner_id), "Somebody") if line.owner_id else NOBODY,
        WAITS if line.restricted else about.next_action,
        _by(line, calendar),
    ]


def _urgency(line: Row[Any]) -> str:
    if line.restricted:
        return words.WITHHELD[RESTRICTED]
    return words.words("urgency", [line.urgency]) if line.urgency else "Not known"


def age(since: datetime, now: datetime, calendar: Calendar) -> str:
    """Return for how long something lies there, in whole days."""
    days = (calendar.local_date(now) - calendar.local_date(since)).days
    return "Today" if days < 1 else f"{days} days" if days > 1 else "1 day"


def _waited(line: Row[Any], now: datetime, calendar: Calendar) -> str:
    if line.submitted_at is None:
        return "Not known"
    return str((calendar.local_date(now) - calendar.local_date(line.submitted_at)).days)


def _by(line: Row[Any], calendar: Calendar) -> str:
    if line.look_on:
        return words.short_day(line.look_on)
    return words.short_day(calendar.local_date(line.due_at)) if line.due_at else "Now"


def facts(
    line: Row[Any], people: Mapping[str, str], tx: MatchingTransaction
) -> list[dict[str, str]]:
    """Return what is known of a line and of its request, in codes alone."""
    calendar, copy = tx.calendar(), tx.request_copy(line.request_id)
    deal = tx.deal_row(line.object_id) if line.kind == Kind.AGREEMENT else None
    told = [
        {"key": "Agreement", "value": deal.name}
        if deal is not None
        else {"key": "Reference", "value": line.reference or "Not known"},
        {"key": "Here since", "value": words.day(calendar.local_date(line.since))},
        {
            "key": "Owner",
            "value": people.get(str(line.owner_id), "Somebody") if line.owner_id else NOBODY,
        },
    ]
    if line.due_at:
        due = "Last day" if deal is not None else "Was due"
        told.append({"key": due, "value": words.day(calendar.local_date(line.due_at))})
    if line.look_on:
        told.append({"key": "Look again on", "value": words.day(line.look_on)})
    if copy is None or tx.is_restricted(line.request_id):
        return told
    told.append({"key": "Help wanted", "value": words.words("needs", copy.needs)})
    told.append({"key": "Urgency", "value": words.words("urgency", [copy.urgency])})
    return told + words.person_rows(copy)


def could_help(line: Row[Any], tx: MatchingTransaction) -> list[dict[str, Any]]:
    """Return the services that could be asked, the best first, as choices of a form."""
    copy = tx.request_copy(line.request_id)
    if copy is None:
        return []
    agreement, asked = tx.agreement(line.request_id), tx.services_asked(line.request_id)
    found = check_eligibility(situation_of(copy, copy.source), LISTED, tx)
    shown = (
        one
        for one in found
        if (one.rank is not None or one.reasons == UNKNOWN)
        and one.row.id not in asked
        and not agreement.hides(one.row.agency_id, one.row.id)
    )
    return [
        {
            "value": str(one.row.id),
            "text": f"{entry_of(one.row.entry)['name']}, {one.row.agency_name}",
            "hint": {"text": f"{_terms(one, tx)} {_agreed(one.row, line, agreement, tx)}"},
        }
        for one in shown
    ]


def _terms(one: Checked, tx: MatchingTransaction) -> str:
    """Return why a service stands where it does, or honestly that nobody knows its places."""
    if one.rank is not None:
        return rank_words(one)
    return NOT_KNOWN if known(standing_of(one.row), tx.now) is None else NOT_CHECKED


def _agreed(
    service: Row[Any], line: Row[Any], agreement: Agreement, tx: MatchingTransaction
) -> str:
    if said_no(line.request_id, service.agency_id, agreement, tx):
        return "The person said no to this agency, or has withdrawn from it."
    agreed = agreement.suffices(service.agency_id, entry_of(service.entry)["categories"])
    return "The person has agreed." if agreed else "The person is asked first."


def tried(line: Row[Any], tx: MatchingTransaction) -> list[list[Any]]:
    """Return the services that were asked, and how each stands."""
    rows = sorted(tx.referrals_of_request(line.request_id), key=lambda row: row.id)
    why = tx.withheld([line.request_id]).get(line.request_id)
    return [
        [
            service_name(row, tx),
            words.WITHHELD[why] if why else words.words("needs", row.needs),
            stage_of(row) if row.sent_at else "Waits for agreement",
        ]
        for row in rows
    ]


def history(
    line: Row[Any], people: Mapping[str, str], tx: MatchingTransaction
) -> list[dict[str, Any]]:
    """Return what was decided of a line, the newest first."""
    calendar = tx.calendar()
    return [
        {
            "title": said_of(Kind(line.kind), one.code),
            "at": words.hour(one.at, calendar),
            "datetime": one.at.isoformat(),
            "by": people.get(str(one.by_id), "Onward"),
            "text": f"Look again on {words.day(one.look_on)}" if one.look_on else "",
        }
        for one in reversed(tx.decisions_of(line.id))
    ]


def said_of(kind: Kind, code: str) -> str:
    """Return a decision in words."""
    decision = decision_of(kind, code)
    return decision.text if decision is not None else OTHERS.get(code, "Decided")


def because(line: Row[Any]) -> str | None:
    """Return the code that brought a line here in words, where the lists have it."""
    for name in ("decline_reasons", "end_reasons", "override_grounds"):
        listed = codes(name).get(line.code or "")
        if listed is not None:
            return listed.en
    return WHY_NOT.get(line.code or "") or NOT_WRITTEN.get(line.code or "")
