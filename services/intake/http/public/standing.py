"""How a request stands, in sentences: where it is with each agency, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from services.intake.domain.stages import ON_HOLD, WAITING
from services.intake.http.public import standing_words as words
from services.intake.working_days import working_days_after
from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from services.intake.domain.stages import Stage, Step
    from services.intake.usecases import Opening, Request

LOCAL = ZoneInfo("Europe/London")
SOME_AGENCY = "the agency"
ASKED_WITHIN = 1  # working days after which somebody whom no agency was asked for had better ring
LIVE = frozenset({"awaiting_consent", "submitted", "placed"})
IN_TOUCH = frozenset({"Sent", "Accepted", "Being helped"})
NOTES = "What agencies wrote to each other about your request"
OTHER_THINGS = {
    "hidden_names": "The names of people who must not know",
    "own_page.code": "They gave you a new return code",
    "own_page.hide": "They hid the details on your page",
    "own_page.unhide": "They let your page show details again",
    "own_page.freeze": "They froze your page",
    "own_page.thaw": "They opened your frozen page again",
}
WHY = {
    "refer": "to see if they can help you",
    "tell_gp": "because you agreed that your GP knows",
    "tell_health_visitor": "because you agreed that your health visitor knows",
    "case_review": "because you agreed that they talk about it together",
    "statistics": "to count it, without your name",
    "contact": "to send you a message",
    "on_the_phone": "on the phone, after the code word",
    "find_whom_they_hide_from": "to find out who must not know",
}
WHOLE = {
    "submitted": "We have your request, but no agency has it in hand now.",
    "placed": "Your request is with the agencies below.",
    "closed": "This request is closed.",
    "withdrawn": "You stopped this request. Nobody is asked any more.",
    "awaiting_consent": "We are waiting for your yes before we tell anyone.",
    "entered_in_error": "This request was made by mistake and is closed.",
}
DONE = {
    "code": "Your new return code counts now. The old one opens nothing.",
    "hidden": "Your page shows stages only now.",
    "stopped": "Your request is stopped. The agencies are told at once.",
    "unshared": "Nobody may see your details any more. The agencies are told at once.",
    "help": "Thank you for telling us.",
    "changed": "We have changed it.",
    "told": "We have your answer. It counts at once.",
    "hidden_from": "This counts at once for whoever you ticked, and for everybody here with a name "
    "like those you wrote.",
    "narrowed": "This counts at once. The agencies are told.",
}
"""What was done just now, said once on the page that follows."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step that was reached."""

    title: str
    at: str
    datetime: str
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the person's details: whose, at what, when and why."""

    agency: str
    at: str
    datetime: str
    what: str
    why: str


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
    suggested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands altogether."""

    summary: str
    received: str
    agencies: tuple[WithAgency, ...]
    ring_by: str | None = None


def standing(
    request: Request, stages: Iterable[Stage], now: datetime, nation: str, *, names: bool = False
) -> Standing:
    """Return how *request* stands, newest step first for each agency; *names* only if asked."""
    return Standing(
        WHOLE.get(request.state, WHOLE["submitted"]),
        said(request.submitted_at),
        tuple(_with_agency(stage, now, names=names) for stage in stages),
        ring_by=_ring_by(request, nation),
    )


def _ring_by(request: Request, nation: str) -> str | None:
    """Return by when somebody should be asked, where nobody is."""
    if request.state != "submitted" or request.referrals:
        return None
    by = working_days_after(request.submitted_at, ASKED_WITHIN, nation)
    return day_said(by.astimezone(LOCAL))


def looks(openings: Iterable[Opening]) -> tuple[Look, ...]:
    """Return who was shown what and why, each in one line, newest first."""
    return tuple(
        Look(
            one.agency or "An agency",
            said(one.at),
            one.at.isoformat(),
            "; ".join(dict.fromkeys(_thing(what) for what in one.what)),
            WHY.get(one.purpose or "refer", WHY["refer"]),
        )
        for one in openings
    )


def said(at: datetime) -> str:
    """Return a moment as it is said here: 21 November 2026, 3:05pm."""
    local = at.astimezone(LOCAL)
    clock = f"{local:%I:%M%p}".lstrip("0").lower()
    return f"{day_said(local)}, {clock}"


def day_said(day: date) -> str:
    """Return a day as it is said here: 21 November 2026."""
    return f"{day.day} {day:%B %Y}"


def _thing(what: str) -> str:
    known = codes("categories")
    return known[what].en if what in known else OTHER_THINGS.get(what, NOTES)


def _with_agency(stage: Stage, now: datetime, *, names: bool) -> WithAgency:
    at = stage.now.stage
    agency = stage.agency if names else SOME_AGENCY
    return WithAgency(
        stage.agency if names else "",
        stage.service if names else "",
        at,
        words.TONES[at],
        _reason(stage.reason) if names else None,
        _next(stage, agency, now),
        stage.agency_phone if names and at in IN_TOUCH else None,
        tuple(_line(step, agency) for step in reversed(stage.steps)),
        stage.suggested if names else (),
    )


def _next(stage: Stage, agency: str, now: datetime) -> str:
    """Return what happens next and by when, that it is late, or that it rests."""
    if stage.rests and stage.now.stage in IN_TOUCH:
        return words.RESTS
    at = _situation(stage)
    today, late = now.astimezone(LOCAL).date(), _latest(stage)
    if late and at in words.LATE and late < today:
        return _sentence(words.LATE[at], agency, day_said(late))
    due = _due(stage)
    by = words.BY[at].format(day=day_said(due)) if due and at in words.BY else ""
    said = words.NEXT[at].replace("{by}", by or words.USUALLY.get(at, ""))
    said = said.replace("{look}", _looked_at(stage))
    meanwhile = words.MEANWHILE if stage.occasional_support else ""
    filled = _sentence(said.replace("{meanwhile}", meanwhile), agency)
    return filled.replace(". the ", ". The ")


def _situation(stage: Stage) -> str:
    """Return by what the next step is said: the state where it says more than the stage."""
    plain = stage.state == "returned" and not stage.until
    return stage.state if stage.state in words.NEXT and not plain else stage.now.stage


def _looked_at(stage: Stage) -> str:
    """Return by when a wait must be looked at, or how long it was made."""
    if stage.until:
        return words.LONGER.format(day=day_said(stage.until))
    moment = stage.answer_by and stage.answer_by.astimezone(LOCAL)
    return words.LOOK.format(day=day_said(moment)) if moment else ""


def _latest(stage: Stage) -> date | None:
    """Return the day after which it is late: of a wait, the later of start and end of the wait."""
    if stage.state == WAITING:
        return stage.until or _local(stage.answer_by) or stage.starts_on
    return _due(stage)


def _due(stage: Stage) -> date | None:
    """Return the day by which the next thing should happen."""
    if stage.state in {ON_HOLD, "returned"}:
        return stage.until
    if stage.now.stage == "Sent" or stage.state == "cancel_requested":
        return _local(stage.answer_by)
    return stage.starts_on if stage.now.stage == "Accepted" else None


def _local(moment: datetime | None) -> date | None:
    return moment.astimezone(LOCAL).date() if moment else None


def _sentence(words: str, agency: str, day: str = "") -> str:
    filled = words.format(agency=agency, day=day)
    return filled[0].upper() + filled[1:]


def _line(step: Step, agency: str) -> Line:
    until = day_said(step.until) if step.until else ""
    text = _sentence(words.HAPPENED[step.what or step.stage], agency, until)
    title = words.TITLES.get(step.what, step.stage)
    return Line(title, said(step.at), step.at.isoformat(), text.replace(". the ", ". The "))


def _reason(code: str | None) -> str | None:
    if code is None:
        return None
    for name in ("decline_reasons", "end_reasons"):
        if code in codes(name):
            return codes(name)[code].label_plain or codes(name)[code].en
    return None
