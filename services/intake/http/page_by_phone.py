"""/requests/<id>/page and /requests/on-the-phone: a worker changes a person's page for them.

Promise: nothing is shown of the person; without the code word nothing is done, and whoever
asks about a request of others learns no more than about one that does not exist. A new code
is shown on the page after, once; Back and reload do nothing again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, make_response, render_template, request, url_for

from services.intake import drafts
from services.intake.forms.spelling import tidy
from services.intake.http.public import browser
from services.intake.http.public.my_visit import told_to_wait, wait_in_words
from services.intake.usecases.guarding import LONGEST_WORD
from services.intake.usecases.phoning import (
    ACTIONS,
    Done,
    KnownPage,
    first_code,
    on_the_phone,
    page_before,
)
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

    from services.intake.storage import IntakeTransaction

bp = Blueprint("page_by_phone", __name__, url_prefix="/requests")
ROLES = ("worker", "manager", "coordinator")
TITLE = "Change their page with a person"
WORDS = {
    "code": "Give them a new return code",
    "hide": "Hide their details on the page",
    "unhide": "Let the page show details again",
    "freeze": "Freeze the page: no code opens it",
    "thaw": "Open a frozen page again",
}
DONE = {
    "code": "The old code opens nothing now. Say the new one slowly, twice.",
    "hide": "Their page shows stages only now.",
    "unhide": "Their page can show details again.",
    "freeze": "No code opens their page now. Agencies go on helping.",
    "thaw": "Their return code opens the page again.",
}
WRONG = "This reference and this code word do not belong together. Ask again"
FIRST = "first"
NEW_CODE = "code-by-phone"
"""The cookie that holds the id under which a new code waits, sealed, to be shown once."""


@bp.get("/on-the-phone")
@staff(*ROLES)
def ask_reference() -> Response:
    """Ask for reference, code word and what to do."""
    return _page()


@bp.post("/on-the-phone")
@staff(*ROLES)
def by_reference() -> Response:
    """Do it, if reference and code word belong together."""
    return _try(_typed("reference"))


@bp.get("/on-the-phone/code")
@staff(*ROLES)
def show_code() -> Response:
    """Show a new code, once; it is gone from here when it was shown."""
    held = browser.held(NEW_CODE)
    with current_store().begin(actor=principal()) as tx:
        kept = drafts.find(held, tx) if held else None
        sent = kept.sent if kept and (kept.way, kept.owner) == (NEW_CODE, principal().id) else None
        if held and sent:
            drafts.delete_draft(held, tx)
    html = render_template("intake/staff/code_by_phone.html", sent=sent, said=DONE["code"])
    return browser.forget(make_response(html, 200, {"Cache-Control": "no-store"}), NEW_CODE)


@bp.get("/<uuid:request_id>/page")
@staff(*ROLES)
def ask_word(request_id: UUID) -> Response:
    """Ask for the code word and what to do, for a request already found."""
    return _page(_known(request_id), request_id=request_id)


@bp.post("/<uuid:request_id>/page")
@staff(*ROLES)
def by_id(request_id: UUID) -> Response:
    """Do it, if the code word is right; or give the first code where there was none."""
    known = _known(request_id)
    if _typed("action") == FIRST:
        with current_store().begin(actor=principal()) as tx:
            code = first_code(request_id, tx)
            kept = _keep_code(known.reference, code, tx)
        return _lead_to_code(kept)
    return _try(known.reference, known, request_id)


def _known(request_id: UUID) -> KnownPage:
    with current_store().read(actor=principal()) as tx:
        return page_before(request_id, tx)


def _try(
    reference: str, known: KnownPage | None = None, request_id: UUID | None = None
) -> Response:
    action, word = _typed("action"), _typed("word")
    errors = _missing(reference, word, action)
    if errors:
        return _page(known, errors, request_id=request_id)
    with current_store().begin(actor=principal()) as tx:
        answer = on_the_phone(reference, word, action, tx)
        kept = _keep_code(reference, answer.code, tx) if answer.code else ""
    if not answer.proof.right:
        return _not_done(answer, known, request_id)
    if kept:
        return _lead_to_code(kept)
    return browser.onward(f"{request.path}?{urlencode({'done': action})}")


def _keep_code(reference: str, code: str, tx: IntakeTransaction) -> str:
    """Keep a new code sealed, for the page that shows it; return the id it waits under."""
    draft = drafts.new_draft(tx.now, NEW_CODE, principal().id)
    draft.sent = drafts.Sent(
        reference=reference, return_code=code, reachable=True, recipients=(), sent_at=tx.now
    )
    drafts.save(draft, tx)
    return draft.id


def _lead_to_code(kept: str) -> Response:
    onward = browser.onward(url_for("page_by_phone.show_code"))
    return browser.hold(onward, NEW_CODE, kept)


def _not_done(answer: Done, known: KnownPage | None, request_id: UUID | None) -> Response:
    wait = answer.proof.wait
    if not wait:
        return _page(known, {"word": WRONG}, request_id=request_id)
    often = f"There were too many wrong tries. Wait {wait_in_words(wait)}"
    return told_to_wait(_page(known, {"word": often}, 429, request_id=request_id), wait)


def _missing(reference: str, word: str, action: str) -> dict[str, str]:
    found = {}
    if not reference:
        found["reference"] = "Enter the reference"
    if not word:
        found["word"] = "Enter the code word they said"
    if action not in ACTIONS:
        found["action"] = "Choose what to do"
    return found


def _typed(name: str) -> str:
    return tidy(request.form.get(name, ""))[:LONGEST_WORD]


def _page(
    known: KnownPage | None = None,
    errors: dict[str, str] | None = None,
    status: int | None = None,
    **facts: object,
) -> Response:
    html = render_template(
        "intake/staff/page_by_phone.html",
        title=TITLE,
        known=known,
        errors=errors or {},
        done=None if errors else DONE.get(request.args.get("done", "")),
        words=WORDS,
        typed={name: _typed(name) for name in ("reference", "action")},
        **facts,
    )
    if status is None:
        status = 422 if errors else 200
    return make_response(html, status)
