"""The coordinator's desk in a browser: what nobody else moves on, one decision at a time.

Promise: it shows codes and stages, never who somebody is; words written here are read recorded.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import Blueprint, redirect, render_template, request, url_for

from services.matching.domain.desk import KINDS, Kind
from services.matching.errors import AnswerRefusedError, LineNotFoundError
from services.matching.http import desk_words, words
from services.matching.http.portal import own_agency
from services.matching.http.typed_days import typed_day
from services.matching.storage.desk import COORDINATOR, Listed
from services.matching.usecases.desking import Decided, decide, read_words, take_line
from services.matching.usecases.queueing import desk_queue
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction

bp = Blueprint("desk", __name__, url_prefix="/agency/desk")
PAGE, LONGEST = 50, 1000
FIELDS = {"/decision": "decision", "/why": "why", "/look_on": "look-day"}
DONE = {
    "decided": "Your decision is recorded.",
    "taken": "This is yours now.",
    "sent": "It was put to the service. The agency has been told.",
    "asked": "The person is asked first. Nothing is sent until they agree.",
}
TOO_LONG = f"Write at most {LONGEST} characters."


@bp.get("/")
@staff(COORDINATOR)
def listing() -> ResponseReturnValue:
    """Show what waits on the desk: by risk and by how long the person has waited."""
    listed, page = _listed(), max(1, whole_number(request.args.get("page", "")) or 1)
    with current_store().read(principal()) as tx:
        calendar, people = tx.calendar(), tx.staff_names(own_agency())
        today = calendar.local_date(tx.now)
        queue = desk_queue(listed, today, tx)
        lines = [place.what for place in queue[(page - 1) * PAGE : page * PAGE + 1]]
        return render_template(
            "matching/desk/list.html",
            counts=desk_words.counts(tx.desk_counts(principal(), today)),
            tabs=desk_words.tabs(listed),
            caption=KINDS[listed.kind].name if listed.kind else "What waits",
            columns=desk_words.COLUMNS,
            rows=[desk_words.row_of(line, people, tx.now, calendar) for line in lines[:PAGE]],
            before=_at(page - 1) if page > 1 else None,
            after=_at(page + 1) if len(lines) > PAGE else None,
            done=DONE.get(request.args.get("done", "")),
        )


@bp.get("/<uuid:line_id>")
@staff(COORDINATOR)
def show(line_id: UUID) -> ResponseReturnValue:
    """Show one line: why it is here, what was tried, and what may be decided."""
    return _page(line_id)


@bp.post("/<uuid:line_id>/take")
@staff(COORDINATOR)
def take(line_id: UUID) -> ResponseReturnValue:
    """Make a line one's own."""
    with current_store().begin(actor=principal()) as tx:
        take_line(line_id, whole_number(request.form.get("version", "")), tx)
    return redirect(url_for("desk.show", line_id=line_id, done="taken"), code=303)


@bp.post("/<uuid:line_id>/decide")
@staff(COORDINATOR)
def decide_it(line_id: UUID) -> ResponseReturnValue:
    """Record a decision."""
    typed = request.form
    why = typed.get("why", "")
    if len(why) > LONGEST:
        return _page(line_id, faults=[Fault("/why", TOO_LONG)])
    said = Decided(typed.get("decision", ""), typed_day(typed, "look"), why)
    try:
        with current_store().begin(actor=principal()) as tx:
            decide(line_id, whole_number(typed.get("version", "")), said, tx)
    except AnswerRefusedError as error:
        return _page(line_id, faults=error.errors)
    return redirect(url_for("desk.listing", done="decided"), code=303)


@bp.post("/<uuid:line_id>/words")
@staff(COORDINATOR)
def read(line_id: UUID) -> ResponseReturnValue:
    """Show what was written with the decisions; that it was read is recorded."""
    with current_store().begin(actor=principal()) as tx:
        said = read_words(line_id, tx)
    return _page(line_id, said=said)


def _listed() -> Listed:
    kind = None
    with suppress(ValueError):
        kind = Kind(request.args.get("kind", ""))
    return Listed(kind, mine="mine" in request.args, later="later" in request.args)


def _at(page: int) -> str:
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("kind", "mine", "later") if name in request.args
    }
    return url_for("desk.listing", **kept, page=page)


def _page(
    line_id: UUID, *, faults: Sequence[Fault] = (), said: Sequence[Any] = ()
) -> ResponseReturnValue:
    with current_store().read() as tx:
        line = tx.line_on_desk(line_id, principal())
        if line is None:
            raise LineNotFoundError
        page = render_template("matching/desk/show.html", **_shown(line, faults, said, tx))
    return page, 422 if faults else 200


def _shown(
    line: Row[Any], faults: Sequence[Fault], said: Sequence[Any], tx: MatchingTransaction
) -> dict[str, Any]:
    people, calendar = tx.staff_names(own_agency()), tx.calendar()
    restricted = tx.is_restricted(line.request_id)
    places = {FIELDS.get(fault.pointer, "decision"): fault.detail for fault in faults}
    return {
        "line": line,
        "about": KINDS[Kind(line.kind)],
        "restricted": restricted,
        "because": None if restricted else desk_words.because(line),
        "facts": desk_words.facts(line, people, tx),
        "tried": desk_words.tried(line, tx),
        "history": desk_words.history(line, people, tx),
        "worded": any(one.sealed for one in tx.decisions_of(line.id)),
        "choices": [
            {"value": one.code, "text": one.text} for one in KINDS[Kind(line.kind)].decisions
        ],
        "put_on": url_for("desk.choose", line_id=line.id),
        "said": [(words.hour(at, calendar), text) for at, text in said],
        "mine": str(line.owner_id) == str(principal().id),
        "typed": request.form if faults else {},
        "version": request.form.get("version", line.version) if faults else line.version,
        "errors": [{"text": text, "href": f"#{place}"} for place, text in places.items()],
        "faults": {place: {"text": text} for place, text in places.items()},
        "done": DONE.get(request.args.get("done", "")),
    }
