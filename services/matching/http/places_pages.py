"""How many places a service has now: one number in one form, or one press of a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import Blueprint, redirect, render_template, request, url_for

from services.matching.domain.capacity import status
from services.matching.errors import ServiceNotFoundError
from services.matching.http import words
from services.matching.http.schemas import MOST_PLACES
from services.matching.storage.guide import entry_of, places_of, standing_of
from services.matching.usecases import set_capacity
from services.matching.working_days import calendar_for
from shared.errors import ConflictError
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("places", __name__, url_prefix="/agency/services")
FAULT = f"Enter how many places are free, as a number from 0 to {MOST_PLACES}."

MOVED = "The places have changed since you opened the page."


@bp.get("/<uuid:service_id>/capacity")
@staff("worker", "manager")
def form(service_id: UUID) -> ResponseReturnValue:
    """Ask how many places there are."""
    return _page(service_id, {})


@bp.post("/<uuid:service_id>/capacity")
@staff("worker", "manager")
def update(service_id: UUID) -> ResponseReturnValue:
    """Write the figure down, as of now."""
    places = whole_number(request.form.get("places", ""))
    if places is None or places > MOST_PLACES:
        return _page(service_id, request.form, FAULT), 422
    waiting = request.form.get("waiting-list") == "yes"
    with current_store().begin(actor=principal()) as tx:
        set_capacity(service_id, places, None, tx, takes_waiting_list=waiting)
    return redirect(url_for("places.form", service_id=service_id, done="saved"), code=303)


@bp.post("/<uuid:service_id>/capacity/now")
@staff("worker", "manager")
def one_click(service_id: UUID) -> ResponseReturnValue:
    """Take the figure of a button; it holds only for the numbers that stood beside it."""
    places = whole_number(request.form.get("places", ""))
    seen = whole_number(request.form.get("seen", ""))
    with current_store().begin(actor=principal()) as tx:
        row = tx.shown_service(service_id)
        if row is None or row.agency_id != principal().agency_id:
            raise ServiceNotFoundError
        if places is None or places > MOST_PLACES or row.capacity_version != seen:
            raise ConflictError(MOVED)
        waiting = bool(row.takes_waiting_list)
        set_capacity(service_id, places, None, tx, takes_waiting_list=waiting)
    return redirect(url_for("own_services.listed", done="places"), code=303)


def _page(service_id: UUID, typed: Any, fault: str | None = None) -> str:  # noqa: ANN401
    with current_store().read() as tx:
        row = tx.shown_service(service_id)
        if row is None or row.agency_id != principal().agency_id:
            raise ServiceNotFoundError
        calendar = calendar_for(tx.nation())
        return render_template(
            "matching/capacity.html",
            service_id=service_id,
            name=entry_of(row.entry)["name"],
            figure=places_of(row),
            badge=words.status_badge(status(standing_of(row), tx.now)),
            as_of=words.hour(row.as_of, calendar) if row.as_of else None,
            takes_waiting_list=row.takes_waiting_list,
            typed=typed,
            fault=fault,
            saved=request.args.get("done") == "saved",
        )
