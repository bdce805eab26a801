"""Was it sent? For the hub's coordinator: the state of each message, never its address or words.

Promise: whoever has the role at another agency sees nothing of the partnership's messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from services.notify.domain import LONDON, Audience, State
from services.notify.hiding import shown_to
from services.notify.http.words import AUDIENCES, STATES, SUBJECTS, why
from shared.errors import ForbiddenError
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

bp = Blueprint("deliveries", __name__, url_prefix="/deliveries")
SOMETHING = "Something else"


@bp.get("/")
@staff("coordinator", "hub_admin")
def show() -> ResponseReturnValue:
    """List the newest messages, or those of one reference, of what the caller may know of."""
    reference = request.args.get("reference", "").strip().upper()[:20]
    with current_store().read() as tx:
        if not tx.is_hub(principal().agency_id):
            raise ForbiddenError("Your role does not let you do this.")
        rows = shown_to(principal(), tx.deliveries(reference or None), tx)
        counts = tx.counts()
    return render_template(
        "notify/deliveries.html",
        rows=[_cells(row) for row in rows],
        counts=[_count(state, number) for state, number in sorted(counts.items())],
        reference=reference,
    )


def _count(state: str, number: int) -> dict[str, object]:
    text, tone = STATES[State(state)]
    return {"text": text, "number": number, "tone": tone}


def _cells(row: Row[Any]) -> list[object]:
    text, tone = STATES[State(row.state)]
    return [
        row.reference,
        AUDIENCES[Audience(row.audience)],
        SUBJECTS.get(row.template, SOMETHING),
        {"text": text, "tone": tone},
        why(row.reason),
        _moment(row.created_at),
        _moment(row.done_at),
    ]


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(LONDON):%d %b %H:%M:%S}" if at else "not yet"
