"""/requests/rota: who looks when somebody may be in danger, hour by hour; the hub changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request, url_for

from services.intake.domain import duty
from services.intake.errors import RotaRefusedError
from services.intake.usecases.changing_rota import (
    Hours,
    add_hours,
    may_be_asked,
    rota,
    take_away,
)
from shared.web.access import principal, staff
from shared.web.current import current_store
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from services.intake.domain.duty import Gap, Shift

bp = Blueprint("rota", __name__, url_prefix="/requests/rota")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RANKS = {
    str(duty.FIRST): "They look first",
    str(duty.FALLBACK): "They look when nobody did within the hour",
}


@bp.get("")
@staff("coordinator", "manager")
def show() -> ResponseReturnValue:
    """Show who is on duty when, and when nobody is."""
    return _page({})


@bp.post("")
@staff("coordinator")
def change() -> ResponseReturnValue:
    """Add hours, or take some away."""
    version, place = request.form.get("version", ""), request.form.get("away", "")
    try:
        with current_store().begin(actor=principal()) as tx:
            if place:
                at = whole_number(place)
                take_away(-1 if at is None else at, tx, version=version)
            else:
                add_hours(_said(), tx, version=version)
    except RotaRefusedError as error:
        return _page({f.pointer.strip("/"): f.detail for f in error.errors}, 422)
    return redirect(url_for("rota.show", done="1"), 303)


def _said() -> Hours:
    typed = {name: request.form.get(name, "")[:40] for name in ("agency", "starts", "ends", "rank")}
    return Hours(**typed, days=tuple(request.form.getlist("days")))


def _page(faults: dict[str, str], status: int = 200) -> ResponseReturnValue:
    with current_store().read(actor=principal()) as tx:
        found, agencies = rota(tx), may_be_asked(tx)
        names = {one.agency_id: tx.agency_row(one.agency_id) for one in found.shifts}
    known = {agency_id: row.name if row else "An agency" for agency_id, row in names.items()}
    page = render_template(
        "intake/flags/rota.html",
        rows=[_row(one, known[one.agency_id]) for one in found.shifts],
        gaps=[gap_said(one) for one in found.gaps],
        version=found.version,
        may_change=found.may_change,
        agencies=agencies,
        days=DAYS,
        ranks=RANKS,
        said=_said(),
        errors=faults,
        done="done" in request.args and not faults,
    )
    return page, status


def _row(one: Shift, agency: str) -> dict[str, Any]:
    return {"agency": agency, "when": days_said(one), "rank": RANKS[str(one.rank)]}


def days_said(one: Shift) -> str:
    """Return when a shift is, in words."""
    days = (
        "Every day" if len(one.days) == len(DAYS) else ", ".join(DAYS[d] for d in sorted(one.days))
    )
    if one.starts == one.ends:
        return f"{days}, day and night"
    next_day = " the next day" if one.ends < one.starts else ""
    return f"{days}, {one.starts:%H:%M} to {one.ends:%H:%M}{next_day}"


def gap_said(one: Gap) -> str:
    """Return a stretch of a day on which nobody looks first, in words."""
    return (
        f"{DAYS[one.day]}, {one.starts:%H:%M} to {f'{one.ends:%H:%M}' if one.ends else 'midnight'}"
    )
