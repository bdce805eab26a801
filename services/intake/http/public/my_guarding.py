"""/my/safety: a new return code, hidden details, a frozen page.

Promise: a new code counts only once its owner has typed it, so that nobody is locked out
by a page that never arrived; hiding and freezing need a code word to come back by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from services.intake import visits
from services.intake.domain.references import plain
from services.intake.forms.spelling import tidy
from services.intake.http.public import browser
from services.intake.http.public.my_visit import (
    mine,
    place,
    told_to_wait,
    visit_id,
    wait_in_words,
)
from services.intake.http.public.pages import page
from services.intake.http.public.whom_to_ring import whom_to_ring
from services.intake.storage.access_codes import page_of
from services.intake.usecases.guarding import (
    LONGEST_WORD,
    agree_code_word,
    code_word_of,
    freeze_page,
    fresh_code,
    hide_details,
    prove_code,
    put_code_in_force,
)
from shared.web import current_store
from shared.web.access import person, principal, public

if TYPE_CHECKING:
    from flask import Response

    from services.intake.storage import IntakeTransaction
    from services.intake.usecases.guarding import Proof

bp = Blueprint("guarding", __name__)
SHORTEST_WORD = 4


@bp.get("/safety")
@person()
def show() -> Response:
    """Offer the three ways to keep this page to oneself."""
    return _safety_page()


@bp.post("/code")
@person()
def begin_code() -> Response:
    """Make a new code after the present one was typed again; it does not count yet."""
    typed = tidy(request.form.get("code", ""))
    if not typed:
        return _safety_page({"code": "Enter the return code you have now"})
    with current_store().begin(actor=principal()) as tx:
        proof = prove_code(mine(), typed, place(), tx)
        if proof.right:
            visits.keep_new_code(visit_id(), fresh_code(), tx)
    if not proof.right:
        return _wrong("code", "This is not your return code", proof)
    return browser.onward(url_for("my.guarding.new_code"))


@bp.get("/code")
@person()
def new_code() -> Response:
    """Show the new code until it has been typed."""
    return _code_page()


@bp.post("/code/use")
@person()
def use_code() -> Response:
    """Let the new code count, once it was typed as it is."""
    typed = plain(request.form.get("code", "")[:LONGEST_WORD])
    with current_store().begin(actor=principal()) as tx:
        waiting = visits.new_code_of(visit_id(), tx)
        right = waiting is not None and plain(waiting) == typed
        if right:
            put_code_in_force(mine(), typed, tx, but=visit_id())
            visits.keep_new_code(visit_id(), None, tx)
    if waiting and not right:
        return _code_page({"code": "This is not the new code. Look again and type it"})
    return browser.onward(url_for("my.show", done="code" if right else None))


@bp.post("/hidden")
@person()
def hide() -> Response:
    """Show stages only from now on, until the code word is said."""
    with current_store().begin(actor=principal()) as tx:
        errors = _agree_word("hidden", tx)
        if not errors:
            hide_details(mine(), tx)
    return _safety_page(errors) if errors else browser.onward(url_for("my.show", done="hidden"))


@bp.post("/frozen")
@person()
def freeze() -> Response:
    """Let nobody open the page, until the code word is said on the phone."""
    with current_store().begin(actor=principal()) as tx:
        errors = _agree_word("frozen", tx)
        if not errors:
            freeze_page(mine(), tx)
    if errors:
        return _safety_page(errors)
    return browser.forget(browser.onward(url_for("my.guarding.frozen")), browser.VISIT)


@bp.get("/frozen")
@public("it says only how a frozen page is opened again")
def frozen() -> Response:
    """Say that nobody can open the page now, and how it opens again."""
    with current_store().read(actor=principal()) as tx:
        return page("my/frozen.html", "Your page is frozen", hub=whom_to_ring(tx), just_now=True)


def _agree_word(what: str, tx: IntakeTransaction) -> dict[str, str]:
    """Keep the code word that was typed where none was agreed; ask for one otherwise."""
    if code_word_of(mine(), tx):
        return {}
    word = tidy(request.form.get("word", ""))[:LONGEST_WORD]
    if sum(letter.isalnum() for letter in word) < SHORTEST_WORD:
        return {f"{what}-word": f"Choose a code word of at least {SHORTEST_WORD} letters"}
    agree_code_word(mine(), word, tx)
    return {}


def _wrong(field: str, sentence: str, proof: Proof) -> Response:
    if not proof.wait:
        return _safety_page({field: sentence})
    often = f"There were too many wrong tries. Wait {wait_in_words(proof.wait)}"
    return told_to_wait(_safety_page({field: often}, 429), proof.wait)


def _safety_page(errors: dict[str, str] | None = None, status: int | None = None) -> Response:
    with current_store().read(actor=principal()) as tx:
        kept, hub = page_of(mine(), tx), whom_to_ring(tx)
        has_word = code_word_of(mine(), tx) is not None
    return page(
        "my/safety.html",
        "Keep this page to yourself",
        errors=errors,
        status=status,
        kept=kept,
        has_word=has_word,
        hub=hub,
        back=url_for("my.show"),
    )


def _code_page(errors: dict[str, str] | None = None) -> Response:
    with current_store().read(actor=principal()) as tx:
        waiting = visits.new_code_of(visit_id(), tx)
    if waiting is None:
        return browser.onward(url_for("my.guarding.show"))
    return page(
        "my/code.html",
        "Your new return code",
        errors=errors,
        code=waiting,
        back=url_for("my.guarding.show"),
    )
