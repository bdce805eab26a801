"""The shape in which a partnership hands in its guide, held to the closed lists of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from services.matching.domain.clocks import CLOCKS
from services.matching.errors import GuideRefusedError
from services.matching.working_days import SUBDIVISIONS
from shared.codes import codes
from shared.errors import Fault
from shared.web.problems import pointers

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTED = ("public", "partners", "by_worker_only")
STATUSES = ("open", "closed_to_referrals", "paused_by_network")
OLDEST = 130


def code_list(name: str, **how: Any) -> fields.List[Any]:  # noqa: ANN401 - marshmallow's own options
    """Return a field for several codes of one closed list."""
    return fields.List(fields.String(validate=validate.OneOf(list(codes(name)))), **how)


class AgencySchema(Schema):
    """An agency; what the public directory adds is not kept here."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    kind = fields.String(required=True, validate=validate.Length(min=1, max=20))
    active = fields.Boolean(load_default=True)
    mailbox = fields.Email(required=True)
    phone = fields.String(load_default="", validate=validate.Length(max=40))


class ContactSchema(Schema):
    """Whom to ask about a service: a member of staff, never a person in need."""

    name = fields.String(load_default="")
    role = fields.String(load_default="")
    phone = fields.String(load_default="")
    email = fields.String(load_default="")


class CapacitySchema(Schema):
    """A first figure of places."""

    places = fields.Integer(required=True, validate=validate.Range(0, 100_000))
    takes_waiting_list = fields.Boolean(load_default=False)
    as_of_days_ago = fields.Integer(load_default=0, validate=validate.Range(min=0))


class ServiceSchema(Schema):
    """One entry of the referral guide."""

    id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    description = fields.String(load_default="", validate=validate.Length(max=2000))
    who_for = fields.String(load_default="")
    eligibility = fields.String(load_default="")
    what_to_bring = fields.String(load_default="")
    needs = code_list("needs", required=True, validate=validate.Length(min=1))
    area_codes = fields.List(fields.String(), load_default=list)
    minimum_age = fields.Integer(
        allow_none=True, load_default=None, validate=validate.Range(0, OLDEST)
    )
    maximum_age = fields.Integer(
        allow_none=True, load_default=None, validate=validate.Range(0, OLDEST)
    )
    groups = code_list("groups", load_default=list)
    threshold = fields.List(
        fields.Integer(validate=validate.Range(1, 4)),
        allow_none=True,
        load_default=None,
        validate=validate.Length(equal=2),
    )
    languages = code_list("languages", load_default=list)
    interpreters = fields.Boolean(allow_none=True, load_default=None)
    categories = code_list("categories", load_default=list)
    contact = fields.Nested(ContactSchema(unknown=EXCLUDE), load_default=dict)
    clock_profile = fields.String(load_default="default", validate=validate.OneOf(list(CLOCKS)))
    forecast_wait_days = fields.Integer(
        allow_none=True, load_default=None, validate=validate.Range(0)
    )
    listed = fields.String(load_default="public", validate=validate.OneOf(LISTED))
    status = fields.String(load_default="open", validate=validate.OneOf(STATUSES))
    closure = fields.Dict(allow_none=True, load_default=None)
    reviewed_days_ago = fields.Integer(load_default=0, validate=validate.Range(min=0))
    capacity = fields.Nested(CapacitySchema, allow_none=True, load_default=None)

    @validates_schema
    def check_order(self, data: dict[str, Any], **_: object) -> None:
        """Refuse limits whose end lies before their beginning."""
        band = data.get("threshold")
        if band and band[0] > band[1]:
            raise ValidationError("The lower band comes first.", "threshold")
        lowest, highest = data.get("minimum_age"), data.get("maximum_age")
        if lowest is not None and highest is not None and lowest > highest:
            raise ValidationError("The maximum lies below the minimum.", "maximum_age")


class PartnershipSchema(Schema):
    """What matching needs to know of the partnership as a whole."""

    nation = fields.String(load_default="england", validate=validate.OneOf(list(SUBDIVISIONS)))


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
    guide["partnership"] = {"nation": "england", **guide["partnership"]}
    return guide
