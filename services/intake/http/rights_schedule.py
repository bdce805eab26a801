"""/rights/schedule: what the retention schedule proposes, and certificates of what went.

Promise: nothing is destroyed that an officer did not choose, nor anything under a legal hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from services.intake.errors import RequestNotFoundError
from services.intake.http import rights_words
from services.intake.http.rights import NO_STORE, is_hidden_here
from services.intake.storage import rights
from services.intake.usecases import retaining
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

bp = Blueprint("disposals", __name__, url_prefix="/rights")


@bp.get("/schedule")
@staff("officer")
def schedule() -> ResponseReturnValue:
    """Show the retention schedule, and what it proposes to destroy."""
    return _schedule()


def _schedule(fault: str | None = None) -> ResponseReturnValue:
    with current_store().read(actor=principal()) as tx:
        waiting = rights.open_disposals(tx)
        seen = [one for one in waiting if not is_hidden_here(one.request_id, tx)]
        proposed = [_proposal(row, tx) for row in seen]
    page = render_template(
        "intake/rights/schedule.html",
        rules=retaining.schedule(),
        proposed=proposed,
        fault=fault,
        told=rights_words,
        backup_days=retaining.backup_days(),
    )
    return page, 422 if fault else 200, NO_STORE


@bp.post("/schedule")
@staff("officer")
def confirm() -> ResponseReturnValue:
    """Destroy what was chosen, or keep it longer."""
    chosen = [UUID(one) for one in request.form.getlist("chosen") if _is_id(one)]
    if not chosen:
        return _schedule("Choose at least one request.")
    with current_store().begin(actor=principal()) as tx:
        chosen = [one for one in chosen if not is_hidden_here(one, tx)]
        if request.form.get("word") == "keep":
            for request_id in chosen:
                retaining.keep(request_id, tx)
            return redirect(url_for("disposals.schedule"), 303)
        certificate_id = retaining.confirm(chosen, tx)
    if certificate_id is None:
        return _schedule("A legal hold stands on what you chose. Nothing was destroyed.")
    return redirect(url_for("disposals.certificate", certificate_id=certificate_id), 303)


@bp.get("/certificates/<uuid:certificate_id>")
@staff("officer")
def certificate(certificate_id: UUID) -> ResponseReturnValue:
    """Show a certificate of disposal, to print."""
    with current_store().read(actor=principal()) as tx:
        row = rights.certificate_row(certificate_id, tx)
    if row is None:
        raise RequestNotFoundError("there is no such certificate")
    page = render_template("intake/rights/certificate.html", paper=row, told=rights_words)
    return page, 200, NO_STORE


def _proposal(row: Row[Any], tx: IntakeTransaction) -> dict[str, Any]:
    about = tx.request_row(row.request_id)
    return {
        "id": str(row.request_id),
        "reference": about.reference if about else "",
        "what": retaining.rules()[row.record_class].what,
        "due_at": row.due_at,
        "held": bool(rights.standing_holds(row.request_id, tx)),
    }


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
