"""One entry of the guide as a record of Open Referral UK.

Promise: what the public may not see is not in it, and what is not known is left out: no null,
no place past its shelf-life, no assurance that nobody here or at its source gave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.matching.domain.capacity import Status, known, status
from services.matching.domain.visibility import (
    Audience,
    Location,
    contact_for,
    location_for,
    may_ring_agency,
)
from services.matching.open_referral.extension import PLAIN
from services.matching.storage.guide import entry_of, standing_of
from shared.codes import codes, label
from shared.geography import area_of, known_areas

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row

Json = dict[str, Any]

TAXONOMY = uuid5(NAMESPACE_URL, "urn:onward:codes:needs")
UNIT = uuid5(NAMESPACE_URL, "urn:onward:units:place")
AREAS = "http://statistics.data.gov.uk/id/statistical-geography/"
STATUSES = {Status.CLOSED: "temporarily closed", Status.PAUSED: "inactive"}
ABOUT_AGENCY = "An agency of this referral partnership."
CLOSED_NOW = "This service takes no new referrals at present."


def service(row: Row[Any], now: datetime, base_url: str) -> Json:
    """Return the whole record of an entry."""
    entry, state = _open_words(row), status(standing_of(row), now)
    capacities = _capacities(row, now)
    record = {
        "id": str(row.id),
        "name": entry["name"],
        "status": STATUSES.get(state, "active"),
        "description": entry["description"],
        "url": entry["website"] or f"{base_url}/guide/{row.id}",
        "alert": CLOSED_NOW if state in STATUSES else "",
        "eligibility_description": entry["eligibility"],
        "minimum_age": entry["minimum_age"],
        "maximum_age": entry["maximum_age"],
        "assured_date": _assured(row),
        "last_modified": _changed(row).isoformat(),
        "organization": organization(row, entry),
        "service_areas": [_area(row.id, code) for code in entry["area_codes"]],
        "service_at_locations": at_locations(row.id, entry),
        "languages": [_language(row.id, code) for code in entry["languages"]],
        "contacts": _contacts(row, entry),
        "attributes": [_attribute(row.id, need) for need in entry["needs"]],
        "capacities": capacities,
        "onward": _own(row, entry, state, capacities),
    }
    return _told(record)


def _open_words(row: Row[Any]) -> Json:
    """Return an entry without the website of who is not to be found."""
    entry = entry_of(row.entry)
    rings = may_ring_agency(Audience.PUBLIC, row.listed, entry["contact_public"])
    return entry if rings else {**entry, "website": ""}


def organization(row: Row[Any], entry: Mapping[str, Any]) -> Json:
    """Return the agency behind an entry, as far as that entry lets it be reached."""
    rule = entry["contact_public"]
    rings = row.agency_phone and may_ring_agency(Audience.PUBLIC, row.listed, rule)
    named = contact_for(Audience.PUBLIC, row.listed, rule, {"email": row.agency_mailbox})
    record = {
        "id": str(row.agency_id),
        "name": row.agency_name,
        "description": ABOUT_AGENCY,
        "email": named["email"],
        "phones": [_phone(row.agency_id, row.agency_phone)] if rings else [],
        "onward": {"kind": row.agency_kind},
    }
    return _told(record)


def place_id(service_id: UUID) -> UUID:
    """Return the identifier of a service at its place."""
    return uuid5(service_id, "at_location")


def at_locations(service_id: UUID, entry: Mapping[str, Any]) -> list[Json]:
    """Return where a service is, if everybody may know."""
    shown = location_for(Audience.PUBLIC, entry["location"]) is Location.SHOWN
    if not (shown and entry["address"] and entry["postcode"]):
        return []
    location = {
        "id": _within(service_id, "location"),
        "name": entry["name"],
        "location_type": "physical",
        "addresses": [_address(service_id, entry["address"], entry["postcode"])],
    }
    ids = {"service_id": str(service_id), "location_id": location["id"]}
    return [{"id": str(place_id(service_id)), **ids, "location": location}]


def taxonomy() -> Json:
    """Return our own list of needs."""
    return {
        "id": str(TAXONOMY),
        "name": "Onward needs",
        "description": "What people ask for help with, in this hub's own closed list.",
        "uri": "urn:onward:codes:needs",
    }


def term(need: str) -> Json:
    """Return one need as a term of our list."""
    return {
        "id": str(term_id(need)),
        "code": need,
        "name": label("needs", need),
        "term": label("needs", need),
        "description": codes("needs")[need].easy_read,
        "taxonomy": taxonomy()["name"],
        "taxonomy_id": str(TAXONOMY),
    }


def term_id(need: str) -> UUID:
    """Return the identifier of a need, the same in every hub."""
    return uuid5(TAXONOMY, need)


def _own(row: Row[Any], entry: Mapping[str, Any], state: Status, capacities: list[Json]) -> Json:
    kept = {name: entry[name] for name in PLAIN}
    kept["listed"] = row.listed
    if capacities:
        kept["takes_waiting_list"] = row.takes_waiting_list
    return _told({**kept, "status": state})


def _assured(row: Row[Any]) -> str | None:
    """Return when somebody last vouched: here, or at the source nobody here has reviewed."""
    here = row.reviewed_on
    day = row.assured_on if row.unassured_since == here else here
    return day.isoformat() if day else None


def _changed(row: Row[Any]) -> datetime:
    moment: datetime = max(row.changed_at, row.as_of) if row.as_of else row.changed_at
    return moment


def _area(service_id: UUID, code: str) -> Json:
    return {
        "id": _within(service_id, f"area:{code}"),
        "name": _area_name(code),
        "extent": code,
        "extent_type": "text",
        "uri": f"{AREAS}{code}",
    }


def _area_name(code: str) -> str:
    for area in known_areas():
        if code == area.district_code:
            return area.district
        if code == area.ward_code:
            return f"{area.ward}, {area.district}"
    return code


def _language(service_id: UUID, code: str) -> Json:
    name = label("languages", code)
    return {"id": _within(service_id, f"language:{code}"), "name": name, "code": code}


def _contacts(row: Row[Any], entry: Mapping[str, Any]) -> list[Json]:
    rule = entry["contact_public"]
    told = contact_for(Audience.PUBLIC, row.listed, rule, entry["contact"])
    if not any(told.values()):
        return []
    contact = {
        "id": _within(row.id, "contact"),
        "name": told["name"],
        "title": told["role"],
        "email": told["email"],
        "phones": [_phone(row.id, told["phone"])] if told["phone"] else [],
    }
    return [_told(contact)]


def _attribute(service_id: UUID, need: str) -> Json:
    return {
        "id": _within(service_id, f"need:{need}"),
        "link_id": str(service_id),
        "link_entity": "service",
        "link_type": "need",
        "taxonomy_term": term(need),
    }


def _capacities(row: Row[Any], now: datetime) -> list[Json]:
    figure = known(standing_of(row), now)
    if figure is None or row.closed or row.paused:
        return []
    capacity = {
        "id": _within(row.id, "capacity"),
        "unit": {"id": str(UNIT), "name": "place", "scheme": "onward"},
        "available": figure.free,
        "description": "Places free for new people.",
        "updated": figure.as_of.isoformat(),
    }
    return [capacity]


def _address(service_id: UUID, address: str, postcode: str) -> Json:
    area = area_of(postcode)
    return {
        "id": _within(service_id, "address"),
        "address_1": address,
        "city": area.district if area else "",
        "state_province": "",
        "postal_code": postcode,
        "country": "GB",
        "address_type": "physical",
    }


def _phone(owner: UUID, number: str) -> Json:
    return {"id": _within(owner, "phone"), "number": number}


def _within(owner: UUID, what: str) -> str:
    """Return the identifier of a part of a record, the same each time it is told."""
    return str(uuid5(owner, what))


def _told(record: Mapping[str, Any]) -> Json:
    return {name: value for name, value in record.items() if value not in (None, "", [], {})}
