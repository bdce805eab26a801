"""The guide as workers of the partnership read it: whom to ring first, and services unlisted.

Promise: what only workers may find is here and on no public page, and even here without the
place and the contact that its agency keeps to itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import Blueprint, Response, redirect, render_template, request, url_for

from services.matching.domain.visibility import REFERRING_ROLES
from services.matching.errors import ClosureRefusedError, ServiceNotFoundError
from services.matching.http import guide_kept
from services.matching.http.entry_shapes import reading
from services.matching.http.guide_print import printed
from services.matching.http.guide_search import Search, asked, form_facts, found
from services.matching.http.guide_words import entry_words
from services.matching.usecases.pausing import COORDINATES, SAY_WHY, end_pause, pause_service
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("partner_guide", __name__, url_prefix="/agency/guide")
ROLES = sorted(REFERRING_ROLES)
HELD = "workers-guide"
DONE = {
    "paused": "Paused. Nobody new is sent there, and its agency sees why.",
    "unpaused": "The pause has ended.",
}


@bp.get("")
@staff(*ROLES)
def guide() -> ResponseReturnValue:
    """Show workers all services, and ask what help is looked for."""
    guide_kept.forget(HELD)
    return _list(Search())


@bp.post("")
@staff(*ROLES)
def look() -> ResponseReturnValue:
    """Look for a need, a place and an age; lead to what was found."""
    search = asked()
    if search.faults:
        return _list(search)
    with current_store().read() as tx:
        guide_kept.hold(HELD, search.without_postcode(), tx.now)
    return redirect(url_for("partner_guide.results"), code=303)


@bp.get("/found")
@staff(*ROLES)
def results() -> ResponseReturnValue:
    """Show workers the services that fit what was last looked for."""
    with current_store().read() as tx:
        told = guide_kept.held(HELD, tx.now)
    return redirect(url_for("partner_guide.guide")) if told is None else _list(Search(**told))


@bp.get("/<uuid:service_id>")
@staff(*ROLES)
def entry(service_id: UUID) -> str:
    """Show a worker one service, with whom to ring before referring."""
    return _page(service_id)


@bp.post("/<uuid:service_id>/pause")
@staff(*COORDINATES)
def pause(service_id: UUID) -> ResponseReturnValue:
    """Send nobody new to a service."""
    reason = request.form.get("reason", "")
    try:
        with current_store().begin(actor=principal()) as tx:
            pause_service(service_id, reason, tx)
    except ClosureRefusedError:
        return _page(service_id, reason, fault=SAY_WHY), 422
    return redirect(url_for("partner_guide.entry", service_id=service_id, done="paused"), code=303)


@bp.post("/<uuid:service_id>/unpause")
@staff(*COORDINATES)
def unpause(service_id: UUID) -> ResponseReturnValue:
    """Let people be sent to a service again."""
    with current_store().begin(actor=principal()) as tx:
        end_pause(service_id, tx)
    there = url_for("partner_guide.entry", service_id=service_id, done="unpaused")
    return redirect(there, code=303)


@bp.get("/printed.pdf")
@staff(*ROLES)
def on_paper() -> Response:
    """Give partners their edition of the guide as one file to print."""
    with current_store().read() as tx:
        return printed(reading(tx), tx)


def _list(search: Search) -> ResponseReturnValue:
    with current_store().read() as tx:
        items = found(search, reading(tx), tx)
    for item in items:
        item["href"] = url_for("partner_guide.entry", service_id=item["id"])
    page = render_template("matching/partner_guide.html", items=items, **form_facts(search))
    return page, 422 if search.faults else 200


def _page(service_id: UUID, typed: str = "", fault: str | None = None) -> str:
    with current_store().read() as tx:
        row, reader = tx.shown_service(service_id), reading(tx)
        if row is None or not reader.finds(row):
            raise ServiceNotFoundError
        return render_template(
            "matching/partner_guide_entry.html",
            entry=entry_words(row, tx.now, reader.of(row)),
            back=guide_kept.held(HELD, tx.now) is not None,
            paused=row.paused,
            coordinates=not COORDINATES.isdisjoint(principal().roles),
            typed=typed,
            fault=fault,
            done=DONE.get(request.args.get("done", "")),
        )
