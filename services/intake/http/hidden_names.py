"""/requests/names: a coordinator looks for people whom somebody named and nobody on file is.

Promise: the names show only behind a button, and each such look is recorded; from whoever is
chosen the request is hidden at once.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from services.intake.errors import StaleVersionError
from services.intake.http.override_words import hour
from services.intake.storage.colleagues import all_agencies, everybody
from services.intake.usecases.hiding import (
    find_to_look_at,
    names_to_find,
    read_names,
    settle_names,
)
from services.intake.usecases.naming_hidden import perhaps_meant
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flask.typing import ResponseReturnValue


bp = Blueprint("hidden_names", __name__, url_prefix="/requests/names")
PRIVATE = {"Cache-Control": "no-store"}
CHOOSE = "Choose who is meant, or say that nobody is"
STALE = "More was told meanwhile. Open the names again"


@bp.get("/")
@staff("coordinator")
def index() -> ResponseReturnValue:
    """List the requests with names to look for, in references and times."""
    return _index()


@bp.post("/<uuid:request_id>")
@staff("coordinator")
def look(request_id: UUID) -> ResponseReturnValue:
    """Show the names, recorded; or keep who is meant."""
    if request.form.get("step") != "settle":
        return _names(request_id, {})
    meant, nobody = set(_ids(request.form.getlist("staff"))), "nobody" in request.form
    agencies = set(_ids(request.form.getlist("agency")))
    if bool(meant | agencies) == nobody:
        return _names(request_id, {"staff": CHOOSE}, 422)
    try:
        with current_store().begin(actor=principal()) as tx:
            known = {row.staff_id for row in everybody(tx)}
            agencies &= {row.id for row in all_agencies(tx)}
            settle_names(request_id, meant & known, tx, version=_version(), agencies=agencies)
    except StaleVersionError:
        return _names(request_id, {"staff": STALE}, 422)
    return redirect(url_for("hidden_names.index", done=1), code=303)


@bp.get("/<uuid:request_id>")
@staff("coordinator")
def back(request_id: UUID) -> ResponseReturnValue:
    """Lead back to the list: only the button shows names."""
    del request_id
    return redirect(url_for("hidden_names.index"), 303)


def _index() -> ResponseReturnValue:
    with current_store().read(actor=principal()) as tx:
        found = names_to_find(tx)
    page = render_template(
        "intake/staff/names.html", found=found, hour=hour, done="done" in request.args
    )
    return page, 200, PRIVATE


def _names(request_id: UUID, faults: dict[str, str], status: int = 200) -> ResponseReturnValue:
    with current_store().begin(actor=principal()) as tx:
        found = find_to_look_at(request_id, tx)
        names, people = read_names(request_id, tx), everybody(tx)
        perhaps = perhaps_meant(request_id, tx)
        agencies = all_agencies(tx)
    page = render_template(
        "intake/staff/names_of.html",
        found=found,
        names=names,
        perhaps=_items(one for one in people if one.staff_id in perhaps),
        people=_items(one for one in people if one.staff_id not in perhaps),
        agencies=[{"value": str(one.id), "text": one.name} for one in agencies],
        errors=[{"text": text, "href": f"#{field}"} for field, text in faults.items()],
        faults={field: {"text": text} for field, text in faults.items()},
    )
    return page, status, PRIVATE


def _items(people: Iterable[Any]) -> list[dict[str, Any]]:
    return [{"value": str(row.staff_id), "text": f"{row.name}, {row.agency}"} for row in people]


def _ids(texts: list[str]) -> Iterator[UUID]:
    for text in texts:
        with suppress(ValueError):
            yield UUID(text)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000000") else 0
