"""/my/details: names, what was told, who has looked at it and why. Each view is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for

from services.intake.http.public import standing
from services.intake.http.public.my_visit import mine, once_shown
from services.intake.http.public.my_words import age, home, reached
from services.intake.http.public.pages import page
from services.intake.http.public.whom_to_ring import whom_to_ring
from services.intake.usecases import find_request, openings, stages
from services.intake.usecases.own_consents import shared_now
from services.intake.usecases.own_details import own_details
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from flask import Response

    from services.intake.domain.submission import Submission

bp = Blueprint("details", __name__)


@bp.get("/details")
@person()
@once_shown("details")
def show() -> Response:
    """Show everything, after recording that it is shown."""
    with current_store().begin(actor=principal()) as tx:
        found = find_request(mine(), tx)
        may_change = found.state in standing.LIVE
        told, _ = own_details(found.id, tx)
        facts: dict[str, Any] = {
            "standing": standing.standing(
                found, stages(found, tx), tx.now, tx.nation(), names=True
            ),
            "looks": standing.looks(openings(found, tx)),
            "shared": shared_now(found.id, tx),
            "hub": whom_to_ring(tx),
        }
    return page(
        "my/details.html",
        "What you told us, and who knows",
        request_=found,
        rows=_rows(told, may_change=may_change),
        ways=reached(told.contact, may_change=may_change),
        story=told.story,
        may_change=may_change,
        done=standing.DONE.get(request.args.get("done", "")),
        back=url_for("my.show"),
        **facts,
    )


def _rows(told: Submission, *, may_change: bool) -> list[dict[str, str]]:
    who = told.person
    facts = {
        "name": ("Your name", f"{who.given_name} {who.family_name}".strip()),
        "born": ("Your age", age(who)),
        "home": ("Where you live", home(who)),
    }
    return [
        {"key": key, "value": value}
        | ({"href": url_for("my.facts.ask", fact=fact)} if may_change else {})
        for fact, (key, value) in facts.items()
    ]
