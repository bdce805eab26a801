"""One case in a browser: what was said, what is to do, and writing down a meeting.

Promise: each look is recorded in the transaction that shows it; a refused form keeps what was
typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import redirect, render_template, request, url_for

from services.matching.domain.case_review import Decision
from services.matching.domain.plain_review import DECISIONS, WHY
from services.matching.errors import DealNotFoundError, DealRefusedError
from services.matching.http import words
from services.matching.http.case_review_pages import DONE, SITTING, bp
from services.matching.http.deals_words import id_in, told
from services.matching.http.typed_days import is_blank, typed_day
from services.matching.usecases.case_reviews import (
    Action,
    Review,
    case_seen,
    finish_action,
    record_review,
)
from services.matching.usecases.disclosing_cases import disclose_case
from services.matching.working_days import calendar_for
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from services.matching.domain.clocks import Calendar
    from services.matching.storage import MatchingTransaction
    from services.matching.usecases.disclosing_cases import OpenCase, Said, Todo

MOST_ACTIONS = 3
NO_DAY = "Enter a day, such as 5 12 2026."
NOT_TYPED = "Enter what will be done, who does it, and by when."


@bp.get("/cases/<uuid:case_id>")
@staff(*SITTING)
def case(case_id: UUID) -> ResponseReturnValue:
    """Show one case, and record that it was read."""
    with current_store().begin(actor=principal()) as tx:
        opened = disclose_case(case_id, tx)
    if opened is None:
        raise DealNotFoundError
    with current_store().read() as tx:
        return _case_page(opened, tx)


@bp.get("/cases/<uuid:case_id>/review")
@staff(*SITTING)
def review(case_id: UUID) -> ResponseReturnValue:
    """Ask what was said, what was decided, and who does what."""
    return _review_page(case_id, {})


@bp.post("/cases/<uuid:case_id>/review")
@staff(*SITTING)
def write_down(case_id: UUID) -> ResponseReturnValue:
    """Write down what the panel said and decided."""
    typed = request.form
    try:
        said = _typed_review()
        with current_store().begin(actor=principal()) as tx:
            record_review(case_id, whole_number(typed.get("version", "")), said, tx)
            panel_id = case_seen(case_id, tx)[1].id
    except DealRefusedError as error:
        return _review_page(case_id, typed, error.errors)
    return redirect(url_for("cases.show", panel_id=panel_id, done="recorded"), code=303)


@bp.post("/actions/<uuid:action_id>/done")
@staff(*SITTING)
def done(action_id: UUID) -> ResponseReturnValue:
    """Say that something is done."""
    with current_store().begin(actor=principal()) as tx:
        case_id = finish_action(action_id, tx)
    return redirect(url_for("cases.case", case_id=case_id), code=303)


def _case_page(opened: OpenCase, tx: MatchingTransaction) -> str:
    calendar, names = calendar_for(tx.nation()), tx.agency_names()
    mine = [r for r in tx.live_referrals(opened.case.request_id) if _is_mine(r)]
    return render_template(
        "matching/cases/case.html",
        case=opened.case,
        panel=opened.panel,
        facts=_facts(opened),
        said=[_said(one, calendar, names) for one in reversed(opened.minutes)],
        todo=[_todo(one, names) for one in opened.actions],
        referrals=[url_for("portal.show", referral_id=one.id) for one in mine],
        done=DONE.get(request.args.get("done", "")),
    )


def _is_mine(referral: Any) -> bool:  # noqa: ANN401 - a row of a referral
    sides = {referral.agency_id} if referral.sent_at else set()
    return principal().agency_id in sides | {referral.referrer_agency_id}


def _facts(opened: OpenCase) -> list[dict[str, str]]:
    copy = opened.line.request
    return [
        {"key": "Why it is here", "value": ". ".join(WHY.get(c, c) for c in opened.case.reasons)},
        {"key": "Help wanted", "value": words.words("needs", copy.needs)},
        {"key": "Urgency", "value": words.words("urgency", [copy.urgency])},
        *words.person_rows(copy),
        {"key": "Next meeting", "value": words.day(opened.case.meets_on)},
    ]


def _said(one: Said, calendar: Calendar, names: dict[UUID, str]) -> dict[str, str]:
    return {
        "title": "What was said",
        "at": words.hour(one.at, calendar),
        "datetime": one.at.isoformat(),
        "by": names.get(one.agency_id, "") if one.agency_id else "",
        "text": one.text,
    }


def _todo(one: Todo, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "text": one.text,
        "who": names.get(one.agency_id, ""),
        "by": words.day(one.due_on),
        "done": one.done,
        "href": url_for("cases.done", action_id=one.id)
        if one.agency_id == principal().agency_id and not one.done
        else None,
    }


def _typed_review() -> Review:
    typed = request.form
    again = typed_day(typed, "again")
    faults: list[Fault] = []
    if typed.get("decision") == Decision.AGAIN and again is None:
        faults.append(Fault("/again_on", NO_DAY))
    typed_in = [_typed_action(place, faults) for place in range(MOST_ACTIONS)]
    actions = [action for action in typed_in if action is not None]
    if faults:
        raise DealRefusedError("Something needs to be put right.", faults)
    return Review(typed.get("decision", ""), typed.get("minutes", ""), tuple(actions), again)


def _typed_action(place: int, faults: list[Fault]) -> Action | None:
    typed = request.form
    said, who = typed.get(f"words-{place}", ""), id_in(typed.get(f"agency-{place}", ""))
    day = typed_day(typed, f"due-{place}")
    if not said.strip() and who is None and is_blank(typed, f"due-{place}"):
        return None
    if who is None or day is None or not said.strip():
        faults.append(Fault(f"/actions/{place}/words", NOT_TYPED))
        return None
    return Action(said, who, day)


def _review_page(
    case_id: UUID,
    typed: Any,  # noqa: ANN401 - nothing, or the form as Flask holds it
    faults: Sequence[Fault] = (),
) -> ResponseReturnValue:
    with current_store().read(principal()) as tx:
        row, panel, _ = case_seen(case_id, tx)
        seats = {one.agency_id: one.agency for one in tx.seats(panel.id)}
        page = render_template(
            "matching/cases/review.html",
            case=row,
            version=typed.get("version", row.version),
            typed=typed,
            decisions=_radios(typed.get("decision", "")),
            agencies=[{"value": "", "text": "Choose"}]
            + [{"value": str(agency), "text": name} for agency, name in seats.items()],
            places=range(MOST_ACTIONS),
            **_told(faults),
        )
    return page, 422 if faults else 200


def _radios(chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": str(decision), "text": text, "checked": decision == chosen}
        for decision, text in DECISIONS.items()
    ]


def _told(faults: Sequence[Fault]) -> dict[str, Any]:
    return told([Fault(_place(fault.pointer), fault.detail) for fault in faults])


def _place(pointer: str) -> str:
    if pointer == "/again_on":
        return "/again-day"
    parts = pointer.strip("/").split("/")
    if parts[0] == "actions":
        return f"/words-{parts[1]}"
    return pointer
