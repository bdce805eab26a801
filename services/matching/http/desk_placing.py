"""Putting a request to a service from the desk: chosen by hand, with the reason written down."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from flask import redirect, render_template, request, url_for

from services.matching.errors import AnswerRefusedError, LineNotFoundError, RequestRestrictedError
from services.matching.http import desk_words
from services.matching.http.desk_pages import bp
from services.matching.storage.desk import COORDINATOR
from services.matching.usecases.desking import Chosen, put_to_service
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

FIELDS = {"/reason": "reason", "/again": "again"}


@bp.get("/<uuid:line_id>/service")
@staff(COORDINATOR)
def choose(line_id: UUID) -> ResponseReturnValue:
    """Show which services could be asked, the best first."""
    return _page(line_id)


@bp.post("/<uuid:line_id>/service")
@staff(COORDINATOR)
def put(line_id: UUID) -> ResponseReturnValue:
    """Put the request to the chosen service, or ask the person about it first."""
    chosen, reason = None, request.form.get("reason", "")
    with suppress(ValueError):
        chosen = UUID(request.form.get("service", ""))
    if chosen is None:
        return _page(line_id, [Fault("/service", "Choose a service.")])
    version = whole_number(request.form.get("version", ""))
    try:
        with current_store().begin(actor=principal()) as tx:
            again = request.form.get("again") == "yes"
            sent = put_to_service(line_id, version, Chosen(chosen, reason, again), tx)
    except AnswerRefusedError as error:
        return _page(line_id, error.errors)
    return redirect(url_for("desk.listing", done="sent" if sent else "asked"), code=303)


def _page(line_id: UUID, faults: Sequence[Fault] = ()) -> ResponseReturnValue:
    with current_store().read() as tx:
        line = tx.line_on_desk(line_id, principal())
        if line is None or line.ended_at is not None:
            raise LineNotFoundError
        if tx.is_restricted(line.request_id):
            raise RequestRestrictedError
        places = {FIELDS.get(fault.pointer, "service"): fault.detail for fault in faults}
        page = render_template(
            "matching/desk/service.html",
            line=line,
            services=desk_words.could_help(line, tx),
            typed=request.form if faults else {},
            version=request.form.get("version", line.version) if faults else line.version,
            errors=[{"text": text, "href": f"#{place}"} for place, text in places.items()],
            faults={place: {"text": text} for place, text in places.items()},
        )
    return page, 422 if faults else 200
