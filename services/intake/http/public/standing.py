"""How a request stands, in sentences: where it is with each agency, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from services.intake.domain.stages import Stage, Step
    from services.intake.usecases import Opening, Request

LOCAL = ZoneInfo("Europe/London")
TONES = {
    "Received": "neutral",
    "Sent": "waiting",
    "Accepted": "good",
    "Being helped": "good",
    "Finished": "neutral",
    "Not possible": "today",
    "Stopped": "neutral",
}
HAPPENED = {
    "Received": "We have your request.",
    "Sent": "We asked {agency} to help you.",
    "Accepted": "{agency} said yes. You are waiting; they do not support you yet.",
    "Being helped": "{agency} is helping you now.",
    "Finished": "{agency} has finished helping you.",
    "Not possible": "{agency} cannot help with this.",
    "Stopped": "This was stopped. {agency} can no longer see your details.",
}
NEXT = {
    "Received": "{agency} could help too. They know nothing about you unless you say yes.",
    "Sent": "{agency} reads it and answers, usually within five working days. "
    "You need not do anything.",
    "Accepted": "{agency} gets in touch with you, in the ways you said are safe.",
    "Being helped": "You need not do anything here.",
    "Finished": "If you need help again, you can ask again.",
    "Not possible": "You can ask again and choose another agency. Nobody new is told without you.",
    "Stopped": "Nothing more happens here unless you ask again.",
}
IN_TOUCH = frozenset({"Sent", "Accepted", "Being helped"})
NOTES = "What agencies wrote to each other about your request"
WHOLE = {
    "submitted": "We have your request, but no agency has it in hand now.",
    "placed": "Your request is with the agencies below.",
    "closed": "This request is closed.",
    "withdrawn": "You stopped this request. Nobody is asked any more.",
    "awaiting_consent": "We are waiting for your yes before we tell anyone.",
    "entered_in_error": "This request was made by mistake and is closed.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step that was reached."""

    title: str
    at: str
    datetime: str
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the person's details: whose, at what, and when."""

    agency: str
    at: str
    datetime: str
    what: str


@dataclass(frozen=True, slots=True)
class WithAgency:
    """How it stands with one agency."""

    agency: str
    service: str
    now: str
    tone: str
    reason: str | None
    next: str
    phone: str | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands altogether."""

    summary: str
    received: str
    agencies: tuple[WithAgency, ...]


def standing(request: Request, stages: Iterable[Stage]) -> Standing:
    """Return how *request* stands, newest step first for each agency."""
    return Standing(
        WHOLE.get(request.state, WHOLE["submitted"]),
        said(request.submitted_at),
        tuple(_with_agency(stage) for stage in stages),
    )


def looks(openings: Iterable[Opening]) -> tuple[Look, ...]:
    """Return who was shown what, each in one line, newest first."""
    known = codes("categories")
    return tuple(
        Look(
            one.agency or "An agency",
            said(one.at),
            one.at.isoformat(),
            "; ".join(dict.fromkeys(known[c].en if c in known else NOTES for c in one.what)),
        )
        for one in openings
    )


def said(at: datetime) -> str:
    """Return a moment as it is said here: 21 November 2026, 3:05pm."""
    local = at.astimezone(LOCAL)
    clock = f"{local:%I:%M%p}".lstrip("0").lower()
    return f"{local.day} {local:%B %Y}, {clock}"


def _with_agency(stage: Stage) -> WithAgency:
    now = stage.now.stage
    return WithAgency(
        stage.agency,
        stage.service,
        now,
        TONES[now],
        _reason(stage.reason),
        NEXT[now].format(agency=stage.agency),
        stage.agency_phone if now in IN_TOUCH else None,
        tuple(_line(step, stage.agency) for step in reversed(stage.steps)),
    )


def _line(step: Step, agency: str) -> Line:
    text = HAPPENED[step.stage].format(agency=agency)
    return Line(step.stage, said(step.at), step.at.isoformat(), text)


def _reason(code: str | None) -> str | None:
    if code is None:
        return None
    for name in ("decline_reasons", "end_reasons"):
        if code in codes(name):
            return codes(name)[code].label_plain or codes(name)[code].en
    return None
