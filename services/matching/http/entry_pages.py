"""Writing an entry of the guide: one service, a new one, or what holds for all of an agency's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import redirect, render_template, request, url_for

from services.matching.errors import ServiceNotFoundError
from services.matching.http import entry_form
from services.matching.http.services_pages import WRITES, bp, own_row
from services.matching.usecases.editing import (
    change_entry,
    change_shared,
    fits_others,
    new_entry,
    own_or_whole,
)
from services.matching.usecases.previewing import FEWEST_TOLD, preview_change
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.matching.usecases.previewing import Preview

CHANGED = "Somebody else changed this entry meanwhile. What you typed is below; nothing was saved."


@bp.get("/new")
@staff(*WRITES)
def begin() -> str:
    """Ask what a new service is."""
    return _page("A new service", {}, {})


@bp.post("/new")
@staff(*WRITES)
def begun() -> ResponseReturnValue:
    """Put a new service into the guide."""
    own, errors = entry_form.read_entry(request.form)
    if errors:
        return _page("A new service", entry_form.typed_again(request.form), errors), 422
    with current_store().begin(actor=principal()) as tx:
        service_id = new_entry(own, tx)
    return redirect(url_for("own_services.show", service_id=service_id, done="begun"), code=303)


@bp.get("/<uuid:service_id>/edit")
@staff(*WRITES)
def edit(service_id: UUID) -> str:
    """Show what a service says, to change it."""
    with current_store().read() as tx:
        row = own_row(service_id, tx)
        typed = entry_form.typed_from(own_or_whole(row, tx))
    return _page(typed["name"], typed, {}, service_id=service_id, version=row.version)


@bp.post("/<uuid:service_id>/edit")
@staff(*WRITES)
def edited(service_id: UUID) -> ResponseReturnValue:
    """Keep what a service says now."""
    own, errors = entry_form.read_entry(request.form)
    seen = whole_number(request.form.get("version", "")) or 0
    with current_store().begin(actor=principal()) as tx:
        row = own_row(service_id, tx)
        if row.version != seen:
            errors = {"main-content": CHANGED, **errors}
        whole = {**own_or_whole(row, tx), **own}
        if not errors and "sure" not in request.form and fits_others(row, whole, tx):
            return _look_first(row, preview_change(service_id, whole, tx))
        if not errors:
            change_entry(service_id, whole, tx)
    if errors:
        typed = entry_form.typed_again(request.form)
        title = request.form.get("name", "") or "This service"
        page = _page(title, typed, errors, service_id=service_id, version=row.version)
        return page, 422
    return redirect(url_for("own_services.show", service_id=service_id, done="saved"), code=303)


@bp.get("/for-all")
@staff(*WRITES)
def for_all() -> str:
    """Show what an agency says for all its services, to change it."""
    with current_store().read() as tx:
        typed = entry_form.typed_from(tx.shared_of(_mine()))
    return _page("For all our services", typed, {}, for_all=True)


@bp.post("/for-all")
@staff(*WRITES)
def kept_for_all() -> ResponseReturnValue:
    """Keep what an agency says for all; services that are silent on it follow."""
    shared, errors = entry_form.read_shared(request.form)
    if errors:
        typed = entry_form.typed_again(request.form)
        return _page("For all our services", typed, errors, for_all=True), 422
    with current_store().begin(actor=principal()) as tx:
        change_shared(shared, tx)
    return redirect(url_for("own_services.listed", done="saved"), code=303)


def _look_first(row: Row[Any], found: Preview) -> str:
    """Show whom a change would newly fit and whom no longer, before it is made."""
    typed = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    return render_template(
        "matching/entry_preview.html",
        title=request.form.get("name", ""),
        back=url_for("own_services.edit", service_id=row.id),
        leave=url_for("own_services.show", service_id=row.id),
        action=request.path,
        typed=typed,
        found=found,
        fewest=FEWEST_TOLD,
    )


def _mine() -> UUID:
    agency_id = principal().agency_id
    if agency_id is None:
        raise ServiceNotFoundError
    return agency_id


def _page(
    title: str,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    for_all: bool = False,
    **where: Any,  # noqa: ANN401 - what the form carries along
) -> str:
    with current_store().read() as tx:
        shared = tx.shared_of(_mine())
    return render_template(
        "matching/entry_form.html",
        title=title,
        sections=entry_form.sections(typed, errors, shared, for_all=for_all),
        errors=[{"text": text, "href": f"#{name}"} for name, text in errors.items()],
        for_all=for_all,
        service_id=where.get("service_id"),
        version=where.get("version"),
    )
