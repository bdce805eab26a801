"""The guide as workers of the partnership read it: whom to ring first, and services unlisted.

Promise: what only workers may find is here and on no public page, and even here without the
place and the contact that its agency keeps to itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import Blueprint, Response, render_template, url_for

from services.matching.domain.visibility import REFERRING_ROLES
from services.matching.errors import ServiceNotFoundError
from services.matching.http.entry_shapes import reading
from services.matching.http.guide_print import printed
from services.matching.http.guide_search import asked, form_facts, found
from services.matching.http.guide_words import entry_words
from shared.web import current_store
from shared.web.access import staff

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("partner_guide", __name__, url_prefix="/agency/guide")
ROLES = sorted(REFERRING_ROLES)


@bp.get("")
@bp.post("")
@staff(*ROLES)
def guide() -> ResponseReturnValue:
    """Show workers the services that fit a need, a place and an age."""
    search = asked()
    with current_store().read() as tx:
        items = found(search, reading(tx), tx)
    for item in items:
        item["href"] = url_for("partner_guide.entry", service_id=item["id"])
    page = render_template("matching/partner_guide.html", items=items, **form_facts(search))
    return page, 422 if search.faults else 200


@bp.get("/<uuid:service_id>")
@staff(*ROLES)
def entry(service_id: UUID) -> str:
    """Show a worker one service, with whom to ring before referring."""
    with current_store().read() as tx:
        row, reader = tx.shown_service(service_id), reading(tx)
        if row is None or not reader.finds(row):
            raise ServiceNotFoundError
        told = entry_words(row, tx.now, reader.of(row))
    return render_template("matching/partner_guide_entry.html", entry=told)


@bp.get("/printed.pdf")
@staff(*ROLES)
def on_paper() -> Response:
    """Give partners their edition of the guide as one file to print."""
    with current_store().read() as tx:
        return printed(reading(tx), tx)
