"""/my/contact: how a person may be reached, each way by itself; not sure means: not used.

Promise: a way counts as safe only when its owner says yes; what else is said counts at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, abort, request, url_for

from services.intake.domain.submission import Channel, Contact
from services.intake.errors import NotPossibleError, StaleVersionError
from services.intake.forms.spelling import tidy
from services.intake.http.public import browser
from services.intake.http.public.my_visit import mine, once_shown
from services.intake.http.public.my_words import KINDS
from services.intake.http.public.pages import page
from services.intake.usecases.own_details import own_details
from services.intake.usecases.reaching import change_contact
from shared.codes import codes
from shared.errors import InvalidError
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("contact", __name__)
ANSWERS = ("yes", "no", "unknown")
MOST = 10
EMPTY = {"email": "Enter the e-mail address"}
ELSEWHERE = "This was changed elsewhere meanwhile. Look at it again, then save"
ENDED = "This request has ended. It can no longer be changed here"


@bp.get("/contact/<int:place>")
@person()
@once_shown("details")
def ask(place: int) -> Response:
    """Show one way to reach the person, to be changed."""
    contact, version = _told()
    if place >= len(contact.channels):
        abort(404)
    return _way_page(contact.channels[place], place, version)


@bp.get("/contact/add/<kind>")
@person()
@once_shown("details")
def ask_new(kind: str) -> Response:
    """Ask for one more way to reach the person."""
    if kind not in KINDS:
        abort(404)
    contact, version = _told()
    return _way_page(Channel(kind, ""), len(contact.channels), version)


@bp.post("/contact/<int:place>")
@person()
@once_shown("details")
def save(place: int) -> Response:
    """Keep how this way may be used from now on."""
    contact, version = _told()
    if place > min(len(contact.channels), MOST):
        abort(404)
    channel = _typed(contact, place)
    errors = _faults(channel)
    if errors:
        return _way_page(channel, place, version_typed(), errors)
    kept = [*contact.channels[:place], channel, *contact.channels[place + 1 :]]
    return _keep(replace(contact, channels=tuple(kept)), channel, place, version)


@bp.post("/contact/<int:place>/remove")
@person()
@once_shown("details")
def remove(place: int) -> Response:
    """Take one way away; nobody uses it any more."""
    contact, version = _told()
    if place >= len(contact.channels):
        abort(404)
    channel = contact.channels[place]
    left = [*contact.channels[:place], *contact.channels[place + 1 :]]
    return _keep(replace(contact, channels=tuple(left)), channel, place, version)


def _keep(contact: Contact, channel: Channel, place: int, version: int) -> Response:
    field = "value"
    try:
        with current_store().begin(actor=principal()) as tx:
            change_contact(mine(), contact, tx, version=version_typed())
    except InvalidError as error:
        return _way_page(channel, place, version, {field: error.errors[0].detail})
    except StaleVersionError:
        return _way_page(channel, place, version, {field: ELSEWHERE})
    except NotPossibleError:
        return _way_page(channel, place, version, {field: ENDED})
    return browser.onward(url_for("my.details.show", done="changed"))


def _told() -> tuple[Contact, int]:
    with current_store().begin(actor=principal()) as tx:
        told, version = own_details(mine(), tx)
    return told.contact, version


def _typed(contact: Contact, place: int) -> Channel:
    new = place == len(contact.channels)
    kind = request.form.get("kind", "") if new else contact.channels[place].kind
    if kind not in KINDS:
        abort(404)
    said = {name: tidy(request.form.get(name, "")) for name in ("value", "safe", "name", "others")}
    return Channel(
        kind=kind,
        value=said["value"],
        safe=said["safe"],
        leave_message=request.form.get("message") == "yes",
        name_to_ask_for=said["name"] or None,
        times=tuple(code for code in codes("contact_times") if code in _ticked()),
        who_else_sees=said["others"] or None,
    )


def _ticked() -> list[str]:
    return request.form.getlist("times")


def _faults(channel: Channel) -> dict[str, str]:
    found = {}
    if not channel.value and channel.kind != "letter":
        found["value"] = EMPTY.get(channel.kind, "Enter the number")
    if channel.safe not in ANSWERS:
        found["safe"] = "Tell us if this is safe to use"
    return found


def version_typed() -> int:
    """Return the version the form was made from, 0 where it says none."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000000") else 0


def _way_page(
    channel: Channel, place: int, version: int, errors: dict[str, str] | None = None
) -> Response:
    return page(
        "my/contact.html",
        f"How may we use this? {KINDS[channel.kind]}",
        errors=errors,
        channel=channel,
        kind=KINDS[channel.kind],
        place=place,
        version=version,
        times=codes("contact_times"),
        back=url_for("my.details.show"),
    )
