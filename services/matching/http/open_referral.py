"""/open-referral: the public part of the guide for directories, as Open Referral UK.

Promise: anybody may read it from any site, without a key; it holds listed public entries only.
Opening times are not kept here, so asking for a day or an hour leaves nothing out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from marshmallow import EXCLUDE, Schema, fields, validate

from services.matching.errors import ServiceNotFoundError
from services.matching.open_referral import choosing, records, shape
from services.matching.storage import feed
from services.matching.storage.guide import entry_of
from shared.codes import codes
from shared.web import current_settings, current_store
from shared.web.access import public
from shared.web.api import Blueprint

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Row

bp = Blueprint(
    "open_referral",
    __name__,
    url_prefix="/open-referral",
    description="The public guide as Open Referral UK",
)
PROFILE = "https://docs.openreferraluk.org/"
OPEN_DATA = public("it is open data, published to be copied")
MOST = 1000


class PageQuery(Schema):
    """Which page; what the standard's other parameters ask is ignored where we cannot tell."""

    class Meta:
        """How marshmallow reads it."""

        unknown = EXCLUDE

    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    per_page = fields.Integer(load_default=50, validate=validate.Range(1, MOST))


class ServicesQuery(PageQuery):
    """Which services."""

    search = fields.String(load_default=None, validate=validate.Length(max=200))
    taxonomy_term_id = fields.UUID(load_default=None)
    taxonomy_id = fields.UUID(load_default=None)
    organization_id = fields.UUID(load_default=None)
    minimum_age = fields.Float(load_default=None)
    maximum_age = fields.Float(load_default=None)
    postcode = fields.String(load_default=None, validate=validate.Length(max=10))


class About(Schema):
    """What this interface is."""

    version = fields.String()
    profile = fields.String()
    openapi_url = fields.String()


@bp.after_request
def let_any_site_read(response: Response) -> Response:
    """Say to browsers that pages of other sites may use the feed."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get("/")
@bp.alt_response(200, schema=About)
@OPEN_DATA
def about() -> dict[str, str]:
    """Tell which profile this is."""
    described = f"{current_settings().base_url}/matching/openapi.json"
    return {"version": shape.VERSION, "profile": PROFILE, "openapi_url": described}


@bp.get("/services")
@bp.arguments(ServicesQuery, location="query")
@bp.alt_response(200, schema=shape.page_of(shape.Service))
@OPEN_DATA
def list_services(query: dict[str, Any]) -> dict[str, Any]:
    """List the services, whole, a page at a time."""
    with current_store().read() as tx:
        found = choosing.page(choosing.chosen(query, tx), query)
        rows = feed.published([row.id for row in found.contents], tx)
        return found.shape([_service(row, tx.now) for row in rows])


@bp.get("/services/<uuid:service_id>")
@bp.alt_response(200, schema=shape.Service)
@OPEN_DATA
def show_service(service_id: UUID) -> dict[str, Any]:
    """Show one service."""
    with current_store().read() as tx:
        for row in feed.published([service_id], tx):
            return _service(row, tx.now)
    raise ServiceNotFoundError


@bp.get("/service_at_locations")
@bp.arguments(ServicesQuery, location="query")
@bp.alt_response(200, schema=shape.page_of(shape.ServiceAtLocation))
@OPEN_DATA
def list_places(query: dict[str, Any]) -> dict[str, Any]:
    """List the services whose place everybody may know, at that place."""
    with current_store().read() as tx:
        located = [row.id for row in choosing.chosen(query, tx) if _has_place(row)]
        found = choosing.page(located, query)
        rows = feed.published(found.contents, tx)
        return found.shape([place for row in rows for place in _places(row, tx.now)])


@bp.get("/service_at_locations/<uuid:place_id>")
@bp.alt_response(200, schema=shape.ServiceAtLocation)
@OPEN_DATA
def show_place(place_id: UUID) -> dict[str, Any]:
    """Show one service at its place."""
    with current_store().read() as tx:
        for entry in feed.public_entries(tx):
            if _has_place(entry) and records.place_id(entry.id) == place_id:
                (row,) = feed.published([entry.id], tx)
                return _places(row, tx.now)[0]
    raise ServiceNotFoundError


@bp.get("/organizations")
@bp.arguments(PageQuery, location="query")
@bp.alt_response(200, schema=shape.page_of(shape.Organization))
@OPEN_DATA
def list_organizations(query: dict[str, Any]) -> dict[str, Any]:
    """List the agencies that have a public entry."""
    found = choosing.page(list(_organizations().values()), query)
    return found.shape(list(found.contents))


@bp.get("/organizations/<uuid:agency_id>")
@bp.alt_response(200, schema=shape.Organization)
@OPEN_DATA
def show_organization(agency_id: UUID) -> dict[str, Any]:
    """Show one agency that has a public entry."""
    found = _organizations().get(agency_id)
    if found is None:
        raise ServiceNotFoundError
    return found


@bp.get("/taxonomies")
@bp.arguments(PageQuery, location="query")
@bp.alt_response(200, schema=shape.page_of(shape.Taxonomy))
@OPEN_DATA
def list_taxonomies(query: dict[str, Any]) -> dict[str, Any]:
    """List our one list of words."""
    found = choosing.page([records.taxonomy()], query)
    return found.shape(list(found.contents))


@bp.get("/taxonomies/<uuid:taxonomy_id>")
@bp.alt_response(200, schema=shape.Taxonomy)
@OPEN_DATA
def show_taxonomy(taxonomy_id: UUID) -> dict[str, Any]:
    """Show our list of words."""
    if taxonomy_id != records.TAXONOMY:
        raise ServiceNotFoundError
    return records.taxonomy()


@bp.get("/taxonomy_terms")
@bp.arguments(PageQuery, location="query")
@bp.alt_response(200, schema=shape.page_of(shape.TaxonomyTerm))
@OPEN_DATA
def list_terms(query: dict[str, Any]) -> dict[str, Any]:
    """List our words for what help is."""
    found = choosing.page([records.term(need) for need in codes("needs")], query)
    return found.shape(list(found.contents))


@bp.get("/taxonomy_terms/<uuid:term_id>")
@bp.alt_response(200, schema=shape.TaxonomyTerm)
@OPEN_DATA
def show_term(term_id: UUID) -> dict[str, Any]:
    """Show one word."""
    for need in codes("needs"):
        if records.term_id(need) == term_id:
            return records.term(need)
    raise ServiceNotFoundError


def _service(row: Row[Any], now: Any) -> dict[str, Any]:  # noqa: ANN401 - the transaction's moment
    return records.service(row, now, current_settings().base_url)


def _has_place(row: Row[Any]) -> bool:
    return bool(records.at_locations(row.id, entry_of(row.entry)))


def _places(row: Row[Any], now: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the same
    whole = _service(row, now)
    here = records.at_locations(row.id, entry_of(row.entry))
    return [{**place, "service": whole} for place in here]


def _organizations() -> dict[UUID, dict[str, Any]]:
    """Return each agency as its most open public entry shows it."""
    found: dict[UUID, dict[str, Any]] = {}
    with current_store().read() as tx:
        for row in feed.publishers(tx):
            told = records.organization(row, entry_of(row.entry))
            found[row.agency_id] = {**found.get(row.agency_id, {}), **told}
    return found
