"""The public guide: who helps with what, where, and whether there are places.

Promise: what is typed is only looked up; neither the answer shows the postcode, nor the address
of a page, which a browser remembers, what help was looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import Blueprint, Response, redirect, render_template, url_for

from services.matching.domain.visibility import Audience
from services.matching.errors import ServiceNotFoundError
from services.matching.http import guide_kept
from services.matching.http.entry_shapes import Reading
from services.matching.http.guide_print import printed
from services.matching.http.guide_search import Search, asked, form_facts, found
from services.matching.http.guide_words import entry_words
from shared.identity import Principal
from shared.web import current_store
from shared.web.access import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("guide", __name__, url_prefix="/guide")
HELD = "guide"


@bp.get("")
@public("finding help needs no account")
def guide() -> ResponseReturnValue:
    """Show all services, and ask what help is looked for; what was, is forgotten."""
    guide_kept.forget(HELD)
    return _page(Search())


@bp.post("")
@public("finding help needs no account")
def look() -> ResponseReturnValue:
    """Look for a need, a place and an age; lead to what was found."""
    search = asked()
    if search.faults:
        return _page(search)
    with current_store().read() as tx:
        guide_kept.hold(HELD, search.without_postcode(), tx.now)
    return redirect(url_for("guide.results"), code=303)


@bp.get("/found")
@public("finding help needs no account")
def results() -> ResponseReturnValue:
    """Show the services that fit what this browser last looked for."""
    with current_store().read() as tx:
        told = guide_kept.held(HELD, tx.now)
    return redirect(url_for("guide.guide")) if told is None else _page(Search(**told))


@bp.get("/<uuid:service_id>")
@public("finding help needs no account")
def entry(service_id: UUID) -> str:
    """Show one service: whom it is for, what it does, and how to ask."""
    with current_store().read() as tx:
        row, reader = tx.shown_service(service_id), Reading(Principal.public(), tx)
        if row is None or not reader.finds(row):
            raise ServiceNotFoundError
        told = entry_words(row, tx.now, Audience.PUBLIC)
        back = guide_kept.held(HELD, tx.now) is not None
    return render_template("matching/guide_entry.html", entry=told, back=back)


@bp.get("/printed.pdf")
@public("the guide is for everyone, on paper too")
def on_paper() -> Response:
    """Give the public guide as one file to print."""
    with current_store().read() as tx:
        return printed(Reading(Principal.public(), tx), tx)


def _page(search: Search) -> ResponseReturnValue:
    with current_store().read() as tx:
        items = found(search, Reading(Principal.public(), tx), tx)
    for item in items:
        item["href"] = url_for("guide.entry", service_id=item["id"])
    page = render_template("matching/guide.html", items=items, **form_facts(search))
    return page, 422 if search.faults else 200
