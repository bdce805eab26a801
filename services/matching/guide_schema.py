"""The shape in which a partnership hands in its guide, held to the closed lists of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from services.matching.domain.clocks import CLOCKS
from services.matching.domain.visibility import ContactPublic, Listed, Location
from services.matching.errors import GuideRefusedError
from services.matching.rule_schema import Rules
from services.matching.working_days import SUBDIVISIONS
from shared.codes import codes
from shared.errors import Fault
from shared.geography import normalise_postcode
from shared.web.problems import pointers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LISTED = tuple(Listed)
SENDING = ("automatic", "coordinator", "referrer")
STATUSES = ("open", "closed_to_referrals", "paused_by_network")
OLDEST = 130
LONGEST = 2000


def code_list(name: str, **how: Any) -> fields.List[Any]:  # noqa: ANN401 - marshmallow's own options
    """Return a field for several codes of one closed list."""
    return fields.List(fields.String(validate=validate.OneOf(list(codes(name)))), **how)


def short(longest: int, *, least: int = 0, **how: Any) -> fields.String:  # noqa: ANN401 - the same
    """Return a field for one text of limited length."""
    return fields.String(validate=validate.Length(least, longest), **how)


def one_of(known: Sequence[str]) -> fields.String:
    """Return a field for one of *known*, or none of them."""
    return fields.String(allow_none=True, load_default=None, validate=validate.OneOf(known))


def an_age() -> fields.Integer:
    """Return a field for whole years, or no limit."""
    return fields.Integer(allow_none=True, load_default=None, validate=validate.Range(0, OLDEST))


def a_postcode(text: str) -> None:
    """Refuse what is no whole postcode, but nothing at all."""
    if text and normalise_postcode(text) is None:
        raise ValidationError("Write a whole postcode, as SW18 2PU.")


def a_website(text: str) -> None:
    """Refuse an address that no browser should follow."""
    if text and not text.startswith(("https://", "http://")):
        raise ValidationError("Write the whole address, as https://example.org.")


class AgencySchema(Schema):
    """An agency; what the public directory adds is not kept here."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    kind = fields.String(required=True, validate=validate.Length(min=1, max=20))
    active = fields.Boolean(load_default=True)
    mailbox = fields.Email(required=True)
    phone = fields.String(load_default="", validate=validate.Length(max=40))
    shared = fields.Nested(lambda: SharedSchema(unknown=EXCLUDE), load_default=dict)
    reviewed_days_ago = fields.Integer(
        allow_none=True, load_default=None, validate=validate.Range(min=0)
    )


class ContactSchema(Schema):
    """Whom to ask about a service: a member of staff, never a person in need."""

    name = short(200, load_default="")
    role = short(200, load_default="")
    phone = short(40, load_default="")
    email = short(254, load_default="")


class CapacitySchema(Schema):
    """A first figure of places."""

    places = fields.Integer(required=True, validate=validate.Range(0, 100_000))
    takes_waiting_list = fields.Boolean(load_default=False)
    as_of_days_ago = fields.Integer(load_default=0, validate=validate.Range(min=0))


class ClosureSchema(Schema):
    """A closure that holds when the guide is handed in; its days count from then."""

    decided_by = short(200, load_default="")
    decided_days_ago = fields.Integer(load_default=0, validate=validate.Range(0, 3650))
    reason = short(LONGEST, load_default="")
    reopens_in_days = fields.Integer(load_default=28, validate=validate.Range(0, 3650))
    plan_for_waiting = short(LONGEST, load_default="")


class SharedSchema(Schema):
    """What an agency may say once for all its services; null: it does not say."""

    area_codes = fields.List(short(20), allow_none=True, load_default=None)
    languages = code_list("languages", allow_none=True, load_default=None)
    interpreters = fields.Boolean(allow_none=True, load_default=None)
    categories = code_list("categories", allow_none=True, load_default=None)
    contact = fields.Nested(ContactSchema(unknown=EXCLUDE), allow_none=True, load_default=None)
    clock_profile = one_of(tuple(CLOCKS))
    threshold_guide = short(LONGEST, allow_none=True, load_default=None)
    occasional_support = short(LONGEST, allow_none=True, load_default=None)
    address = short(300, allow_none=True, load_default=None)
    postcode = fields.String(
        allow_none=True, load_default=None, validate=[validate.Length(max=10), a_postcode]
    )
    website = fields.String(
        allow_none=True, load_default=None, validate=[validate.Length(max=300), a_website]
    )
    location = one_of(tuple(Location))
    contact_public = one_of(tuple(ContactPublic))
    listed = one_of(LISTED)


class EntrySchema(SharedSchema):
    """What a service says of itself."""

    name = short(200, required=True, least=1)
    description = short(LONGEST, load_default="")
    who_for = short(LONGEST, load_default="")
    eligibility = short(LONGEST, load_default="")
    what_to_bring = short(LONGEST, load_default="")
    needs = code_list("needs", required=True, validate=validate.Length(min=1))
    minimum_age = an_age()
    maximum_age = an_age()
    groups = code_list("groups", load_default=list)
    rules = Rules(load_default=list)
    threshold = fields.List(
        fields.Integer(validate=validate.Range(1, 4)),
        allow_none=True,
        load_default=None,
        validate=validate.Length(equal=2),
    )
    forecast_wait_days = fields.Integer(
        allow_none=True, load_default=None, validate=validate.Range(0, 3650)
    )

    @validates_schema
    def check_order(self, data: dict[str, Any], **_: object) -> None:
        """Refuse limits whose end lies before their beginning."""
        band = data.get("threshold")
        if band and band[0] > band[1]:
            raise ValidationError("The lower band comes first.", "threshold")
        lowest, highest = data.get("minimum_age"), data.get("maximum_age")
        if lowest is not None and highest is not None and lowest > highest:
            raise ValidationError("The maximum lies below the minimum.", "maximum_age")


class ServiceSchema(EntrySchema):
    """One entry of the referral guide, as a partnership hands it in."""

    id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    status = fields.String(load_default="open", validate=validate.OneOf(STATUSES))
    closure = fields.Nested(ClosureSchema(unknown=EXCLUDE), allow_none=True, load_default=None)
    reviewed_days_ago = fields.Integer(
        allow_none=True, load_default=None, validate=validate.Range(min=0)
    )
    capacity = fields.Nested(CapacitySchema, allow_none=True, load_default=None)


class PartnershipSchema(Schema):
    """What matching needs to know of the partnership as a whole."""

    nation = fields.String(load_default="england", validate=validate.OneOf(list(SUBDIVISIONS)))
    sending = fields.String(load_default="automatic", validate=validate.OneOf(SENDING))


class GuideSchema(Schema):
    """A whole guide."""

    partnership = fields.Nested(PartnershipSchema(unknown=EXCLUDE), load_default=dict)
    agencies = fields.List(fields.Nested(AgencySchema(unknown=EXCLUDE)), load_default=list)
    services = fields.List(fields.Nested(ServiceSchema(unknown=EXCLUDE)), load_default=list)


def read_guide(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return *data* read, with every default in place."""
    try:
        guide: dict[str, Any] = GuideSchema(unknown=EXCLUDE).load(data)
    except ValidationError as error:
        faults = [Fault(pointer, detail) for pointer, detail in pointers(error.messages)]
        raise GuideRefusedError("The guide breaks a rule; see errors.", faults) from error
    guide["partnership"] = {"nation": "england", "sending": "automatic", **guide["partnership"]}
    return guide
