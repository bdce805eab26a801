"""/my/show: story and names open at a press, and close at a press.

Promise: where details are hidden they open only for the code word, whoever has the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from services.intake import visits
from services.intake.forms.spelling import tidy
from services.intake.http.public import browser
from services.intake.http.public.my_visit import (
    mine,
    place,
    told_to_wait,
    visit,
    visit_id,
    wait_in_words,
)
from services.intake.http.public.pages import page
from services.intake.http.public.whom_to_ring import whom_to_ring
from services.intake.storage.access_codes import page_of
from services.intake.usecases.guarding import Proof, prove_word, unhide_details
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("door", __name__)
LEADS = {
    "details": "my.details.show",
    "sharing": "my.sharing.ask",
    "receipts": "my.receipts.show",
    "questions": "my.answering.first",
    "again": "my.again.ask",
}
"""Where 'show' may lead to."""
TITLE = "Show names and what you told us"


@bp.get("/show")
@person()
def ask() -> Response:
    """Say what comes next, so that nobody reads over a shoulder."""
    if visit().shown:
        return browser.onward(_lead())
    return _door_page()


@bp.post("/show")
@person()
def open_details() -> Response:
    """Open story and names in this visit; hidden ones for the code word only."""
    typed = tidy(request.form.get("word", ""))
    with current_store().begin(actor=principal()) as tx:
        hidden = page_of(mine(), tx).hidden_at is not None
        proof = (
            prove_word(mine(), typed, place(), tx) if hidden and typed else Proof(right=not hidden)
        )
        if proof.right:
            if hidden:
                unhide_details(mine(), tx)
            visits.show_in(visit_id(), tx, shown=True)
    return browser.onward(_lead()) if proof.right else _not_proved(typed, proof)


@bp.post("/hide")
@person()
def close_details() -> Response:
    """Close story and names in this visit."""
    with current_store().begin(actor=principal()) as tx:
        visits.show_in(visit_id(), tx, shown=False)
    return browser.onward(url_for("my.show"))


def _not_proved(typed: str, proof: Proof) -> Response:
    if proof.wait:
        sentence = f"There were too many wrong tries. Wait {wait_in_words(proof.wait)}"
        return told_to_wait(_door_page({"word": sentence}, 429), proof.wait)
    return _door_page({"word": "This is not your code word" if typed else "Enter your code word"})


def _door_page(errors: dict[str, str] | None = None, status: int | None = None) -> Response:
    with current_store().read(actor=principal()) as tx:
        hidden, hub = page_of(mine(), tx).hidden_at is not None, whom_to_ring(tx)
    return page(
        "my/door.html",
        TITLE,
        errors=errors,
        status=status,
        hidden=hidden,
        hub=hub,
        to=_to(),
        back=url_for("my.show"),
    )


def _to() -> str:
    asked = request.values.get("to", "")
    return asked if asked in LEADS else "details"


def _lead() -> str:
    return url_for(LEADS[_to()])
