"""Asking, answering, stopping and taking back in a browser; a refused form keeps what was typed.

Promise: each is one page with one button, built from one table, and works without scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from services.matching.domain.transitions import State
from services.matching.errors import AnswerRefusedError, NotPossibleError
from services.matching.http.attempts import attempt
from services.matching.http.numbers import whole_number
from services.matching.http.portal import bp, seen, service_name
from services.matching.http.schemas import LONGEST_NOTE
from services.matching.http.stopping_words import FORMS, Form
from services.matching.usecases import (
    Reason,
    acknowledge,
    answer,
    ask,
    cancel,
    confirm_cancel,
    refuse_cancel,
    withdraw,
)
from services.matching.usecases.cancelling import reasons_to_cancel
from services.matching.usecases.commanding import possible
from shared.codes import codes
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask.typing import ResponseReturnValue

    from services.matching.storage import MatchingTransaction

TOO_LONG = f"Write at most {LONGEST_NOTE} characters."
FIELDS = {"/reason": "reason", "/basis": "reason"}
NO_BASIS = "none"
KEEPS = "We must keep it:"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form brought: which referral, the version it was shown, a code and words."""

    referral: UUID
    version: int | None
    code: str
    words: str


def _acknowledge(sent: Sent, tx: MatchingTransaction) -> None:
    acknowledge(sent.referral, sent.version, None if sent.code == NO_BASIS else sent.code, tx)


COMMANDS: dict[str, Callable[[Sent, MatchingTransaction], None]] = {
    "ask": lambda sent, tx: ask(sent.referral, sent.version, sent.words, tx),
    "answer": lambda sent, tx: answer(sent.referral, sent.version, sent.words, tx),
    "cancel": lambda sent, tx: cancel(
        sent.referral, sent.version, Reason(sent.code, sent.words), tx
    ),
    "confirm-cancel": lambda sent, tx: confirm_cancel(sent.referral, sent.version, tx),
    "refuse-cancel": lambda sent, tx: refuse_cancel(sent.referral, sent.version, sent.words, tx),
    "acknowledge": _acknowledge,
    "withdraw": lambda sent, tx: withdraw(
        sent.referral, sent.version, Reason(sent.code, sent.words), tx
    ),
}
ACTION = f"<any({', '.join(repr(name) for name in COMMANDS)}):action>"


@bp.get(f"/referrals/<uuid:referral_id>/{ACTION}")
@staff("worker", "manager")
def act_form(referral_id: UUID, action: str) -> ResponseReturnValue:
    """Show the one form of an action."""
    return _page(FORMS[action], referral_id, {})


@bp.post(f"/referrals/<uuid:referral_id>/{ACTION}")
@staff("worker", "manager")
def act_now(referral_id: UUID, action: str) -> ResponseReturnValue:
    """Do it, and lead back to the referral."""
    form, typed = FORMS[action], request.form
    said, code = typed.get("words", ""), typed.get("reason", "")
    if faults := _faults(form, said, code):
        return _page(form, referral_id, typed, faults)
    sent = Sent(referral_id, whole_number(typed.get("version", "")), code, said)
    try:
        attempt(referral_id, form.wanted, lambda tx: COMMANDS[action](sent, tx))
    except AnswerRefusedError as error:
        return _page(form, referral_id, typed, error.errors)
    to = url_for("portal.show", referral_id=referral_id, done=action)
    return redirect(to, code=303)


def _faults(form: Form, said: str, code: str) -> list[Fault]:
    if len(said) > LONGEST_NOTE:
        return [Fault("/words", TOO_LONG)]
    if form.choices and not code:
        return [Fault("/reason", "Choose one.")]
    return []


def _page(
    form: Form,
    referral_id: UUID,
    typed: Any,  # noqa: ANN401 - nothing, or the form as Flask holds it
    faults: Sequence[Fault] = (),
) -> ResponseReturnValue:
    with current_store().read() as tx:
        row = seen(referral_id, tx)
        offered = possible(principal(), row, tx.now)
        if form.action not in offered and not faults:
            raise NotPossibleError(form.action, State(row.state), offered)
        places = {FIELDS.get(fault.pointer, "words"): fault.detail for fault in faults}
        page = render_template(
            "matching/act.html",
            referral=row,
            form=form,
            service=service_name(row, tx),
            typed=typed,
            version=typed.get("version", row.version),
            choices=_choices(form, tx),
            errors=[{"text": text, "href": f"#{place}"} for place, text in places.items()],
            faults={place: {"text": text} for place, text in places.items()},
        )
    return page, 422 if faults else 200


def _inside(sentence: str) -> str:
    """Return a sentence as it continues another."""
    return sentence[:1].lower() + sentence[1:]


def _choices(form: Form, tx: MatchingTransaction) -> list[dict[str, str]]:
    if form.choices == "reasons":
        return [{"value": code.code, "text": code.en} for code in reasons_to_cancel(tx)]
    if form.choices == "grounds":
        known = codes("override_grounds").values()
        grounds = [{"value": code.code, "text": f"{KEEPS} {_inside(code.en)}"} for code in known]
        return [{"value": NO_BASIS, "text": "We have stopped"}, *grounds]
    return []
