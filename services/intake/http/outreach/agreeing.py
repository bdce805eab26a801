"""A yes at the door: what they tell, who may know it, read back, sent, and handed over.

Promise: however often the button is pressed one request is made; the return code is shown to
the two at the door for ten minutes and then to nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from marshmallow import ValidationError

from services.intake.errors import ListRefusedError
from services.intake.http.outreach import telling
from services.intake.http.outreach.blueprint import GOING, bp, onward, page
from services.intake.http.outreach.lists import _agency
from services.intake.storage import leads
from services.intake.usecases import outreach_agreeing as use
from services.intake.usecases.informing import current_notice
from services.intake.usecases.outreach_visiting import lead_of
from shared.codes import codes
from shared.errors import InvalidError
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from flask import Response

    from services.intake.storage import IntakeTransaction

LONGEST_WITNESS = 100
KINDS = {
    use.WHO: "Who they are and how to reach them",
    use.PLACE: "Their address",
    use.STORY: "Their story",
}
TELL, SHARE, DONE = "What they tell", "Who may know what", "We have their request"


@bp.get("/leads/<uuid:lead_id>/tell")
@staff(*GOING)
def tell(lead_id: UUID) -> Response:
    """Ask for what the person tells."""
    with current_store().begin(actor=principal()) as tx:
        told = use.read_at_door(lead_id, tx)
        return _tell_page(lead_id, told, tx)


@bp.post("/leads/<uuid:lead_id>/tell")
@staff(*GOING)
def keep(lead_id: UUID) -> Response:
    """Keep what the person tells, sealed."""
    try:
        told = telling.read(request.form)
    except ValidationError as error:
        with current_store().read(actor=principal()) as tx:
            lead_of(lead_id, tx)
            typed = telling.typed(request.form)
            return _tell_page(lead_id, typed, tx, telling.faults(error))
    with current_store().begin(actor=principal()) as tx:
        use.keep_told(lead_id, told, tx)
    return onward("share", lead_id=lead_id)


@bp.get("/leads/<uuid:lead_id>/share")
@staff(*GOING)
def share(lead_id: UUID) -> Response:
    """Show the notice to read out, and the agencies that could be told."""
    return _share_page(lead_id)


@bp.post("/leads/<uuid:lead_id>/share")
@staff(*GOING)
def send(lead_id: UUID) -> Response:
    """Make the request, once."""
    witness, ticked = request.form.get("witness", "").strip(), request.form.getlist("share")
    errors = _faults(witness, ticked)
    if errors:
        return _share_page(lead_id, errors)
    try:
        with current_store().begin(actor=principal()) as tx:
            use.send(lead_id, ticked, witness, request.form.get("token", ""), tx)
    except ListRefusedError as error:
        return _share_page(lead_id, {"share": str(error)})
    except InvalidError as error:
        return _share_page(lead_id, {"share": _sentence(error)})
    return onward("done", lead_id=lead_id)


@bp.get("/leads/<uuid:lead_id>/done")
@staff(*GOING)
def done(lead_id: UUID) -> Response:
    """Show reference and return code, to be written down for the person."""
    with current_store().read(actor=principal()) as tx:
        sent = use.sent_from(lead_id, tx)
    return page("done", DONE if sent else "There is nothing to show here", sent=sent)


def _tell_page(
    lead_id: UUID,
    told: Mapping[str, Any],
    tx: IntakeTransaction,
    errors: Mapping[str, str] | None = None,
) -> Response:
    return page(
        "tell",
        TELL,
        errors=errors,
        lead_id=lead_id,
        told=told,
        needs=codes("needs").values(),
        languages=codes("languages").values(),
        agencies=leads.agencies(tx),
    )


def _share_page(lead_id: UUID, errors: Mapping[str, str] | None = None) -> Response:
    with current_store().begin(actor=principal()) as tx:
        told = use.read_at_door(lead_id, tx)
        if not told.get("needs"):
            return onward("tell", lead_id=lead_id)
        facts = {
            "notice": current_notice(told["language"], tx),
            "offered": use.offers(told, tx),
            "token": use.token_of(lead_id, tx),
            "second": _second(lead_id, tx),
        }
    ticked = request.form.getlist("share")
    return page(
        "share",
        SHARE,
        errors=errors,
        lead_id=lead_id,
        told=told,
        kinds=KINDS,
        ticked=ticked,
        needs=[codes("needs")[code].en for code in told["needs"]],
        witness=request.form.get("witness"),
        **facts,
    )


def _second(lead_id: UUID, tx: IntakeTransaction) -> str:
    """Return the name of the other one of the pair: the witness."""
    row, people = lead_of(lead_id, tx), leads.colleagues(_agency(), tx)
    others = [one for one in (row.worker_one, row.worker_two) if one and str(one) != tx.actor.id]
    return people.get(str(others[0]), "") if others else ""


def _faults(witness: str, ticked: list[str]) -> dict[str, str]:
    found = {}
    if not ticked:
        found["share"] = "Tick what they agreed to. Without a yes nothing is sent"
    else:
        agencies = {value.partition(".")[0] for value in ticked}
        if any(f"{agency}.{use.WHO}" not in ticked for agency in agencies):
            found["share"] = "An agency must know who they are to help them. Ask about that too"
    if not witness or len(witness) > LONGEST_WITNESS:
        found["witness"] = "Enter who else was there and heard the yes"
    return found


def _sentence(error: InvalidError) -> str:
    return " ".join(fault.detail for fault in error.errors) or str(error)
