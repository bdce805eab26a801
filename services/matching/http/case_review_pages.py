"""Case review in a browser: the panels, their agenda, and putting a request on it.

Promise: a page shows an attendee their own lines alone, and no words about a person; those
stand on the page of one case, where every look is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from services.matching.domain.plain_review import WHY
from services.matching.errors import DealNotFoundError, DealRefusedError
from services.matching.http import words
from services.matching.http.deals_words import told
from services.matching.usecases.case_reviews import list_case
from services.matching.usecases.disclosing_cases import agenda, suggestions, todo
from services.matching.usecases.panels import seated, today
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction
    from services.matching.usecases.case_access import Line
    from shared.errors import Fault

bp = Blueprint("cases", __name__, url_prefix="/agency/case-review")
KEEPER = "coordinator"
SITTING = ("worker", "manager", KEEPER)
UNSAID = "Open it to read. That is recorded."
DONE = {
    "made": "The panel is made. Now say who sits on it.",
    "seated": "Saved. Only the people you chose see their lines.",
    "listed": "It is on the agenda.",
    "recorded": "Saved. What was said is sealed.",
}


@bp.get("/")
@staff(*SITTING)
def panels() -> ResponseReturnValue:
    """Show the panels on which somebody sits; the coordinator sees that the others exist."""
    caller = principal()
    keeps = KEEPER in caller.roles
    with current_store().read(principal()) as tx:
        mine = tx.panels(UUID(caller.id)) if caller.id else []
        able = [row for row in mine if seated(row.id, tx)]
        others = [row for row in tx.panels() if row not in able] if keeps else []
        return render_template(
            "matching/cases/panels.html",
            rows=[_panel_row(row, tx) for row in able],
            others=[_kept_row(row) for row in others],
            keeps=keeps,
        )


@bp.get("/<uuid:panel_id>")
@staff(*SITTING)
def show(panel_id: UUID) -> ResponseReturnValue:
    """Show an attendee's own lines of the agenda, and what else should be talked about."""
    return _panel_page(panel_id)


@bp.post("/<uuid:panel_id>")
@staff(*SITTING)
def put_on(panel_id: UUID) -> ResponseReturnValue:
    """Put a request on the agenda."""
    try:
        with current_store().begin(actor=principal()) as tx:
            list_case(panel_id, request.form.get("reference", ""), tx)
    except DealRefusedError as error:
        return _panel_page(panel_id, request.form, error.errors)
    return redirect(url_for("cases.show", panel_id=panel_id, done="listed"), code=303)


def _panel_page(
    panel_id: UUID,
    typed: Any = None,  # noqa: ANN401 - nothing, or the form as Flask holds it
    faults: Sequence[Fault] = (),
) -> ResponseReturnValue:
    with current_store().read(principal()) as tx:
        panel = seated(panel_id, tx)
        if panel is None:
            raise DealNotFoundError
        page = render_template(
            "matching/cases/agenda.html",
            panel=panel,
            meets=words.day(panel.meets_on),
            rows=[_case_row(case, line) for case, line in agenda(panel, tx)],
            suggested=[_suggestion(line, tx) for line in suggestions(panel, tx)],
            todo=[_todo_row(action, today(tx)) for action, _ in todo(panel, tx)],
            sitting=[f"{one.name}, {one.agency}" for one in tx.seats(panel.id)],
            typed=typed or {},
            keeps=KEEPER in principal().roles,
            done=DONE.get(request.args.get("done", "")),
            **told(faults),
        )
    return page, 422 if faults else 200


def _panel_row(row: Row[Any], tx: MatchingTransaction) -> list[Any]:
    href = url_for("cases.show", panel_id=row.id)
    lines = len(agenda(row, tx))
    return [
        {"text": row.name, "href": href},
        words.short_day(row.meets_on),
        "1 case" if lines == 1 else f"{lines} cases",
    ]


def _kept_row(row: Row[Any]) -> list[Any]:
    href = url_for("cases.seats", panel_id=row.id)
    link = {"text": f"Who sits on {row.name}", "href": href}
    return [row.name, words.short_day(row.meets_on), link]


def _case_row(case: Row[Any], line: Line) -> list[Any]:
    known = line.is_known_to(principal().agency_id)
    return [
        {"text": case.reference, "href": url_for("cases.case", case_id=case.id)},
        _reasons(case.reasons) if known else UNSAID,
        words.words("urgency", [line.request.urgency]) if known else UNSAID,
        words.short_day(case.meets_on),
        {"text": "Talked about", "tone": "waiting"}
        if case.decision
        else {"text": "New", "tone": "today"},
    ]


def _todo_row(action: Row[Any], now: date) -> list[Any]:
    late = action.due_on < now
    return [
        {"text": action.reference, "href": url_for("cases.case", case_id=action.case_id)},
        words.day(action.due_on),
        {"text": "Overdue" if late else "To do", "tone": "urgent" if late else "neutral"},
    ]


def _suggestion(line: Line, tx: MatchingTransaction) -> dict[str, str]:
    return {"reference": line.request.reference, "why": _reasons(line.why(tx))}


def _reasons(codes: Sequence[str]) -> str:
    return ". ".join(WHY.get(code, code) for code in codes) + "."
