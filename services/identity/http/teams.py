"""/account/teams: whoever leads an agency says who works in which of its teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from services.identity.teams import LEADS, colleague, colleagues_of, give_teams, teams_of
from shared.errors import ConflictError, InvalidError, NotFoundError
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Response
    from werkzeug import Response as AnyResponse

bp = Blueprint("teams", __name__, url_prefix="/account/teams")
CHANGED = "Somebody changed this meanwhile. Look at what is ticked now, then save again."


@bp.get("")
@staff(*LEADS)
def show() -> str:
    """List who works at the agency, and in which teams."""
    who = principal()
    with current_store().read() as tx:
        teams, people = teams_of(who.agency_id, tx), colleagues_of(who.agency_id, tx)
    rows = [
        [
            {"text": row.name, "href": url_for("teams.ask", account_id=row.id)},
            ", ".join(team.name for team in teams if str(team.id) in (row.teams or ()))
            or "No team",
        ]
        for row in people
    ]
    saved = next((row.name for row in people if str(row.id) == request.args.get("saved")), None)
    return render_template("identity/teams.html", rows=rows, teams=teams, saved=saved)


@bp.get("/<uuid:account_id>")
@staff(*LEADS)
def ask(account_id: UUID) -> Response:
    """Show in which teams one of them works."""
    return _page(account_id)


@bp.post("/<uuid:account_id>")
@staff(*LEADS)
def save(account_id: UUID) -> AnyResponse:
    """Keep the teams that were ticked."""
    ticked = request.form.getlist("teams")
    try:
        chosen = {UUID(one) for one in ticked}
        version = int(request.form.get("version", ""))
    except ValueError as error:
        raise NotFoundError("there is no such team") from error
    try:
        with current_store().begin(actor=principal()) as tx:
            give_teams(account_id, chosen, tx, version=version)
    except InvalidError as error:
        return _page(account_id, str(error), ticked, 422)
    except ConflictError:
        return _page(account_id, CHANGED, None, 409)
    return redirect(url_for("teams.show", saved=account_id), code=303)


def _page(
    account_id: UUID, fault: str = "", ticked: Collection[str] | None = None, status: int = 200
) -> Response:
    """Show the form with what was ticked, or else with what is known."""
    who = principal()
    with current_store().read(actor=who) as tx:
        row, teams = colleague(account_id, tx), teams_of(who.agency_id, tx)
    now = (row.teams or ()) if ticked is None else ticked
    told: dict[str, Any] = {
        "items": [
            {"value": str(team.id), "text": team.name, "checked": str(team.id) in now}
            for team in teams
        ],
        "oneself": str(account_id) == who.id,
        "faults": {fault: "teams"} if fault else {},
    }
    return make_response(render_template("identity/team.html", row=row, **told), status)
