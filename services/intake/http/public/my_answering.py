"""/my/question: answer when an agency nobody agreed to could help: yes, no, or not now.

Promise: nobody is told anything meanwhile; nothing is ticked for the person; the answer is
recorded with the words of the notice under which it was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, request, url_for

from services.intake.domain.consent_clocks import default_end
from services.intake.domain.submission import Consent, Grant
from services.intake.errors import NotPossibleError
from services.intake.http.public import browser
from services.intake.http.public.my_visit import mine, once_shown
from services.intake.http.public.pages import page
from services.intake.usecases.consenting import defer_consent, give_consent, refuse_consent
from services.intake.usecases.own_consents import Question, open_questions, question_of
from shared.codes import codes
from shared.errors import InvalidError
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from flask import Response

    from services.intake.storage import IntakeTransaction

bp = Blueprint("answering", __name__)
REFER, METHOD, SELF = "refer", "online_form", "self"
ANSWERS = ("yes", "no", "later")
TITLE = "Another agency could help you"
TICK = "Tick who may know what, or choose one of the other answers"


@bp.get("/question")
@person()
@once_shown("questions")
def first() -> Response:
    """Lead to the question that has waited longest."""
    with current_store().read(actor=principal()) as tx:
        waiting = open_questions(mine(), tx)
    if not waiting:
        return browser.onward(url_for("my.show"))
    return browser.onward(url_for("my.answering.ask", consent_id=waiting[0].consent_id))


@bp.get("/question/<uuid:consent_id>")
@person()
@once_shown("questions")
def ask(consent_id: UUID) -> Response:
    """Show who could help, and what they would be told."""
    return _question_page(consent_id)


@bp.post("/question/<uuid:consent_id>")
@person()
@once_shown("questions")
def answer(consent_id: UUID) -> Response:
    """Record yes to what was ticked, no, or not now."""
    said, ticked = request.form.get("answer", ""), set(request.form.getlist("share"))
    try:
        with current_store().begin(actor=principal()) as tx:
            question = question_of(mine(), consent_id, tx)
            if question is None:
                return browser.onward(url_for("my.show"))
            if said not in ANSWERS or (said == "yes" and not ticked):
                return _question_page(consent_id, {"choose": TICK})
            _record(said, question, ticked, tx)
    except (InvalidError, NotPossibleError) as error:
        return _question_page(consent_id, {"choose": str(error)})
    return browser.onward(url_for("my.show", done="told"))


def _record(said: str, question: Question, ticked: set[str], tx: IntakeTransaction) -> None:
    if said == "yes":
        consent = _consent(question, ticked, tx.now.date())
        give_consent(question.consent_id, mine(), consent, tx)
    elif said == "no":
        refuse_consent(question.consent_id, tx)
    elif not question.deferred:
        defer_consent(question.consent_id, tx)


def _consent(question: Question, ticked: set[str], today: date) -> Consent:
    grants = []
    for one in question.asked:
        kinds = [kind.category for kind in one.shared]
        given = tuple(kind for kind in kinds if f"{one.agency_id}.{kind}" in ticked)
        refused = tuple(kind for kind in kinds if kind not in given)
        if given:
            grants.append(Grant(REFER, one.agency_id, given, "given"))
        if refused:
            grants.append(Grant(REFER, one.agency_id, refused))
    return Consent(
        notice=question.notice_id,
        language=question.language,
        method=METHOD,
        given_by=SELF,
        valid_until=default_end(today),
        grants=tuple(grants),
    )


def _question_page(consent_id: UUID, errors: dict[str, str] | None = None) -> Response:
    with current_store().read(actor=principal()) as tx:
        question = question_of(mine(), consent_id, tx)
        if question is None:
            abort(404)
        notice = tx.notice_row(question.notice_id, question.language)
    return page(
        "my/question.html",
        TITLE,
        errors=errors,
        question=question,
        notice=notice.text if notice else "",
        ticked=frozenset(request.form.getlist("share")),
        categories=codes("categories"),
        back=url_for("my.show"),
    )
