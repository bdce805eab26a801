"""Codes, states and moments as a referrer reads them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from services.intake.domain import due
from services.intake.working_days import LOCAL
from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.intake.domain.due import Due
    from services.intake.domain.pattern import Pattern
    from services.intake.usecases.learning import Learned, Lesson

STATES = {
    "draft": ("Draft", "neutral"),
    "awaiting_consent": ("Waiting for the person to agree", "waiting"),
    "submitted": ("Received", "waiting"),
    "placed": ("Sent", "waiting"),
    "closed": ("Closed", "neutral"),
    "withdrawn": ("Stopped", "neutral"),
    "entered_in_error": ("Entered in error", "neutral"),
}
TONES = {"Accepted": "good", "Being helped": "good", "Finished": "good", "Sent": "waiting"}
DUE = {
    due.ANSWER: "They must answer by",
    due.QUESTION: "Answer their question by",
    due.STOPPED: "They must confirm by",
    due.START: "Support should start on",
    due.REVIEW: "They must review the wait with you by",
    due.PAUSED: "Paused; they look at it again by",
    due.ASK_AGAIN: "You agreed to refer again from",
    due.ACKNOWLEDGE: "We confirm to the person that it has arrived by",
    due.CONSENT_ENDS: "The agreement ends on",
    due.CONFIRM: "Written confirmation of the agreement by",
    due.CONSENT_ASKED: "The person has been asked to agree",
}
REASONS = ("decline_reasons", "end_reasons", "outcomes")
CHANGES = {
    "T6": "Closed: nobody could take it",
    "T23": "Stopped: no longer wanted",
    "T31": "Marked as entered in error",
    "T32": "Put right",
    "T37": "Closed: the person has died",
    "T40": "Closed: every need was met",
}
STATES_SAID = {
    "waiting": "They are not supporting this person or family yet.",
    "on_hold": "Paused for now.",
    "redirected": "They suggest another service. It knows nothing of this.",
    "returned": "Returned to you after a review. They are not supporting the person.",
    "active": "Support has started.",
}
"""What a referrer must not mistake, by the state of a referral."""
PARTS = {
    "person": "who the person is",
    "contact": "how to reach them",
    "needs": "what help is wanted",
    "threshold": "how much help is needed",
    "urgency": "how soon",
    "story": "the story",
    "access_needs": "access needs",
    "groups": "groups",
    "household": "who lives with them",
}
NOON = 12


def words(name: str, chosen: Iterable[str]) -> str:
    """Return codes of one list as words, in one line."""
    known = codes(name)
    return ", ".join(known[code].en if code in known else code for code in chosen)


def day(moment: date | datetime) -> str:
    """Return a day as people write it; the last second of a day is that day."""
    local = moment.astimezone(LOCAL).date() if isinstance(moment, datetime) else moment
    return f"{local.day} {local:%B %Y}"


def hour(moment: datetime) -> str:
    """Return day and time on people's own clocks."""
    local = moment.astimezone(LOCAL)
    half = "am" if local.hour < NOON else "pm"
    return f"{day(moment)}, {local.hour % NOON or NOON}:{local:%M}{half}"


def due_words(one: Due | None) -> str:
    """Return what is due in one line."""
    if one is None:
        return "Nothing is due"
    return DUE[one.what] if one.at is None else f"{DUE[one.what]} {day(one.at)}"


def due_rows(dues: Iterable[Due], now: datetime) -> list[list[Any]]:
    """Return what is due as rows of a table, lateness said in words."""
    return [
        [
            DUE[one.what],
            one.about or "This request",
            day(one.at) if one.at else "Open",
            {"text": "Overdue", "tone": "urgent"} if one.is_late(now) else "In time",
        ]
        for one in dues
    ]


def state_badge(state: str) -> dict[str, str]:
    """Return a request's state as a badge."""
    text, tone = STATES[state]
    return {"text": text, "tone": tone}


def stage_badge(stage: str) -> dict[str, str]:
    """Return a referral's stage as a badge."""
    return {"text": stage, "tone": TONES.get(stage, "neutral")}


def reason_words(code: str | None) -> str:
    """Return a coded reason in words, with what to do next where the list says."""
    if not code:
        return ""
    found = next((codes(name)[code] for name in REASONS if code in codes(name)), None)
    if found is None:
        return "Put right" if code == "CORRECTED" else code
    return f"{found.en}. {found.next_step}".strip() if found.next_step else found.en


def pattern_words(pattern: Pattern | None) -> str:
    """Return how referrals to one service went, with of how many it speaks."""
    if pattern is None:
        return "Your agency has sent nothing to this service in the past year."
    many = "referral" if pattern.sent == 1 else "referrals"
    return (
        f"In the past year your agency sent {pattern.sent} {many} here: "
        f"{pattern.accepted} accepted, {pattern.declined} declined, "
        f"{pattern.unanswered} not answered yet."
    )


def pattern_reasons(pattern: Pattern | None) -> list[str]:
    """Return why referrals were declined, the most frequent reason first."""
    if pattern is None:
        return []
    return [f"{words('decline_reasons', [code])}: {count}" for code, count in pattern.reasons]


def learned_words(found: Learned | None) -> dict[str, Any] | None:
    """Return what a year of referrals teaches, in sentences."""
    if found is None:
        return None
    return {
        "all": f"In the past year your agency sent {found.sent} "
        f"{'referral' if found.sent == 1 else 'referrals'}; {found.accepted} "
        f"{'was' if found.accepted == 1 else 'were'} accepted.",
        "lessons": [_lesson(one) for one in found.lessons],
    }


def _lesson(one: Lesson) -> str:
    known = codes("decline_reasons")[one.reason]
    often = "Once" if one.count == 1 else f"{one.count} times"
    instead = "; ".join(name for name, _ in one.instead)
    named = f" Named instead: {instead}." if instead else ""
    return f"{often}: {known.en.lower()}. {known.next_step}{named}"
