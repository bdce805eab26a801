"""/my/hidden-from: the person says, also later, who must not know of their request.

Promise: it counts at once; what a hidden agency may know is taken back with it. The page never
tells whether a name was found: who is meant is nobody's business but the coordinator's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, request, url_for

from services.intake.checks import LONGEST_NAME
from services.intake.errors import NotPossibleError, StaleVersionError
from services.intake.forms.spelling import tidy
from services.intake.http.public import browser
from services.intake.http.public.around import around
from services.intake.http.public.long_lists import names_to_tick
from services.intake.http.public.my_contact import ELSEWHERE, ENDED, version_typed
from services.intake.http.public.my_visit import mine, once_shown
from services.intake.http.public.pages import page
from services.intake.storage.hidden import AGENCY, TEAM, hidden
from services.intake.usecases import find_request
from services.intake.usecases.hiding import Hiding, hide_own
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from flask import Response
    from markupsafe import Markup

    from services.intake.forms import Option
    from services.intake.storage import IntakeTransaction

bp = Blueprint("hiding", __name__)
TITLE = "Who must not know?"
LONGEST, MOST = 300, 20
TEAM_HINT = (
    "We never ask this team. Others at the same agency may still see what you agree to, so tick "
    "the agency if in doubt."
)
LEGENDS = {
    "hidden": ("These agencies must not know", ""),
    "team": ("Or only one team of an agency", TEAM_HINT),
}
CHANGED = "The list has changed. Please choose again"
TOO_LONG = f"Write at most {MOST} names of {LONGEST_NAME} letters each"


@bp.get("/hidden-from")
@person()
@once_shown("details")
def ask() -> Response:
    """Show who must not know now, to be changed."""
    with current_store().read(actor=principal()) as tx:
        now = hidden(mine(), tx)
        return _page(tx, {str(one) for kind, one in now if kind in {AGENCY, TEAM}})


@bp.post("/hidden-from")
@person()
@once_shown("details")
def save() -> Response:
    """Let it be hidden from these from now on."""
    ticked, names = set(request.form.getlist("hidden")), _names()
    errors = {"names": TOO_LONG} if _too_long(names) else {}
    try:
        with current_store().begin(actor=principal()) as tx:
            errors |= {} if ticked <= _values(tx) else {"hidden": CHANGED}
            if not errors:
                hide_own(mine(), _whom(ticked, names, tx), tx, version=version_typed())
    except StaleVersionError:
        errors = {"hidden": ELSEWHERE}
    except NotPossibleError:
        errors = {"hidden": ENDED}
    if errors:
        with current_store().read(actor=principal()) as tx:
            return _page(tx, ticked, errors)
    return browser.onward(url_for("my.details.show", done="hidden_from"))


def _names() -> tuple[str, ...]:
    lines = tidy(request.form.get("names", "")).split("\n")
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))


def _too_long(names: tuple[str, ...]) -> bool:
    return len(names) > MOST or any(len(name) > LONGEST_NAME for name in names)


def _values(tx: IntakeTransaction) -> set[str]:
    """Return what may be ticked: what is offered, and what was ticked before."""
    found = around(tx)
    before = {str(one) for kind, one in hidden(mine(), tx) if kind in {AGENCY, TEAM}}
    return before.union(option.value for option in (*found.agencies, *found.teams))


def _whom(ticked: set[str], names: tuple[str, ...], tx: IntakeTransaction) -> Hiding:
    """Return from whom it is hidden now; what the page did not offer stays as it was."""
    now, found = hidden(mine(), tx), around(tx)
    agencies = {UUID(option.value) for option in found.agencies}
    teams = {UUID(option.value) for option in found.teams}
    kept = {(kind, one) for kind, one in now if one not in agencies | teams}
    chosen = {UUID(value) for value in ticked}
    return Hiding(
        agencies=_sorted({one for kind, one in kept if kind == AGENCY} | chosen & agencies),
        teams=_sorted({one for kind, one in kept if kind == TEAM} | chosen & teams),
        names=names,
    )


def _sorted(ids: set[UUID]) -> tuple[UUID, ...]:
    return tuple(sorted(ids))


def _boxes(prefix: str, options: tuple[Option, ...], ticked: set[str], fault: str = "") -> Markup:
    legend, hint = LEGENDS[prefix]
    params: dict[str, Any] = {"name": "hidden", "idPrefix": prefix}
    params["fieldset"] = {"legend": {"text": legend, "classes": "govuk-fieldset__legend--m"}}
    params |= {"hint": {"text": hint}} if hint else {}
    params |= {"errorMessage": {"text": fault}} if fault else {}
    items = [{"value": one.value, "text": one.text["en"]} for one in options]
    return names_to_tick(params, items, ticked)


def _page(
    tx: IntakeTransaction, ticked: set[str], errors: dict[str, str] | None = None
) -> Response:
    found = around(tx)
    return page(
        "my/hidden-from.html",
        TITLE,
        errors=errors,
        agencies=_boxes("hidden", found.agencies, ticked, (errors or {}).get("hidden", "")),
        teams=_boxes("team", found.teams, ticked) if found.teams else None,
        names=request.form.get("names", ""),
        version=find_request(mine(), tx).version,
        back=url_for("my.details.show"),
    )
