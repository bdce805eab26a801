"""/rights/: officers answer what people ask of their data, and confirm what the schedule proposes.

Promise: everything opened here is recorded before it is shown, and nothing is decided by
whoever wrote down that it was asked.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from services.intake.domain import rights as words
from services.intake.domain.references import plain
from services.intake.errors import RequestNotFoundError, RightRefusedError
from services.intake.http import rights_words
from services.intake.storage import holds, rights
from services.intake.storage.hidden import is_hidden
from services.intake.usecases import retaining
from services.intake.usecases import rights as usecases
from services.intake.usecases.at_the_hub import is_hub
from services.intake.usecases.telling_all import everything_of
from shared.errors import InvalidError
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

bp = Blueprint("rights", __name__, url_prefix="/rights")

NO_STORE = {"Cache-Control": "no-store"}
LONGEST_TYPED = 40
RIGHTABLE = ("given_name", "family_name", "date_of_birth")


@bp.get("/")
@staff("officer")
def show_list() -> ResponseReturnValue:
    """List what waits for an answer, the soonest due first."""
    return _list()


def _list(fault: str | None = None) -> ResponseReturnValue:
    with current_store().read(actor=principal()) as tx:
        waiting = rights.open_cases(tx)
        cases = [_case(c, tx) for c in waiting if not is_hidden_here(c.request_id, tx)]
        proposed, papers = len(rights.open_disposals(tx)), rights.certificates(tx)
    page = render_template(
        "intake/rights/list.html", cases=cases, proposed=proposed, papers=papers, fault=fault
    )
    return page, 422 if fault else 200, NO_STORE


@bp.post("/find")
@staff("officer")
def find() -> ResponseReturnValue:
    """Find a request by its reference."""
    typed = plain(request.form.get("reference", "")[:LONGEST_TYPED])
    with current_store().read(actor=principal()) as tx:
        row = tx.request_by_reference(typed)
        known = row is not None and not is_hidden_here(row.id, tx)
    if row is None or not known:
        return _list("We have no request with this reference. Check the letters and numbers.")
    return redirect(url_for("rights.show", request_id=row.id), 303)


@bp.get("/requests/<uuid:request_id>")
@staff("officer")
def show(request_id: UUID) -> ResponseReturnValue:
    """Show what was asked about a request and what holds it; nothing personal."""
    return _shown(request_id)


def _shown(request_id: UUID, fault: str | None = None, status: int = 422) -> ResponseReturnValue:
    with current_store().read(actor=principal()) as tx:
        row = _visible(request_id, tx)
        facts = {
            "cases": [_case(case, tx) for case in rights.cases_of(request_id, tx)],
            "holds": rights.standing_holds(request_id, tx),
            "restricted": holds.RESTRICTED in holds.holds(request_id, tx),
            "erased": rights.erasure_row(request_id, tx),
            "shredded": rights.shreddings_of(request_id, tx),
        }
    page = render_template(
        "intake/rights/request.html",
        asked=row,
        fault=fault,
        words=words,
        told=rights_words,
        typed=request.form if fault else {},
        backup_days=retaining.backup_days(),
        **facts,
    )
    return page, status if fault else 200, NO_STORE


@bp.post("/requests/<uuid:request_id>/cases")
@staff("officer")
def ask(request_id: UUID) -> ResponseReturnValue:
    """Write down what somebody asks for."""
    kind, _, ground = request.form.get("what", "").partition(" ")
    return _done(request_id, lambda tx: usecases.ask(request_id, kind, ground, tx))


@bp.post("/requests/<uuid:request_id>/holds")
@staff("officer")
def place_hold(request_id: UUID) -> ResponseReturnValue:
    """Keep a request from being destroyed."""
    ground = request.form.get("ground", "")
    return _done(request_id, lambda tx: usecases.place_hold(request_id, ground, tx))


@bp.post("/requests/<uuid:request_id>/holds/<uuid:hold_id>/lift")
@staff("officer")
def lift_hold(request_id: UUID, hold_id: UUID) -> ResponseReturnValue:
    """End one legal hold."""
    return _done(request_id, lambda tx: usecases.lift_hold(request_id, hold_id, tx))


@bp.post("/requests/<uuid:request_id>/restriction/lift")
@staff("officer")
def lift_restriction(request_id: UUID) -> ResponseReturnValue:
    """Let what was agreed count again."""
    return _done(request_id, lambda tx: usecases.lift_restriction(request_id, tx))


@bp.post("/requests/<uuid:request_id>/cases/<uuid:case_id>")
@staff("officer")
def decide(request_id: UUID, case_id: UUID) -> ResponseReturnValue:
    """Say yes or no to what was asked."""
    decision = request.form.get("decision", "")

    def decided(tx: IntakeTransaction) -> None:
        _asked_here(request_id, case_id, tx)
        if decision == usecases.APPROVED:
            usecases.approve(case_id, tx)
        else:
            usecases.refuse(case_id, decision, tx)

    return _done(request_id, decided)


@bp.post("/requests/<uuid:request_id>/cases/<uuid:case_id>/rectify")
@staff("officer")
def rectify(request_id: UUID, case_id: UUID) -> ResponseReturnValue:
    """Put right what was asked; what is left empty stays as it is."""

    def rectified(tx: IntakeTransaction) -> None:
        _asked_here(request_id, case_id, tx)
        usecases.rectify(case_id, _changes(request.form), tx)

    return _done(request_id, rectified)


def _asked_here(request_id: UUID, case_id: UUID, tx: IntakeTransaction) -> None:
    """Raise RequestNotFoundError where a case is another request's, which may be hidden."""
    case = rights.case_row(case_id, tx)
    if case is None or case.request_id != request_id:
        raise RequestNotFoundError("there is no such case")


def _changes(form: Mapping[str, str]) -> dict[str, Any]:
    person: dict[str, Any] = {
        name: form[name].strip() for name in RIGHTABLE if form.get(name, "").strip()
    }
    if "date_of_birth" in person:
        person["date_of_birth"] = rights_words.day(person["date_of_birth"])
    story = form.get("story", "").strip()
    changes: dict[str, Any] = {"story": story} if story else {}
    if person:
        changes["person"] = person
    if not changes:
        raise InvalidError("Write at least one thing as it should be.")
    return changes


@bp.post("/requests/<uuid:request_id>/everything")
@staff("officer")
def everything(request_id: UUID) -> ResponseReturnValue:
    """Show all that is kept of the person, to print or to hand over; the reading is recorded."""
    withheld = frozenset(request.form.getlist("withheld")) & {"story", "notes"}
    try:
        with current_store().begin(actor=principal()) as tx:
            _visible(request_id, tx)
            told = everything_of(request_id, tx, withheld)
    except RightRefusedError as error:
        return _shown(request_id, str(error), 409)
    if request.form.get("form") == "json":
        return _as_file(asdict(told))
    page = render_template(
        "intake/rights/everything.html", told=told, words=rights_words, request_id=request_id
    )
    return page, 200, NO_STORE


def _as_file(told: dict[str, Any]) -> Response:
    answer = Response(rights_words.as_json(told), content_type="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="everything-we-keep.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _done(request_id: UUID, work: Any) -> ResponseReturnValue:  # noqa: ANN401 - a use case, bound
    """Do one thing and return to the request; a fault is told on its page."""
    try:
        with current_store().begin(actor=principal()) as tx:
            _visible(request_id, tx)
            work(tx)
    except InvalidError as error:
        return _shown(request_id, rights_words.sentence(error))
    except RightRefusedError as error:
        return _shown(request_id, str(error), 409)
    return redirect(url_for("rights.show", request_id=request_id), 303)


def _visible(request_id: UUID, tx: IntakeTransaction) -> Row[Any]:
    """Return a request; one that is hidden from this officer is not there."""
    row = tx.request_row(request_id)
    if row is None or is_hidden_here(request_id, tx):
        raise RequestNotFoundError("there is no such request")
    return row


def is_hidden_here(request_id: UUID, tx: IntakeTransaction) -> bool:
    """Tell whether this officer must not know of a request: it is hidden, or not their office."""
    if not is_hub(principal().agency_id, tx):
        return True
    return is_hidden(request_id, None, principal(), tx, team=None)


def _case(row: Row[Any], tx: IntakeTransaction) -> dict[str, Any]:
    about = tx.request_row(row.request_id)
    return {
        **row._mapping,  # noqa: SLF001 - SQLAlchemy's documented name
        "reference": about.reference if about else "",
        "what": words.KINDS.get(row.kind, row.kind),
        "why": words.GROUNDS.get(row.kind, {}).get(row.ground, row.ground),
        "late": row.state == rights.OPEN and row.due_at < tx.now,
        "mine": not words.may_decide(tx.actor.id, row.asked_by),
    }
