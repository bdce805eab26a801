"""Admitting agencies to an agreement in stages; the hub's coordinator decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import redirect, render_template, request, url_for

from services.matching.domain.deals import NEXT, Party, Stage
from services.matching.domain.plain_deals import STAGE_HINTS, STAGES
from services.matching.errors import DealNotFoundError, DealRefusedError
from services.matching.http.deals_pages import KEEPER, bp, seen
from services.matching.http.deals_words import agency_boxes, id_in, told
from services.matching.storage.deals import as_party
from services.matching.usecases.keeping_deals import admit
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue


@bp.get("/<uuid:deal_id>/join")
@staff(KEEPER)
def join(deal_id: UUID) -> ResponseReturnValue:
    """Ask which agency is to join."""
    return _join_page(deal_id)


@bp.post("/<uuid:deal_id>/join")
@staff(KEEPER)
def invite(deal_id: UUID) -> ResponseReturnValue:
    """Invite an agency to an agreement."""
    chosen = id_in(request.form.get("agency", ""))
    if chosen is None:
        return _join_page(deal_id, [Fault("/agency_id", "Choose an agency.")])
    with current_store().begin(actor=principal()) as tx:
        known = {side.agency_id for side in tx.parties_of([deal_id])[deal_id]}
        if chosen not in known:
            version = whole_number(request.form.get("version", ""))
            admit(deal_id, version, Party(chosen, Stage.INVITED), tx)
    return redirect(url_for("deals.show", deal_id=deal_id, done="admitted"), code=303)


@bp.get("/<uuid:deal_id>/parties/<uuid:agency_id>")
@staff(KEEPER)
def stage(deal_id: UUID, agency_id: UUID) -> ResponseReturnValue:
    """Ask to which stage an agency is brought."""
    return _stage_page(deal_id, agency_id, {})


@bp.post("/<uuid:deal_id>/parties/<uuid:agency_id>")
@staff(KEEPER)
def bring(deal_id: UUID, agency_id: UUID) -> ResponseReturnValue:
    """Bring an agency to a stage."""
    typed = request.form
    try:
        party = _typed_party(agency_id)
        with current_store().begin(actor=principal()) as tx:
            admit(deal_id, whole_number(typed.get("version", "")), party, tx)
    except DealRefusedError as error:
        return _stage_page(deal_id, agency_id, typed, error.errors)
    return redirect(url_for("deals.show", deal_id=deal_id, done="admitted"), code=303)


def _typed_party(agency_id: UUID) -> Party:
    typed = request.form
    if typed.get("stage", "") not in set(Stage):
        raise DealRefusedError("Choose a stage.", [Fault("/stage", "Choose a stage.")])
    limit, wanted = typed.get("trial_limit", "").strip(), typed.getlist("ways")
    number = whole_number(limit) if limit else None
    if limit and number is None:
        fault = Fault("/trial_limit", "Enter how many referrals, as a number.")
        raise DealRefusedError(fault.detail, [fault])
    return Party(agency_id, Stage(typed["stage"]), "refer" in wanted, "receive" in wanted, number)


def _join_page(deal_id: UUID, faults: Sequence[Fault] = ()) -> ResponseReturnValue:
    with current_store().read() as tx:
        row, sides = seen(deal_id, tx)
        known = {str(side.agency_id) for side in sides}
        others = [box for box in agency_boxes(tx) if box["value"] not in known]
        page = render_template(
            "matching/deals/join.html", deal=row, agencies=others, **told(faults)
        )
    return page, 422 if faults else 200


def _stage_page(
    deal_id: UUID,
    agency_id: UUID,
    typed: Any,  # noqa: ANN401 - nothing, or the form as Flask holds it
    faults: Sequence[Fault] = (),
) -> ResponseReturnValue:
    with current_store().read() as tx:
        row, sides = seen(deal_id, tx)
        side = next((one for one in sides if one.agency_id == agency_id), None)
        if side is None:
            raise DealNotFoundError
        page = render_template(
            "matching/deals/stage.html",
            deal=row,
            side=side,
            version=typed.get("version", row.version),
            stages=_stage_radios(as_party(side), typed),
            ways=_way_boxes(as_party(side), typed),
            limit=typed.get("trial_limit", side.trial_limit or ""),
            **told(faults),
        )
    return page, 422 if faults else 200


def _stage_radios(party: Party, typed: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    chosen = typed.get("stage", party.stage)
    return [
        {
            "value": str(stage),
            "text": STAGES[stage],
            "hint": {"text": STAGE_HINTS[stage]},
            "checked": stage == chosen,
        }
        for stage in (party.stage, *NEXT[party.stage])
    ]


def _way_boxes(party: Party, typed: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    now = {"refer": party.may_refer, "receive": party.may_receive}
    texts = {"refer": "It may refer to the others", "receive": "The others may refer to it"}
    chosen = typed.getlist("ways") if typed else [way for way, may in now.items() if may]
    return [{"value": way, "text": text, "checked": way in chosen} for way, text in texts.items()]
