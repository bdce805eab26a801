"""The end of /ask: check the answers, send them once, write down the way back.

Promise: however often the button is pressed, one request is made; the return code can be
read for ten minutes at most, is shown once, and shown again only at a press. What is left
of it, sealed, goes with the next hourly sweep.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from services.intake import drafts
from services.intake.domain.submission import Consent, Grant, Submission
from services.intake.drafts import Sent
from services.intake.http.public import answers, browser, journey, kept, offers, summary
from services.intake.http.public.ask import WHY, address
from services.intake.http.public.haste import slow_down
from services.intake.http.public.pages import page
from services.intake.http.public.sharing import LANGUAGE, Asked, asked
from services.intake.usecases import submit_request
from shared.errors import InvalidError
from shared.web import current_store
from shared.web.access import principal, public

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from flask import Response

    from services.intake.drafts import Draft
    from services.intake.storage import IntakeTransaction

bp = Blueprint("send", __name__, url_prefix="/ask")
PAGE_OF = {"person": "about-you", "contact": "phone", "needs": "needs", "story": "story"}


@bp.get("/check")
@public(WHY)
def check() -> Response:
    """Show all answers, or lead to the first that is missing."""
    return _check_page()


@bp.post("/check")
@public(WHY)
def send() -> Response:
    """Make the request, once."""
    with current_store().read(actor=principal()) as tx:
        draft, now = kept.open_draft(tx), tx.now
    slow_down(draft, now, trap=request.form.get("website", ""))
    try:
        with current_store().begin(actor=principal()) as tx:
            return _send(tx)
    except InvalidError as error:
        return _check_page(_by_page(error))


@bp.get("/done")
@public(WHY)
def done() -> Response:
    """Show reference and return code once, and afterwards only the reference."""
    with current_store().begin(actor=principal()) as tx:
        draft = kept.held_draft(tx)
        sent = draft.sent if draft else None
        if draft and sent and not sent.shown and request.method == "GET":
            draft.sent = replace(sent, shown=True)
            drafts.save(draft, tx)
    title = "We have your request" if sent else "There is nothing to show here"
    return page("ask/done.html", title, sent=sent)


@bp.post("/done")
@public(WHY)
def show_again() -> Response:
    """Show the code once more to the browser that sent the request, while we still have it."""
    with current_store().begin(actor=principal()) as tx:
        draft = kept.held_draft(tx)
        if draft and draft.sent:
            draft.sent = replace(draft.sent, shown=False)
            drafts.save(draft, tx)
    return browser.onward(url_for("send.done"))


def _send(tx: IntakeTransaction) -> Response:
    draft = kept.held_draft(tx)
    if draft and draft.sent:
        return browser.onward(url_for("send.done"))
    missing = journey.first_missing(draft)
    if draft is None or missing:
        return browser.onward(address(missing or journey.SLUGS[0]))
    question = asked(draft, tx)
    if not question.is_settled(draft):
        return browser.onward(address(journey.SHARING))
    if request.form.get("token") != draft.token:
        return browser.onward(url_for("send.check"))
    draft.sent, draft.answers = _submitted(draft, question, tx), {}
    drafts.save(draft, tx)
    return browser.onward(url_for("send.done"))


def _submitted(draft: Draft, question: Asked, tx: IntakeTransaction) -> Sent:
    ticked = draft.answers[journey.SHARING]["share"]
    granted = offers.grants(question.offered, ticked)
    told = {grant.recipient for grant in granted if grant.decision == "given"}
    consent = _consent(question, granted, tx.now.date())
    submitted = submit_request(_submission(draft, consent), tx)
    return Sent(
        reference=submitted.reference,
        return_code=submitted.return_code or "",
        reachable=answers.reachable(draft),
        recipients=tuple(o.agency for o in question.offered if o.agency_id in told),
        sent_at=tx.now,
        by_hand=all(offer.by_hand for offer in question.offered),
    )


def _consent(question: Asked, granted: tuple[Grant, ...], today: date) -> Consent:
    return Consent(
        notice=question.notice.id,
        language=question.notice.language,
        method="online_form",
        given_by="self",
        valid_until=answers.valid_until(today),
        grants=granted,
    )


def _submission(draft: Draft, consent: Consent) -> Submission:
    return Submission(
        person=answers.person(draft),
        contact=replace(answers.contact(draft), language=LANGUAGE),
        needs=answers.needs(draft),
        story=answers.story(draft),
        source="SELF_WEB",
        relationship="self",
        consent=consent,
    )


def _check_page(errors: Mapping[str, str] | None = None) -> Response:
    with current_store().read(actor=principal()) as tx:
        draft = kept.held_draft(tx)
        if draft and draft.sent:
            return browser.onward(url_for("send.done"))
        missing = journey.first_missing(draft)
        if draft is None or missing:
            return browser.onward(address(missing or journey.SLUGS[0]))
        question = asked(draft, tx)
    if not question.is_settled(draft):
        return browser.onward(address(journey.SHARING))
    return page(
        "ask/check.html",
        "Check your answers",
        errors=errors,
        rows=summary.rows(draft),
        shared=summary.shared_rows(question.offered, draft.answers[journey.SHARING]["share"]),
        token=draft.token,
        back=address(journey.SHARING),
    )


def _by_page(error: InvalidError) -> dict[str, str]:
    """Return one sentence for each page on which something must be put right."""
    slugs = {PAGE_OF.get(fault.pointer.split("/")[1], journey.SHARING) for fault in error.errors}
    sentence = "This answer can no longer be used. Please look at it again"
    return dict.fromkeys(sorted(slugs or {journey.SHARING}), sentence)
