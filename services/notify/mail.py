"""From a delivery to the mail that leaves: rendered at the moment of sending, stored nowhere.

Promise: a mail to a person names no service and no need, and no link but, where it asks how it
went, the one to the front of the person's own page; a mail to an agency holds a reference,
a link and a date, and nothing about the person.
"""

from __future__ import annotations

from datetime import date, datetime
from email.message import Message
from email.mime.text import MIMEText
from email.policy import Compat32
from email.utils import format_datetime
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound

from services.notify.clock_words import about
from services.notify.domain import LONDON, MOST_COUNTED, Audience
from shared.codes import codes

if TYPE_CHECKING:
    from jinja2 import Template
    from sqlalchemy import Row

    from services.notify.storage import Attempt
    from shared.settings import Settings

FALLBACK = "en"
TEMPLATES = Path(__file__).parent / "templates" / "mail"
LINE = 76
DUE_SOON = "_due"
END_OF_DAY = (23, 59)
YES_OR_NO = ("enquiry", "occasional_support")
MOMENTS = frozenset({"answer_by", "review_by"})
WITH_HOUR = frozenset({"request_flagged", "override_to_review", "referral_sent"})
"""Mails to staff about what may be promised within hours; there the day alone says too little."""
DAYS = frozenset(
    {
        "forecast_start",
        "expected_start",
        "started_on",
        "until",
        "review_on",
        "re_refer_on",
        "meets_on",
    }
)
MONTHS = {
    "cy": "Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr",
    "en": "January February March April May June July August September October November December",
}


class ShortLines(Compat32):
    """Writes short plain headers as they are; folding them took longer than all the rest."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return the header line, folded only where it must be."""
        if isinstance(value, str) and value.isascii() and len(name) + len(value) < LINE:
            return f"{name}: {value}{self.linesep}".encode()
        return super().fold_binary(name, value)


# As SMTP wants it (RFC 5321, 2.3.8): a server may refuse a mail whose lines end otherwise.
AS_SENT = ShortLines(linesep="\r\n")


def compose(attempt: Attempt, to: str, settings: Settings, now: datetime) -> bytes:
    """Return the whole mail to *to*; its Message-ID is the delivery's id at every attempt."""
    row = attempt.delivery
    subject, text = _render(attempt, settings)
    mail = _with_body(text)
    # A name on the screen of a phone may be read by whoever is beside it.
    to_person = row.audience == Audience.PERSON
    mail["From"] = settings.mail_from if to_person else f"Onward <{settings.mail_from}>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{row.id}@{settings.mail_from.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "cy" if row.language == "cy" else "en"
    return mail.as_bytes()


def _with_body(text: str) -> Message:
    """Return a mail of *text* without headers; plain letters need none of MIMEText's care."""
    if not text.isascii():
        return MIMEText(text, "plain", "utf-8", policy=AS_SENT)
    mail = Message(policy=AS_SENT)
    mail["Content-Type"] = 'text/plain; charset="us-ascii"'
    mail["MIME-Version"] = "1.0"
    mail["Content-Transfer-Encoding"] = "7bit"
    mail.set_payload(text)
    return mail


def _render(attempt: Attempt, settings: Settings) -> tuple[str, str]:
    row = attempt.delivery
    template = _template(row.language, f"{row.audience}/{row.template}.txt")
    text = template.render(
        reference=row.reference,
        request_id=row.request_id,
        referral_id=row.referral_id,
        base_url=settings.base_url,
        phone=attempt.phone,
        **_clock(row),
        **(_facts(row.facts, row.language) | _hour(row)),
    )
    subject, _, body = text.partition("\n\n")
    return subject.strip(), body.strip() + "\n"


def _facts(facts: dict[str, Any], language: str) -> dict[str, Any]:
    """Return *facts* in words: moments as days, codes as what the reader can do."""
    told: dict[str, Any] = {name: facts.get(name, False) for name in YES_OR_NO}
    for name in MOMENTS & facts.keys():
        moment = datetime.fromisoformat(facts[name]).astimezone(LONDON)
        told[name] = day(moment.date(), language)
    for name in DAYS & facts.keys():
        told[name] = day(date.fromisoformat(facts[name]), language)
    reason = facts.get("reason", "")
    if known := codes("decline_reasons").get(reason) or codes("end_reasons").get(reason):
        told |= {"reason": known.words(language), "next_step": known.next_step}
    if "entries" in facts:
        told |= _gathered(facts["entries"], facts["more"], language)
    return told


def _gathered(entries: list[dict[str, Any]], more: int, language: str) -> dict[str, Any]:
    """Return entries of the guide by what is to be done, what is late first."""
    kinds: dict[tuple[bool, str], list[dict[str, Any]]] = {}
    for one in sorted(entries, key=itemgetter("answer_by", "id")):
        moment = datetime.fromisoformat(one["answer_by"]).astimezone(LONDON)
        told = {"id": one["id"], "due": day(moment.date(), language)}
        kinds.setdefault((not one["late"], one["clock"]), []).append(told)
    flood = more >= MOST_COUNTED
    return {
        "kinds": [
            {
                "about": about(clock, Audience.RECEIVER, soon=soon),
                "clock": clock,
                "late": not soon,
                "of": of,
            }
            for (soon, clock), of in sorted(kinds.items(), key=itemgetter(0))
        ],
        "count": f"At least {len(entries) + more:,}" if flood else len(entries) + more,
        "more": f"at least {more:,}" if flood else more,
    }


def _clock(row: Row[Any]) -> dict[str, str]:
    """Return which clock a message is about, and what that means for its reader."""
    clock = row.facts.get("clock")
    if clock is None:
        return {}
    soon = row.template.endswith(DUE_SOON)
    return {"clock": clock, "about": about(clock, Audience(row.audience), soon=soon)}


def _hour(row: Row[Any]) -> dict[str, str]:
    """Return by what hour an answer is due, where that is not simply by the end of its day."""
    if row.audience == Audience.PERSON or row.template not in WITH_HOUR:
        return {}
    due = datetime.fromisoformat(row.facts["answer_by"]).astimezone(LONDON)
    if (due.hour, due.minute) == END_OF_DAY:
        return {}
    clock = f"{due:%I:%M%p}".lstrip("0").lower()
    return {"answer_by": f"{clock} on {day(due.date(), row.language)}"}


def day(when: date, language: str) -> str:
    """Return *when* as people write it, `3 December 2026`."""
    months = MONTHS.get(language, MONTHS[FALLBACK]).split()
    return f"{when.day} {months[when.month - 1]} {when.year}"


@cache
def _template(language: str, name: str) -> Template:
    templates = _environment()
    try:
        return templates.get_template(f"{language}/{name}")
    except TemplateNotFound:
        return templates.get_template(f"{FALLBACK}/{name}")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701 - plain text, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
