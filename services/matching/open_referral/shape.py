"""What Open Referral UK asks of a record, written down by us: names, kinds and formats.

Read against HSDS-UK 3.0; a service's capacities are as HSDS 3.1 drafts them. Unknown members
are allowed, as the profile allows them; the formats of addresses are always checked.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from shared.web.api import Moment

VERSION = "HSDS-UK-3.0"
STATUSES = ("active", "inactive", "defunct", "temporarily closed")
ADDRESS_KINDS = ("physical", "postal", "virtual")
MOST_PLACES = 100_000
LOCATION_KINDS = ("physical", "postal", "virtual")


def is_uri(text: str) -> None:
    """Refuse what has no scheme, or nothing behind it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme or not (parts.netloc or parts.path) or any(c.isspace() for c in text):
        raise ValidationError("This is not a whole address, as https://example.org.")


def text(**how: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own options
    """Return a field for text; feeds say null where they say nothing."""
    return fields.String(allow_none=not how.get("required", False), **how)


def uri() -> fields.String:
    """Return a field for an address of the web."""
    return text(validate=is_uri)


def age() -> fields.Float:
    """Return a field for years."""
    return fields.Float(allow_none=True, validate=validate.Range(0, 150))


def several(shape: type[Schema]) -> fields.List[Any]:
    """Return a field for records of one kind."""
    return fields.List(fields.Nested(shape), allow_none=True)


class Shape(Schema):
    """A record with an identifier."""

    class Meta:
        """How marshmallow reads it."""

        unknown = INCLUDE

    id = text(required=True, validate=validate.Length(1, 200))


class Taxonomy(Shape):
    """A list of terms."""

    name = text(required=True)
    description = text(required=True)
    uri = uri()
    version = text()


class TaxonomyTerm(Shape):
    """One word of a list."""

    code = text()
    name = text()
    term = text()
    description = text()
    taxonomy = text()
    taxonomy_id = text()
    term_uri = uri()


class Attribute(Shape):
    """What a service is, in the word of a list."""

    link_id = text()
    link_entity = text()
    link_type = text()
    value = text()
    taxonomy_term = fields.Nested(TaxonomyTerm, allow_none=True)


class Phone(Shape):
    """A number to ring."""

    number = text(required=True)
    description = text()


class Contact(Shape):
    """Whom to ask."""

    name = text()
    title = text()
    email = fields.Email(allow_none=True)
    phones = several(Phone)


class Organization(Shape):
    """Who runs a service."""

    name = text(required=True)
    description = text()
    email = fields.Email(allow_none=True)
    website = uri()
    phones = several(Phone)


class ServiceArea(Shape):
    """Where people live whom a service is for."""

    name = text()
    extent = text()
    extent_type = text()
    uri = text()


class Language(Shape):
    """A language spoken at a service."""

    name = text()
    code = text()


class Address(Shape):
    """Where a place is."""

    address_1 = text(required=True)
    address_2 = text()
    city = text(required=True)
    state_province = text(required=True)
    postal_code = text(required=True)
    country = text(required=True, validate=validate.Length(equal=2))
    address_type = text(required=True, validate=validate.OneOf(ADDRESS_KINDS))


class Location(Shape):
    """A place."""

    name = text()
    location_type = text(validate=validate.OneOf(LOCATION_KINDS))
    addresses = several(Address)


class AtLocation(Shape):
    """A service at a place."""

    service_id = text()
    location_id = text()
    location = fields.Nested(Location, allow_none=True)


class Unit(Shape):
    """What is counted."""

    name = text(required=True)
    scheme = text()
    identifier = text()
    uri = uri()


class Capacity(Shape):
    """How many are free, and since when that is known."""

    unit = fields.Nested(Unit, required=True)
    available = fields.Float(required=True, validate=validate.Range(0, MOST_PLACES))
    maximum = fields.Float(allow_none=True)
    description = text()
    updated = Moment(required=True)


class Service(Shape):
    """A service."""

    name = text(required=True, validate=validate.Length(1))
    status = text(required=True, validate=validate.OneOf(STATUSES))
    description = text()
    url = uri()
    email = fields.Email(allow_none=True)
    alert = text()
    eligibility_description = text()
    minimum_age = age()
    maximum_age = age()
    assured_date = fields.Date(allow_none=True)
    assurer_email = fields.Email(allow_none=True)
    last_modified = Moment(allow_none=True)
    organization = fields.Nested(Organization, allow_none=True)
    service_areas = several(ServiceArea)
    service_at_locations = several(AtLocation)
    languages = several(Language)
    contacts = several(Contact)
    attributes = several(Attribute)
    capacities = several(Capacity)
    onward = fields.Dict(allow_none=True)


class ServiceAtLocation(AtLocation):
    """A service at a place, with the whole service."""

    service = fields.Nested(Service, required=True)


class Page(Schema):
    """A page of records."""

    total_items = fields.Integer(required=True)
    total_pages = fields.Integer(required=True)
    page_number = fields.Integer(required=True)
    size = fields.Integer(required=True)
    first_page = fields.Boolean(required=True)
    last_page = fields.Boolean(required=True)
    empty = fields.Boolean(required=True)


def page_of(shape: type[Schema]) -> type[Schema]:
    """Return the shape of a page of *shape*."""
    contents = {"contents": fields.List(fields.Nested(shape), required=True)}
    return type(f"PageOf{shape.__name__}", (Page,), contents)
