"""Making panels and saying who sits on them; the hub's coordinator does both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import redirect, render_template, request, url_for

from services.matching.domain.deals import CASE_REVIEW
from services.matching.errors import DealNotFoundError, DealRefusedError
from services.matching.http.case_review_pages import DONE, KEEPER, SITTING, bp
from services.matching.http.deals_words import id_in, told
from services.matching.http.typed_days import boxes_of, typed_day
from services.matching.storage.deals import as_deal
from services.matching.usecases.panels import admitted_under, make_panel, seat, today
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flask.typing import ResponseReturnValue

    from services.matching.domain.deals import Deal

NO_DAY = Fault("/meets_on", "Enter a day, such as 5 12 2026.")


@bp.get("/new")
@staff(KEEPER)
def new() -> ResponseReturnValue:
    """Ask for a new panel's name, agreement and first meeting."""
    return _new_page({})


@bp.post("/new")
@staff(KEEPER)
def make() -> ResponseReturnValue:
    """Make a panel."""
    typed = request.form
    try:
        day = _typed_meeting()
        with current_store().begin(actor=principal()) as tx:
            name, deal_id = typed.get("name", ""), id_in(typed.get("agreement", ""))
            panel_id = make_panel(name, deal_id, day, tx)
    except DealRefusedError as error:
        return _new_page(typed, error.errors)
    return redirect(url_for("cases.seats", panel_id=panel_id, done="made"), code=303)


@bp.get("/<uuid:panel_id>/seats")
@staff(KEEPER)
def seats(panel_id: UUID) -> ResponseReturnValue:
    """Ask who sits on a panel, and when it meets next."""
    return _seats_page(panel_id, {})


@bp.post("/<uuid:panel_id>/seats")
@staff(KEEPER)
def take_seats(panel_id: UUID) -> ResponseReturnValue:
    """Say who sits on a panel."""
    typed = request.form
    chosen = [one for one in map(id_in, typed.getlist("staff")) if one is not None]
    try:
        day = _typed_meeting()
        with current_store().begin(actor=principal()) as tx:
            seat(panel_id, whole_number(typed.get("version", "")), chosen, day, tx)
    except DealRefusedError as error:
        return _seats_page(panel_id, typed, error.errors)
    return redirect(url_for("cases.seats", panel_id=panel_id, done="seated"), code=303)


def _may_meet(deal: Deal, now: date) -> bool:
    return deal.runs(now) and CASE_REVIEW in deal.purposes


def _typed_meeting() -> date:
    day = typed_day(request.form, "meets")
    if day is None:
        raise DealRefusedError(NO_DAY.detail, [NO_DAY])
    return day


def _new_page(typed: Any, faults: Sequence[Fault] = ()) -> ResponseReturnValue:  # noqa: ANN401
    with current_store().read() as tx:
        rows = tx.deals_of(principal().agency_id) if principal().agency_id else []
        sides = tx.parties_of([row.id for row in rows])
        now = today(tx)
        running = [row for row in rows if _may_meet(as_deal(row, sides[row.id]), now)]
        chosen = typed.get("agreement", "")
        page = render_template(
            "matching/cases/new.html",
            deals=[
                {"value": str(row.id), "text": row.name, "checked": str(row.id) == chosen}
                for row in running
            ],
            typed=typed,
            **_told(faults),
        )
    return page, 422 if faults else 200


def _seats_page(
    panel_id: UUID,
    typed: Any,  # noqa: ANN401 - nothing, or the form as Flask holds it
    faults: Sequence[Fault] = (),
) -> ResponseReturnValue:
    with current_store().read() as tx:
        panel = tx.panel(panel_id)
        if panel is None:
            raise DealNotFoundError
        now = {str(one.staff_id) for one in tx.seats(panel_id)}
        chosen = set(typed.getlist("staff")) if typed else now
        able = tx.staff_of(admitted_under(panel.deal_id, tx))
        page = render_template(
            "matching/cases/seats.html",
            panel=panel,
            version=typed.get("version", panel.version),
            typed=typed or boxes_of(panel.meets_on, "meets"),
            people=[
                {
                    "value": str(one.id),
                    "text": f"{one.name}, {one.agency}",
                    "checked": str(one.id) in chosen,
                }
                for one in able
                if str(one.id) in now or not set(SITTING).isdisjoint(one.roles)
            ],
            sits=principal().id in now,
            done=DONE.get(request.args.get("done", "")),
            **_told(faults),
        )
    return page, 422 if faults else 200


def _told(faults: Sequence[Fault]) -> dict[str, Any]:
    places = {"/meets_on": "/meets-day"}
    return told([Fault(places.get(f.pointer, f.pointer), f.detail) for f in faults])
