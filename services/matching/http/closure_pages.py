"""The decision to take no new referrals for a while, and to take them again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import redirect, render_template, request, url_for

from services.matching.errors import ClosureRefusedError
from services.matching.http.services_pages import bp, own_row
from services.matching.storage.guide import entry_of
from services.matching.usecases.closing import (
    DECIDES,
    Closure,
    close_service,
    reopen_service,
)
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

PARTS = ("until-day", "until-month", "until-year")
ASKED = ("decided_by", "reason", "until", "plan_for_waiting")
"""In the order of the page."""


@bp.get("/<uuid:service_id>/closure")
@staff(*sorted(DECIDES))
def closing(service_id: UUID) -> str:
    """Ask who decided, why, until when, and what becomes of those who wait."""
    return _page(service_id, {}, {})


@bp.post("/<uuid:service_id>/closure")
@staff(*sorted(DECIDES))
def closed(service_id: UUID) -> ResponseReturnValue:
    """Close to new referrals."""
    form = request.form
    closure = Closure(
        decided_by=form.get("decided_by", ""),
        reason=form.get("reason", ""),
        until=_day(form),
        plan_for_waiting=form.get("plan_for_waiting", ""),
    )
    try:
        with current_store().begin(actor=principal()) as tx:
            close_service(service_id, closure, tx)
    except ClosureRefusedError as error:
        said = {fault.pointer.removeprefix("/"): fault.detail for fault in error.errors}
        return _page(service_id, form, said), 422
    return redirect(url_for("own_services.show", service_id=service_id, done="closed"), code=303)


@bp.post("/<uuid:service_id>/reopening")
@staff(*sorted(DECIDES))
def reopened(service_id: UUID) -> ResponseReturnValue:
    """Take referrals again."""
    with current_store().begin(actor=principal()) as tx:
        reopen_service(service_id, tx, decided_by=principal().name or "")
    return redirect(url_for("own_services.show", service_id=service_id, done="reopened"), code=303)


def _day(form: Mapping[str, str]) -> date | None:
    day, month, year = (whole_number(form.get(part, "")) for part in PARTS)
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None


def _page(service_id: UUID, typed: Mapping[str, str], faults: Mapping[str, str]) -> str:
    with current_store().read(principal()) as tx:
        row = own_row(service_id, tx)
        waits = tx.waiting_shown([row])[row.id]
        example = date(tx.now.year + 1, 3, 31)
    return render_template(
        "matching/closure.html",
        service_id=service_id,
        name=entry_of(row.entry)["name"],
        waiting=waits,
        closed=row.closed,
        typed=typed,
        faults=faults,
        example=f"{example.day} {example.month} {example.year}",
        errors=[
            {"text": faults[name], "href": f"#{_first(name)}"} for name in ASKED if name in faults
        ],
    )


def _first(name: str) -> str:
    return "until-day" if name == "until" else name
