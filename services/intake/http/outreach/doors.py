"""Who goes where, and what came of a visit.

Promise: addresses appear only at the press of a button that says it is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import request

from services.intake.domain import leads as d
from services.intake.errors import ListRefusedError
from services.intake.http.outreach.blueprint import GOING, LEADING, bp, onward, page
from services.intake.http.outreach.lists import _agency, _list_page, _ward
from services.intake.storage import leads
from services.intake.usecases import outreach_visiting as use
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response
    from sqlalchemy import Row

MOST = 30
ROUND, DOOR = "Your round", "One door"


@bp.post("/lists/<uuid:job_id>/pairs")
@staff(*LEADING)
def assign(job_id: UUID) -> Response:
    """Send a pair to the wards that were ticked."""
    wards = request.form.getlist("ward")
    if not wards:
        return _list_page(job_id, {"ward": "Choose at least one ward"})
    try:
        with current_store().begin(actor=principal()) as tx:
            use.assign_wards(job_id, wards, *_pair(), tx)
    except ListRefusedError as error:
        return _list_page(job_id, {"one": str(error)})
    return onward("show_list", job_id=job_id)


@bp.get("/round")
@staff(*GOING)
def my_round() -> Response:
    """Show how many doors one is to knock at, and where; no address yet."""
    with current_store().read(actor=principal()) as tx:
        rows = leads.leads_to_visit(_me(), MOST, tx)
    return page("round", ROUND, doors=[(row, _ward(row.ward_code), None) for row in rows])


@bp.post("/round")
@staff(*GOING)
def show_round() -> Response:
    """Show the addresses of one's round, recorded."""
    with current_store().begin(actor=principal()) as tx:
        rows = leads.leads_to_visit(_me(), MOST, tx)
        opened = use.open_leads(rows, tx)
    doors = [(row, _ward(row.ward_code), opened.get(row.id)) for row in rows]
    return page("round", ROUND, doors=doors, opened=True)


@bp.get("/leads/<uuid:lead_id>")
@staff(*GOING)
def door(lead_id: UUID) -> Response:
    """Ask what happened at one door."""
    return _door_page(lead_id)


@bp.post("/leads/<uuid:lead_id>/details")
@staff(*GOING)
def show_door(lead_id: UUID) -> Response:
    """Show what the lead says, recorded."""
    with current_store().begin(actor=principal()) as tx:
        opened = use.open_leads([use.lead_of(lead_id, tx)], tx)
    return _door_page(lead_id, told=opened.get(lead_id))


@bp.post("/leads/<uuid:lead_id>/pair")
@staff(*LEADING)
def assign_one(lead_id: UUID) -> Response:
    """Send a pair to one door."""
    try:
        with current_store().begin(actor=principal()) as tx:
            use.assign_lead(lead_id, *_pair(), tx)
    except ListRefusedError as error:
        return _door_page(lead_id, {"one": str(error)})
    return onward("door", lead_id=lead_id)


@bp.post("/leads/<uuid:lead_id>/visit")
@staff(*GOING)
def visit(lead_id: UUID) -> Response:
    """Keep what happened at the door."""
    note = request.form.get("note", "").strip()
    if len(note) > d.LONGEST_NOTE:
        return _door_page(lead_id, {"note": f"Write at most {d.LONGEST_NOTE} characters"})
    try:
        with current_store().begin(actor=principal()) as tx:
            state = use.record_visit(lead_id, request.form.get("result", ""), note, tx)
    except ListRefusedError as error:
        return _door_page(lead_id, {"result": str(error)})
    if state == d.AGREEING:
        return onward("tell", lead_id=lead_id)
    return onward("my_round")


def _door_page(
    lead_id: UUID,
    errors: Mapping[str, str] | None = None,
    told: dict[str, Any] | None = None,
) -> Response:
    with current_store().read(actor=principal()) as tx:
        row = use.lead_of(lead_id, tx)
        people = leads.colleagues(_agency(), tx)
    return page(
        "door",
        DOOR,
        errors=errors,
        lead=row,
        ward=_ward(row.ward_code),
        told=told,
        results=d.RESULTS,
        colleagues=people,
        going=_names(row, people),
        leads_team=bool(frozenset(LEADING) & principal().roles),
    )


def _names(row: Row[Any], people: Mapping[str, str]) -> str:
    pair = (row.worker_one, row.worker_two)
    names = [people.get(str(one), "Someone who has left") for one in pair if one]
    return " and ".join(names)


def _pair() -> tuple[str, str]:
    return request.form.get("one", ""), request.form.get("two", "")


def _me() -> UUID:
    return UUID(str(principal().id))
