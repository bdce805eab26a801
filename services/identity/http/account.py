"""The account page: who is signed in here, and where else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, url_for

from services.identity.http import browser
from services.identity.signing_in import live_sign_on, note_presence, principal_of
from services.identity.teams import LEADS, teams_of
from services.identity.usecases import end_sign_on
from shared.codes import label
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue

    from shared.identity import Principal

bp = Blueprint("account", __name__, url_prefix="/account")
LOCAL = ZoneInfo("Europe/London")
ROLES = (
    "worker",
    "manager",
    "trustee",
    "safeguarding",
    "coordinator",
    "officer",
    "governance_lead",
    "agency_admin",
    "hub_admin",
)


def staff_of() -> Principal | None:
    """Return the member of staff whose sign-on this browser holds."""
    value = browser.sign_on_cookie()
    if not value:
        return None
    with current_store().begin() as tx:
        sign_on = live_sign_on(value, tx)
        account = tx.account(sign_on.account_id) if sign_on else None
        if sign_on is None or account is None:
            return None
        note_presence(sign_on, tx)
        return principal_of(account, sign_on.id)


@bp.get("/")
@staff(*ROLES)
def show() -> str:
    """Show who is signed in, in which teams they work, and every sign-on of theirs."""
    who = principal()
    with current_store().read() as tx:
        sign_ons = tx.sign_ons_of(UUID(who.id))
        teams = [team.name for team in teams_of(who.agency_id, tx) if team.id in who.teams]
    roles = [label("roles", role) for role in sorted(who.roles)]
    told = {"sign_ons": sign_ons, "roles": roles, "moment": _moment}
    told |= {"teams": teams, "leads": not who.roles.isdisjoint(LEADS)}
    return render_template("identity/account.html", **told)


def _moment(at: datetime) -> str:
    """Return a moment as it is read where people work: `23 November 2026 at 10:05`."""
    local = at.astimezone(LOCAL)
    return f"{local.day} {local:%B %Y} at {local:%H:%M}"


@bp.post("/elsewhere")
@staff(*ROLES)
def end_elsewhere() -> ResponseReturnValue:
    """End every other sign-on of this member of staff."""
    who = principal()
    with current_store().begin(actor=who) as tx:
        for sign_on in tx.sign_ons_of(UUID(who.id)):
            if str(sign_on.id) != who.session:
                end_sign_on(sign_on, "ended_elsewhere", tx)
    return redirect(url_for("account.show"), code=303)
