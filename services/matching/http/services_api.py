"""The guide for partners' systems: services, places, and would-it-fit checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from services.matching.domain.criteria import RULES_VERSION, Situation
from services.matching.domain.entries import inherited
from services.matching.domain.visibility import Audience
from services.matching.errors import ServiceNotFoundError
from services.matching.http.entry_schemas import (
    ClosureBody,
    EntryBody,
    EntryReviewBody,
    ReopeningBody,
    ServiceShape,
)
from services.matching.http.entry_shapes import reading, service_shape
from services.matching.http.referrals_api import seen_version
from services.matching.http.schemas import (
    CapacityBody,
    CheckBody,
    ChecksShape,
    PageQuery,
    page_of,
)
from services.matching.http.shapes import checked_shape
from services.matching.storage.guide import entry_of
from services.matching.usecases import check_eligibility, set_capacity
from services.matching.usecases.closing import (
    Closure,
    close_service,
    reopen_service,
    review_service,
)
from services.matching.usecases.editing import change_entry
from shared.errors import Fault, InvalidError
from shared.geography import area_of, dataset_version, normalise_postcode
from shared.home_lists import told_of_home
from shared.web import current_store
from shared.web.access import client, principal
from shared.web.api import Blueprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from services.matching.http.entry_shapes import Reading
    from services.matching.storage import MatchingTransaction

    Answer = tuple[dict[str, Any], int, dict[str, str]]

bp = Blueprint("services", __name__, url_prefix="/api/v1", description="The referral guide")


@bp.get("/services")
@bp.arguments(PageQuery, location="query")
@bp.response(200, page_of(ServiceShape))
@client("guide.read")
def list_services(query: dict[str, Any]) -> dict[str, Any]:
    """List the guide, a page at a time: what is open to the caller, and all of its own."""
    limit, own = query["limit"], principal().agency_id
    with current_store().read(principal()) as tx:
        reader = reading(tx)
        rows = tx.shown_services(
            listed=reader.listed, after=query["cursor"], limit=limit + 1, own=own
        )
        items = _shapes(rows[:limit], reader, tx)
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}


@bp.get("/services/<uuid:service_id>")
@bp.response(200, ServiceShape)
@client("guide.read")
def show_service(service_id: UUID) -> Answer:
    """Show one entry."""
    with current_store().read(principal()) as tx:
        return _shown(service_id, tx)


@bp.put("/services/<uuid:service_id>")
@bp.arguments(EntryBody)
@bp.response(200, ServiceShape)
@client("guide.write")
def put_service(body: dict[str, Any], service_id: UUID) -> Answer:
    """Replace what a service says of itself; its agency's words stand in for what it does not.

    With If-Match, only if nobody changed the entry since.
    """
    seen = seen_version()
    with current_store().begin(actor=principal()) as tx:
        change_entry(service_id, body, tx, seen=seen)
        return _shown(service_id, tx)


@bp.post("/services/<uuid:service_id>/closure")
@bp.arguments(ClosureBody)
@bp.response(200, ServiceShape)
@client("guide.write")
def post_closure(body: dict[str, Any], service_id: UUID) -> Answer:
    """Close to new referrals by decision; whoever waits keeps their place and their clocks."""
    with current_store().begin(actor=principal()) as tx:
        close_service(service_id, Closure(**body), tx)
        return _shown(service_id, tx)


@bp.post("/services/<uuid:service_id>/reopening")
@bp.arguments(ReopeningBody)
@bp.response(200, ServiceShape)
@client("guide.write")
def post_reopening(body: dict[str, Any], service_id: UUID) -> Answer:
    """Take referrals again."""
    with current_store().begin(actor=principal()) as tx:
        reopen_service(service_id, tx, **body)
        return _shown(service_id, tx)


@bp.post("/services/<uuid:service_id>/review")
@bp.arguments(EntryReviewBody)
@bp.response(200, ServiceShape)
@client("guide.write")
def post_review(body: dict[str, Any], service_id: UUID) -> Answer:
    """Say that the whole entry was checked today and is right (K15)."""
    del body
    with current_store().begin(actor=principal()) as tx:
        review_service(service_id, tx)
        return _shown(service_id, tx)


@bp.put("/services/<uuid:service_id>/capacity")
@bp.arguments(CapacityBody)
@bp.response(200, ServiceShape)
@client("capacity.write")
def put_capacity(body: dict[str, Any], service_id: UUID) -> Answer:
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
        groups=tuple(body["groups"]),
        lists=told_of_home(body["postcode"]),
        referrer=body["referrer"],
    )
    with current_store().read(principal()) as tx:
        found = check_eligibility(situation, reading(tx).listed, tx)
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


def _shown(service_id: UUID, tx: MatchingTransaction) -> Answer:
    row, reader = tx.shown_service(service_id), reading(tx)
    if row is None or not reader.finds(row):
        raise ServiceNotFoundError
    (shape,) = _shapes([row], reader, tx)
    return shape, 200, {"ETag": f'"{row.version}"'}


def _shapes(
    rows: Sequence[Row[Any]], reader: Reading, tx: MatchingTransaction
) -> list[dict[str, Any]]:
    """Return entries as the caller may see them; what its own ones inherit it is told.

    From who waits, whom the caller must not know of is left out, at every agency alike.
    """
    own = [row for row in rows if reader.of(row) is Audience.OWN]
    said = tx.owns_of([row.id for row in own])
    shared = tx.shared_of(own[0].agency_id) if own else {}
    waits = tx.waiting_shown(rows)
    return [
        {
            **service_shape(row, tx.now, reader.of(row)),
            "waiting": waits[row.id],
            "rules": (entry_of(row.entry).get("rules") or []) if row.id in said else [],
            "inherited": list(inherited(said[row.id], shared)) if row.id in said else [],
        }
        for row in rows
    ]
