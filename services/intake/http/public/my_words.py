"""What a person told, in the words of their own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from services.intake.http.public.standing import day_said
from services.intake.spelling import as_dialled
from shared.codes import label

if TYPE_CHECKING:
    from services.intake.domain.submission import Channel, Contact, Person

KINDS = {"email": "E-mail", "phone": "Phone", "text": "Text messages", "letter": "Letters"}
SAFE = {"yes": "Safe to use", "no": "Not safe: we do not use it"}
NOT_SURE = "Not sure if it is safe: we do not use it"


def age(who: Person) -> str:
    """Return how old somebody is, as they told it: a date of birth, or years."""
    if who.date_of_birth:
        return f"Date of birth: {day_said(who.date_of_birth)}"
    return f"{who.age} years" if who.age is not None else ""


def home(who: Person) -> str:
    """Return where somebody lives, in one line."""
    if who.address:
        parts = [*who.address.lines, who.address.postcode or ""]
        return ", ".join(part for part in parts if part)
    return "No fixed address" if who.no_fixed_abode else ""


def reached(contact: Contact, *, may_change: bool) -> list[dict[str, str]]:
    """Return each way to reach the person as a row, with the way to change it."""
    return [
        {"key": KINDS[channel.kind], "value": way(channel)}
        | ({"href": url_for("my.contact.ask", place=place)} if may_change else {})
        for place, channel in enumerate(contact.channels)
    ]


def way(channel: Channel) -> str:
    """Return one way to reach somebody, and how safe it is."""
    parts = [as_dialled(channel.value), SAFE.get(channel.safe, NOT_SURE)]
    if channel.kind == "phone" and channel.safe == "yes":
        parts.append("We may leave a message" if channel.leave_message else "We leave no message")
    if channel.times:
        when = ", ".join(label("contact_times", code) for code in channel.times)
        parts.append(f"Only at these times: {when}")
    if channel.name_to_ask_for:
        parts.append(f"We ask for {channel.name_to_ask_for}")
    if channel.who_else_sees:
        parts.append(f"Who else sees or hears it: {channel.who_else_sees}")
    return ". ".join(part for part in parts if part)
