"""Codes and moments as people read them on the pages of matching."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from services.matching.domain.capacity import Status
from services.matching.domain.criteria import age_band
from services.matching.domain.plain import (
    CRITERIA,
    EVENTS,
    REFERRER_WORDS,
    RESULTS,
    STATUSES,
    is_not_yet_supported,
    stage_of,
    why_this_rank,
)
from services.matching.domain.plain_deals import WHY_NOT
from services.matching.domain.rules import LISTED, UNLISTED
from services.matching.domain.transitions import PAUSES, State
from services.matching.usecases.content import ERASED, RESTRICTED
from shared.codes import codes, label
from shared.geography import known_areas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime

    from sqlalchemy import Row

    from services.matching.domain.clocks import Calendar
    from services.matching.storage.referrals import Referral
    from services.matching.usecases.content import Content

NOON = 12
WITHHELD = {None: "No longer shown", RESTRICTED: "Restricted", ERASED: "Erased"}
"""What a list says in place of what a referral is about."""
TONES = {"Sent": "waiting", "Accepted": "good", "Being helped": "good", "Not possible": "neutral"}

PAUSE_WORDS = {State.HALTED: "Stopped", State.CANCEL_REQUESTED: "Asked to stop"}
REASONS = (
    "decline_reasons",
    "end_reasons",
    "override_grounds",
    "contact_attempts",
    "hold_reasons",
    "reopen_reasons",
    "outcomes",
)
OUTCOME_EVENTS = frozenset({"referral.completed", "referral.outcome_recorded"})
FACT_LISTS = ("needs", "groups", "languages", "threshold_bands")
FACTS = {
    "any": "Anybody",
    "anywhere": "Anywhere",
    "interpreter": "With an interpreter",
    "listed postcode": "On a list of postcodes",
    "listed street": "On a list of streets",
    "not listed": "On none of the lists",
}
"""What a result rests on, where it is no code of a list; never which list, or which street."""
STATUS_TONES = {Status.OPEN: "good", Status.OPEN_WAITING_LIST: "waiting"}


def words(name: str, chosen: Iterable[str]) -> str:
    """Return codes of one list as words, in one line."""
    known = codes(name)
    return ", ".join(known[code].en if code in known else code for code in chosen)


def day(moment: date) -> str:
    """Return a day as people write it."""
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def short_day(moment: date) -> str:
    """Return a day for a table, where room is scarce."""
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def hour(moment: datetime, calendar: Calendar) -> str:
    """Return day and time on people's own clocks."""
    local = moment.astimezone(calendar.zone)
    half = "am" if local.hour < NOON else "pm"
    return f"{day(local.date())}, {local.hour % NOON or NOON}:{local:%M}{half}"


def answer_by(moment: datetime, calendar: Calendar, day_as: Callable[[date], str] = day) -> str:
    """Return when an answer falls due: a day, or an hour where hours were promised."""
    due = calendar.local_date(moment)
    return day_as(due) if moment == calendar.end_of(due) else hour(moment, calendar)


def standing_badge(row: Referral, *, sent_by_us: bool = False) -> dict[str, str]:
    """Return the state as a badge; what one sent oneself is not new."""
    if row.state in PAUSES:
        return {"text": PAUSE_WORDS[State(row.state)], "tone": "urgent"}
    if row.state == State.INFO_REQUESTED:
        return {"text": "Question asked", "tone": "waiting"}
    if row.state == State.SENT and not sent_by_us:
        return {"text": "New", "tone": "today"}
    if row.state == State.OPENED:
        return {"text": "Opened, not answered", "tone": "waiting"}
    if is_not_yet_supported(row):
        return {"text": "Waiting, not yet supported", "tone": "waiting"}
    text = stage_of(row) or ""
    return {"text": text, "tone": TONES.get(text, "neutral")}


def state_badge(row: Referral, now: datetime, *, sent_by_us: bool = False) -> dict[str, str]:
    """Return the state as a badge, lateness first."""
    if row.due_at is not None and now > row.due_at:
        return {"text": "Overdue", "tone": "urgent"}
    return standing_badge(row, sent_by_us=sent_by_us)


def next_due(row: Referral, calendar: Calendar) -> str:
    """Return when the soonest thing of a referral falls due, for a table."""
    return answer_by(row.due_at, calendar, day_as=short_day) if row.due_at else "Nothing due"


def status_badge(status: Status) -> dict[str, str]:
    """Return a service's status as a badge."""
    return {"text": STATUSES[status], "tone": STATUS_TONES.get(status, "neutral")}


def history_items(
    events: Iterable[Row[Any]],
    calendar: Calendar,
    *,
    agencies: Mapping[Any, str],
    staff: Mapping[str, str],
) -> list[dict[str, str]]:
    """Return what happened for the timeline, newest first; names only of one's own staff."""
    return [
        {
            "title": EVENTS[event.event],
            "at": hour(event.at, calendar),
            "datetime": event.at.isoformat(),
            "by": staff.get(event.actor_id, "") or agencies.get(event.agency_id, "Onward"),
            "text": _reason_of(event),
        }
        for event in reversed(list(events))
    ]


def _reason_of(event: Row[Any]) -> str:
    """Return why a step was taken or, of an outcome, what was achieved."""
    told = reason_words(event.reason) if event.reason else ""
    return f"Achieved: {told.lower()}" if told and event.event in OUTCOME_EVENTS else told


def reason_words(code: str) -> str:
    """Return a coded reason in words, from whichever list it is of."""
    found = next((name for name in REASONS if code in codes(name)), None)
    return label(found, code) if found else WHY_NOT.get(code, code)


def asked_for(row: Row[Any], content: Content) -> tuple[str, str]:
    """Return the needs and the urgency of a row of a list, or why its reader is shown neither."""
    if not content.is_kept(row):
        instead = WITHHELD[content.withheld(row)]
        return instead, instead
    return words("needs", row.needs), words("urgency", [row.urgency])


def person_rows(copy: Row[Any]) -> list[dict[str, str]]:
    """Return what is known of the person in codes and bands, as summary rows."""
    threshold = label("threshold_bands", str(copy.threshold)) if copy.threshold else None
    rows = {
        "Area": area_words(copy.area_codes),
        "Age": "Not told" if copy.age is None else age_band(copy.age),
        "Language": words("languages", [copy.language]),
        "Interpreter": words("languages", [copy.interpreter] if copy.interpreter else []),
        "Access needs": words("access_needs", copy.access_needs),
        "How much help is needed": threshold,
    }
    return [{"key": key, "value": value} for key, value in rows.items() if value]


def area_words(area_codes: Iterable[str]) -> str:
    """Return areas by name, the smallest first; what lists a home is on is nobody's to read."""
    areas = [code for code in area_codes if not code.startswith((LISTED, UNLISTED))]
    names = [_area_names().get(code, code) for code in areas]
    return ", ".join(dict.fromkeys(reversed(names))) or "Not known"


def criterion_rows(explanation: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return each criterion that somebody could still ask about, in words."""
    return [
        {
            "name": CRITERIA[finding["criterion"]],
            "result": RESULTS[finding["result"]],
            "fact": fact_words(finding["criterion"], finding["fact"]),
            "ask": finding["ask"] or "",
        }
        for finding in explanation["criteria"]
        if finding["fact"] not in {"any", "anywhere"}
    ]


def fact_words(criterion: str, fact: str | None) -> str:
    """Return the code or band that a result rests on in words, empty where nothing is known."""
    if fact is None:
        return ""
    if fact in FACTS:
        return FACTS[fact]
    if criterion == "age":
        return fact
    return ", ".join(_one_fact(code) for code in fact.split(" "))


def _one_fact(code: str) -> str:
    """Return one code in words from whichever list has it; of several rules one decides."""
    if code in _area_names():
        return _area_names()[code]
    found = next((name for name in FACT_LISTS if code in codes(name)), None)
    return label(found, code) if found else REFERRER_WORDS.get(code, code)


def rank_sentence(explanation: Mapping[str, Any]) -> str:
    """Return in words why a service was chosen."""
    return why_this_rank(explanation["reasons"])


@cache
def _area_names() -> dict[str, str]:
    named = {}
    for area in known_areas():
        named[area.district_code] = area.district
        named[area.ward_code] = area.ward
    return named
