"""The guide for partners' systems: services, places, and would-it-fit checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from services.matching.domain.criteria import RULES_VERSION, Situation
from services.matching.errors import ServiceNotFoundError
from services.matching.guide_schema import LISTED
from services.matching.http.schemas import (
    CapacityBody,
    CheckBody,
    ChecksShape,
    PageQuery,
    ServiceShape,
    page_of,
)
from services.matching.http.shapes import checked_shape, service_shape
from services.matching.usecases import check_eligibility, set_capacity
from shared.errors import Fault, InvalidError
from shared.geography import area_of, dataset_version, normalise_postcode
from shared.web import current_store
from shared.web.access import client, principal
from shared.web.api import Blueprint

if TYPE_CHECKING:
    from services.matching.storage import MatchingTransaction

bp = Blueprint("services", __name__, url_prefix="/api/v1", description="The referral guide")


@bp.get("/services")
@bp.arguments(PageQuery, location="query")
@bp.response(200, page_of(ServiceShape))
@client("guide.read")
def list_services(query: dict[str, Any]) -> dict[str, Any]:
    """List the guide, a page at a time."""
    limit = query["limit"]
    with current_store().read() as tx:
        rows = tx.shown_services(listed=LISTED, after=query["cursor"], limit=limit + 1)
        items = [service_shape(row, tx.now) for row in rows[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}


@bp.get("/services/<uuid:service_id>")
@bp.response(200, ServiceShape)
@client("guide.read")
def show_service(service_id: UUID) -> dict[str, Any]:
    """Show one entry."""
    with current_store().read() as tx:
        return _shown(service_id, tx)


@bp.put("/services/<uuid:service_id>/capacity")
@bp.arguments(CapacityBody)
@bp.response(200, ServiceShape)
@client("capacity.write")
def put_capacity(body: dict[str, Any], service_id: UUID) -> dict[str, Any]:
    """Say how many places are free for new people."""
    with current_store().begin(actor=principal()) as tx:
        set_capacity(
            service_id,
            body["places"],
            body["as_of"],
            tx,
            takes_waiting_list=body["takes_waiting_list"],
        )
        return _shown(service_id, tx)


@bp.post("/eligibility-checks")
@bp.arguments(CheckBody)
@bp.response(200, ChecksShape)
@client("guide.read")
def check(body: dict[str, Any]) -> dict[str, Any]:
    """Tell which services would fit, and what to ask; nothing is stored."""
    situation = Situation(
        needs=tuple(dict.fromkeys(body["needs"])),
        area_codes=_areas(body["postcode"]),
        age=body["age"],
        language=body["language"],
        threshold=body["threshold"],
    )
    with current_store().read() as tx:
        found = check_eligibility(situation, LISTED, tx)
        items = [checked_shape(checked, tx.now) for checked in found]
    return {
        "items": items,
        "rules_version": RULES_VERSION,
        "geography_version": dataset_version(),
    }


def _areas(postcode: str | None) -> tuple[str, ...]:
    if not postcode:
        return ()
    if normalise_postcode(postcode) is None:
        fault = Fault("/postcode", "Write a whole postcode, as SW18 2PU.")
        raise InvalidError("The postcode cannot be read.", [fault])
    area = area_of(postcode)
    return area.codes if area else ()


def _shown(service_id: UUID, tx: MatchingTransaction) -> dict[str, Any]:
    row = tx.shown_service(service_id)
    if row is None:
        raise ServiceNotFoundError
    return service_shape(row, tx.now)
