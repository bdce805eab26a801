"""/requests/overrides: sharing without agreement, and the second look at it (C11).

Promise: recording and reading the reasons need a second factor given just now; to whoever has
nothing to do with a request there is none; the page says beforehand that reading is recorded.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from services.intake.domain.overrides import WHY_NO_CONSENT, WHY_NOT_TOLD, Override
from services.intake.errors import OverrideRefusedError, OwnOverrideError, RequestNotFoundError
from services.intake.http import override_words as words
from services.intake.usecases.overriding import find_to_share, record_override, sharing
from services.intake.usecases.reviewing import (
    find_override,
    overrides_seen,
    read_rationale,
    received,
    review_override,
)
from shared.ids import new_id
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

bp = Blueprint("overrides", __name__, url_prefix="/requests")

PRIVATE = {"Cache-Control": "no-store"}
NOT_FOUND = "There is no request with this reference that you can share from"
TOLD = {"yes": True, "no": False}


@bp.get("/overrides/")
@staff("safeguarding", "officer", "worker", "manager")
def index() -> ResponseReturnValue:
    """List what waits for a second look, and what others share with the reader's agency."""
    return _index({})


@bp.post("/overrides/")
@staff("safeguarding")
def find() -> ResponseReturnValue:
    """Lead from a reference to the page on which it can be shared."""
    with current_store().read(actor=principal()) as tx:
        try:
            found = find_to_share(request.form.get("reference", ""), tx)
        except RequestNotFoundError:
            return _index({"reference": NOT_FOUND}, 422)
    return redirect(url_for("overrides.ask", request_id=found), code=303)


@bp.get("/<uuid:request_id>/override")
@staff("safeguarding", fresh=True)
def ask(request_id: UUID) -> ResponseReturnValue:
    """Ask on which ground, with whom, what and why."""
    return _form(request_id, {})


@bp.post("/<uuid:request_id>/override")
@staff("safeguarding", fresh=True)
def record(request_id: UUID) -> ResponseReturnValue:
    """Record the override; from now on the named agencies may open what was named."""
    try:
        with current_store().begin(actor=principal()) as tx:
            token = next(iter(_ids(_typed("token"))), None)
            override_id = record_override(request_id, _said(), tx, under=token)
    except OverrideRefusedError as error:
        return _form(request_id, {f.pointer.strip("/"): f.detail for f in error.errors}, 422)
    return redirect(url_for("overrides.show", override_id=override_id, done=1), code=303)


@bp.get("/overrides/<uuid:override_id>")
@staff("safeguarding", "officer")
def show(override_id: UUID) -> ResponseReturnValue:
    """Show an override in codes; its reasons only behind the button."""
    return _review(override_id)


@bp.post("/overrides/<uuid:override_id>")
@staff("safeguarding", "officer", fresh=True)
def look(override_id: UUID) -> ResponseReturnValue:
    """Show the reasons, recorded; or keep what the second person decided."""
    if request.form.get("step") != "decide":
        with current_store().begin(actor=principal()) as tx:
            reasons = read_rationale(override_id, tx)
        return _review(override_id, reasons=reasons)
    try:
        with current_store().begin(actor=principal()) as tx:
            review_override(override_id, request.form.get("decision", ""), tx)
    except OverrideRefusedError as error:
        return _review(override_id, {"decision": error.errors[0].detail}, status=422)
    except OwnOverrideError as error:
        return _review(override_id, {"decision": str(error)}, status=403)
    return redirect(url_for("overrides.index"), code=303)


def _index(faults: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    with current_store().read(actor=principal()) as tx:
        seen, shared = overrides_seen(tx), received(tx)
    page = render_template(
        "intake/staff/overrides.html",
        recorded=words.recorded(seen),
        shared=words.shared_with_us(shared),
        roles=principal().roles,
        typed=request.form.get("reference", ""),
        **_told(faults),
    )
    return page, status, PRIVATE


def _form(request_id: UUID, faults: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    with current_store().read(actor=principal()) as tx:
        found, today = sharing(request_id, tx), tx.now.date()
    agencies = [(str(agency), name) for agency, name in found.agencies]
    page = render_template(
        "intake/staff/override_form.html",
        found=found,
        grounds=words.items(words.in_force("override_grounds", today), _typed("ground")),
        whys=words.items(WHY_NO_CONSENT.items(), _typed("why_no_consent")),
        agencies=words.items(agencies, _typed("recipients")),
        categories=words.items(words.categories(today), _typed("categories")),
        minimised=words.items([("yes", "This is the least they need")], _typed("minimised")),
        tolds=words.items([("yes", "Yes"), ("no", "No")], _typed("person_told")),
        why_nots=words.items(WHY_NOT_TOLD.items(), _typed("why_not_told")),
        rationale=request.form.get("rationale", ""),
        token=next(iter(_ids(_typed("token"))), new_id()),
        **_told(faults),
    )
    return page, status, PRIVATE


def _review(
    override_id: UUID,
    faults: Mapping[str, str] | None = None,
    *,
    reasons: str | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with current_store().read(actor=principal()) as tx:
        seen = find_override(override_id, tx)
    page = render_template(
        "intake/staff/override.html",
        seen=seen,
        rows=words.rows(seen),
        standing=words.standing(seen),
        reasons=reasons,
        decisions=words.items(words.DECISIONS.items(), ()),
        done="done" in request.args,
        **_told(faults or {}),
    )
    return page, status, PRIVATE


def _told(faults: Mapping[str, str]) -> dict[str, Any]:
    return {
        "errors": [{"text": text, "href": f"#{field}"} for field, text in faults.items()],
        "faults": {field: {"text": text} for field, text in faults.items()},
    }


def _typed(name: str) -> list[str]:
    return request.form.getlist(name)


def _said() -> Override:
    return Override(
        ground=request.form.get("ground", ""),
        why_no_consent=request.form.get("why_no_consent", ""),
        recipients=tuple(_ids(_typed("recipients"))),
        categories=tuple(dict.fromkeys(_typed("categories"))),
        rationale=request.form.get("rationale", ""),
        minimised=request.form.get("minimised") == "yes",
        person_told=TOLD.get(request.form.get("person_told", "")),
        why_not_told=request.form.get("why_not_told") or None,
    )


def _ids(texts: list[str]) -> dict[UUID, None]:
    found: dict[UUID, None] = {}
    for text in texts:
        with suppress(ValueError):
            found[UUID(text)] = None
    return found
