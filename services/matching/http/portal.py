"""The agency's portal: what needs an answer today, and each referral without personal data.

Promise: looking changes nothing; opening is a button. Who the person is stands on intake's
page, where every look is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import Blueprint, redirect, render_template, request, url_for

from services.matching.domain.capacity import Way
from services.matching.domain.plain import WAYS, WAYS_SENT
from services.matching.domain.transitions import TAKEN_ON, UNANSWERED, State
from services.matching.errors import ReferralNotFoundError
from services.matching.http import referral_rows, words
from services.matching.http.attempts import Press, attempt
from services.matching.http.helping_words import ACTIONS, NEXT, form_for
from services.matching.http.outcome_fields import needs_left
from services.matching.storage.guide import entry_of
from services.matching.usecases import content_of, open_referral
from services.matching.usecases.commanding import held_back, possible
from services.matching.usecases.content import ERASED, RESTRICTED, keeps_by_state
from services.matching.usecases.disclosing import open_to
from services.matching.usecases.explaining import for_sides
from services.matching.usecases.noting import is_writable
from services.matching.working_days import calendar_for
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from services.matching.usecases.content import Content

bp = Blueprint("portal", __name__, url_prefix="/agency")
LATER = "record-outcome"
"""What presses only while of some need nothing is said; more may be said later all the same."""
DONE = {
    "opened": "You have opened this referral. Please answer it below.",
    "accepted": "You have accepted this referral. We tell those who asked, where that is safe.",
    "declined": "You have declined this referral. We tell those who asked why, where that is safe.",
}
PAUSED = {
    State.HALTED: "The person's agreement has changed. Stop work on this referral now.",
    State.CANCEL_REQUESTED: "The referrer asks to stop this. Stop, or say why you go on.",
    State.INFO_REQUESTED: "A question was asked. Your time stands still until its answer is due.",
}
PAUSED_SENT = {
    State.HALTED: "The person's agreement has changed. The agency was told to stop.",
    State.CANCEL_REQUESTED: "You asked the agency to stop. It stops, or says why it goes on.",
    State.INFO_REQUESTED: "The agency has a question. Read it in the notes, then answer it.",
}
"""The same, to the agency that referred."""
WITHHELD = {
    ERASED: "The person's details were erased. You keep the reference, the stage and the dates.",
    RESTRICTED: (
        "The person's request is restricted. It is kept, and may be used for nothing. "
        "If you have a question, ask whoever sent this referral, or the hub's officer. "
        "Nobody is reminded of its dates until that ends."
    ),
}


@bp.get("/referrals/<uuid:referral_id>")
@staff("worker", "manager")
def show(referral_id: UUID) -> ResponseReturnValue:
    """Show one referral: what is asked, by when, and what has happened."""
    caller = principal()
    with current_store().read() as tx:
        row = seen(referral_id, tx)
        ours = row.agency_id == own_agency()
        calendar = calendar_for(tx.nation())
        events = tx.history([row.id])[row.id]
        content, said = content_of([row], caller, tx), for_sides(row.explanation, row.needs)
        names = tx.agency_names()
        return render_template(
            "matching/referral.html",
            referral=row,
            ours=ours,
            badge=words.state_badge(row, tx.now, sent_by_us=not ours),
            service=service_name(row, tx),
            rows=referral_rows.facts(row, names, content, tx),
            contacts=referral_rows.contacts(row, content, tx),
            outcomes=referral_rows.outcomes(row, content, tx),
            way=(WAYS if ours else WAYS_SENT)[Way(row.way)] if row.state in UNANSWERED else None,
            explanation=said if content.is_kept(row) else None,
            criteria=words.criterion_rows(said),
            rank=words.rank_sentence(said),
            history=words.history_items(
                events, calendar, agencies=names, staff=tx.staff_names(own_agency())
            ),
            actions=possible(caller, row, tx),
            held_back=held_back(caller, row, tx),
            answering=row.state in UNANSWERED - {State.SENT},
            writes=is_writable(caller, row, tx),
            noted=keeps_by_state(row, caller) and bool(open_to(caller, row, tx)),
            readable=readable(row, content) and row.state != State.SENT,
            **_further(row, content, tx),
            onward=_onward(row, content),
            withheld=WITHHELD.get(content.withheld(row) or ""),
            paused=(PAUSED if ours else PAUSED_SENT).get(row.state),
            done=_done(row, request.args.get("done", "")),
        )


@bp.get("/referrals/<uuid:referral_id>/read")
@staff("worker", "manager")
def read_first(referral_id: UUID) -> ResponseReturnValue:
    """Lead from a mail to the person's details, which asks before it records; else to the page."""
    with current_store().read() as tx:
        row = seen(referral_id, tx)
        content = content_of([row], principal(), tx)
    to = url_for("portal.show", referral_id=row.id)
    if readable(row, content) and row.state in UNANSWERED:
        to = f"/requests/{row.request_id}/person?referral={row.id}"
    return redirect(to, code=303)


@bp.post("/referrals/<uuid:referral_id>/open")
@staff("worker", "manager")
def open_it(referral_id: UUID) -> ResponseReturnValue:
    """Open the referral (T8)."""
    version = whole_number(request.form.get("version", ""))
    press = Press("open", {State.OPENED})
    attempt(referral_id, press, lambda tx: open_referral(referral_id, version, tx))
    return redirect(url_for("portal.show", referral_id=referral_id, done="opened"), code=303)


def _onward(row: Referral, content: Content) -> str | None:
    """Return where the person is referred on with what they agreed to, in codes alone."""
    if not readable(row, content) or row.state not in TAKEN_ON | {State.COMPLETED}:
        return None
    known = urlencode({"referral": row.id, "need": row.needs}, doseq=True)
    return f"/requests/{row.request_id}/onward?{known}"


def _further(row: Referral, content: Content, tx: MatchingTransaction) -> dict[str, Any]:
    """Return the one next step, and whatever else may be done."""
    offered = content.doable(row, possible(principal(), row, tx))
    actions = [action for action in offered if action in ACTIONS]
    pressing = [action for action in actions if action != LATER or needs_left(row, tx)]
    first = next((action for action in NEXT if action in pressing), None)
    if "open" in offered or "accept" in offered:
        first = None
    forms = {action: form_for(action, State(row.state)) for action in actions}
    return {"next_step": forms.pop(first) if first else None, "more": list(forms.values())}


def _done(row: Referral, told: str) -> str | None:
    """Return the words for what was just done, if it is still so."""
    if told in ACTIONS:
        form = form_for(told, State(row.state))
        return form.done if row.state in form.wanted else None
    so = row.state in {told, State.WAITING} if told == State.ACCEPTED else told == row.state
    return DONE.get(told) if so else None


def seen(referral_id: UUID, tx: MatchingTransaction) -> Referral:
    """Return the referral, or answer as if it did not exist."""
    row = tx.referral(referral_id, principal())
    if row is None:
        raise ReferralNotFoundError
    return row


def readable(row: Referral, content: Content) -> bool:
    """Tell whether the reader's agency may ask to see who the person is."""
    mine = row.agency_id == principal().agency_id and row.state != State.PROPOSED
    return mine and content.is_kept(row)


def own_agency() -> UUID:
    """Return the agency the reader works for."""
    agency_id = principal().agency_id
    if agency_id is None:
        raise ReferralNotFoundError
    return agency_id


def service_name(row: Referral, tx: MatchingTransaction) -> str:
    """Return the name of the service a referral was put to."""
    service = tx.shown_service(row.service_id)
    return entry_of(service.entry)["name"] if service is not None else "A service"
