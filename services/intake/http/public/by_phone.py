"""/requests/phone: staff enter what a person tells them on the telephone or at the desk.

Promise: the same questions and the same consent as on /ask, read out and agreed aloud, with
whoever entered it as witness; the person is given reference and return code at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from services.intake import drafts
from services.intake.forms import tidy
from services.intake.http.public import browser, offers, questions, send, sharing
from services.intake.http.public.ask import delete_on, delete_page
from services.intake.http.public.asking import AGREED, Asking, asking
from services.intake.http.public.pages import page
from services.intake.http.public.ways import CHECK, PHONE, SHARING
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from services.intake.storage import IntakeTransaction

bp = Blueprint("by_phone", __name__, url_prefix=PHONE.prefix)
ROLES = ("worker", "manager", "coordinator")
QUESTION = f"/<any({', '.join(map(repr, PHONE.journey.by_slug))}):slug>"
LONGEST_NAME = 100
TITLE = "Has a service already said yes by phone?"


@bp.get("")
@staff(*ROLES)
def begin() -> Response:
    """Say how to enter a request for somebody."""
    with current_store().read(actor=principal()) as tx:
        now = asking(PHONE, tx)
    first = next(iter(PHONE.journey.by_slug))
    title = "Enter a request for a person"
    return page(
        "ask/phone-begin.html",
        title,
        way=PHONE,
        service_area=PHONE.area,
        draft=now.draft,
        first=first,
    )


@bp.get(QUESTION)
@staff(*ROLES)
def ask(slug: str) -> Response:
    """Show one question."""
    return questions.show(PHONE, slug)


@bp.post(QUESTION)
@staff(*ROLES)
def answer(slug: str) -> Response:
    """Keep one answer."""
    return questions.keep(PHONE, slug)


@bp.get("/sharing")
@staff(*ROLES)
def ask_consent() -> Response:
    """Show the consent page, to be read out."""
    return sharing.ask_on(PHONE)


@bp.post("/sharing")
@staff(*ROLES)
def answer_consent() -> Response:
    """Record what the person said yes to, aloud."""
    return sharing.answer_on(PHONE, then=AGREED)


@bp.get("/not-shared")
@staff(*ROLES)
def not_shared() -> Response:
    """Say that nobody is told."""
    return sharing.not_shared_on(PHONE)


@bp.get("/agreed")
@staff(*ROLES)
def ask_agreed() -> Response:
    """Ask whether a service said yes beforehand, by telephone."""
    with current_store().read(actor=principal()) as tx:
        now = asking(PHONE, tx)
        if now.draft is None:
            return browser.onward(PHONE.address())
        services = _services(now, tx)
    return _agreed_page(services, now.draft.answers.get(AGREED, {}))


@bp.post("/agreed")
@staff(*ROLES)
def answer_agreed() -> Response:
    """Keep which service said yes, and who said it."""
    told = {name: tidy(request.form.get(name, "")) for name in ("service", "spoken_to")}
    with current_store().begin(actor=principal()) as tx:
        now = asking(PHONE, tx)
        if now.draft is None:
            return browser.onward(PHONE.address())
        services = _services(now, tx)
        errors = _faults(told, services)
        if errors:
            return _agreed_page(services, told, errors)
        now.draft.answers[AGREED] = dict(told)
        drafts.save(now.draft, tx)
    return browser.onward(PHONE.address(CHECK))


@bp.get("/check")
@staff(*ROLES)
def check() -> Response:
    """Show all answers, to be read back."""
    return send.check_on(PHONE)


@bp.post("/check")
@staff(*ROLES)
def send_it() -> Response:
    """Make the request, once."""
    return send.send_on(PHONE)


@bp.get("/done")
@staff(*ROLES)
def done() -> Response:
    """Show what the person writes down."""
    return send.done_on(PHONE)


@bp.post("/done")
@staff(*ROLES)
def show_again() -> Response:
    """Show the code once more."""
    return send.show_again_on(PHONE)


@bp.get("/copy")
@staff(*ROLES)
def copy() -> Response:
    """Show the answers for printing."""
    return send.copy_on(PHONE)


@bp.get("/delete")
@staff(*ROLES)
def ask_to_delete() -> Response:
    """Ask before deleting."""
    return delete_page(PHONE)


@bp.post("/delete")
@staff(*ROLES)
def delete() -> Response:
    """Delete what was entered and not sent."""
    return delete_on(PHONE)


def _agreed_page(
    services: dict[str, str], told: Mapping[str, object], errors: dict[str, str] | None = None
) -> Response:
    return page(
        "ask/agreed.html",
        TITLE,
        errors=errors,
        services=services,
        told=told,
        way=PHONE,
        service_area=PHONE.area,
        back=PHONE.address(SHARING),
    )


def _services(now: Asking, tx: IntakeTransaction) -> dict[str, str]:
    """Return the services of the agencies the person said yes to, by id."""
    question = sharing.asked(now, tx)
    ticked = now.draft.answers.get(SHARING, {}).get("share", []) if now.draft else []
    return {
        str(service.service_id): f"{service.name}, {offer.agency}"
        for offer in question.offered
        if offer.helps and f"{offer.key}.{offers.WHO}" in ticked
        for service in offer.services
    }


def _faults(told: dict[str, str], services: dict[str, str]) -> dict[str, str]:
    if not told["service"]:
        return {}
    if told["service"] not in services:
        return {"service": "Choose a service of an agency the person agreed to"}
    if not told["spoken_to"] or len(told["spoken_to"]) > LONGEST_NAME:
        return {"spoken_to": f"Enter who said yes, in {LONGEST_NAME} letters or fewer"}
    return {}
