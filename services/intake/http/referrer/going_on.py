"""/requests/<id>/onward: a receiver refers the person on, without asking for it all again.

Promise: the new draft names the referral it goes on from, and holds only what the gate releases
to this agency now, and that it was opened is recorded first. Nothing of the old agreement is
carried over: the person agrees anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import request, url_for

from services.intake.domain.consent import REFER
from services.intake.errors import NotDisclosedError
from services.intake.http.referrer.blueprint import ROLES, bp, my_agency, onward, page
from services.intake.usecases import Disclosure, disclose
from services.intake.usecases.drafting import begin_draft
from shared.codes import codes
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from flask import Response

HIDDEN = "there is nothing here for you to see"
WHO = ("given_name", "family_name", "date_of_birth", "address", "no_fixed_abode")
WAY = ("kind", "value", "safe", "leave_message", "name_to_ask_for", "times", "who_else_sees")


@bp.get("/<uuid:request_id>/onward")
@staff(*ROLES)
def ask_onward(request_id: UUID) -> Response:
    """Say what is copied and that it is recorded; nothing is opened yet."""
    title = "Refer this person on"
    return page("onward.html", title, request_id=request_id, referral_id=_referral())


@bp.post("/<uuid:request_id>/onward")
@staff(*ROLES)
def go_onward(request_id: UUID) -> Response:
    """Begin a draft with what this agency may know of the person now."""
    who, agency = replace(principal(), purpose=REFER), my_agency()
    with current_store().begin(actor=who) as tx:
        told = disclose(request_id, _referral(), agency, REFER, tx)
        draft = begin_draft(_body(told), tx) if isinstance(told, Disclosure) else None
    if draft is None:
        raise NotDisclosedError(HIDDEN)
    return onward(url_for("referrer.tasks", draft_id=draft.id))


def _body(told: Disclosure) -> dict[str, Any]:
    """Return the parts of a draft that are known, as their pages would have written them."""
    known = {
        "source": "PARTNER_WEB",
        "person": {name: told.person[name] for name in WHO if name in told.person}
        if told.person
        else None,
        "contact": _contact(told.contact) if told.contact else None,
        "needs": _needs(),
        "access_needs": list(told.access_needs or ()),
        "story": told.story,
        "onward_of": str(_referral()),
    }
    return {name: value for name, value in known.items() if value}


def _contact(told: dict[str, Any]) -> dict[str, Any]:
    """Return how to reach the person, only by the ways whose address was released."""
    ways = [{k: way[k] for k in WAY if k in way} for way in told["channels"] if way.get("value")]
    return {
        "language": told.get("language") or "en",
        "interpreter": told.get("interpreter"),
        "channels": ways,
        **({"code_word": told["code_word"]} if told.get("code_word") else {}),
    }


def _needs() -> list[str]:
    """Return the needs that the link named, as far as they are codes of ours."""
    return [need for need in request.args.getlist("need") if need in codes("needs")]


def _referral() -> UUID:
    try:
        return UUID(request.args.get("referral", ""))
    except ValueError as error:
        raise NotDisclosedError(HIDDEN) from error
