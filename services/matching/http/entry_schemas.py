"""The partner API's shapes of the guide; an unknown key is refused."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from services.matching.guide_schema import ContactSchema, EntrySchema


class WhomToAskBody(ContactSchema):
    """Whom to ask about a service."""

    class Meta:
        """How marshmallow reads it."""

        unknown = RAISE


class EntryBody(EntrySchema):
    """What a service says of itself; what is null or left out its agency says for it."""

    class Meta:
        """How marshmallow reads it."""

        unknown = RAISE

    contact = fields.Nested(WhomToAskBody, allow_none=True, load_default=None)


class ClosureBody(Schema):
    """A decision to take no new referrals."""

    class Meta:
        """How marshmallow reads it."""

        unknown = RAISE

    decided_by = fields.String(load_default="")
    reason = fields.String(load_default="")
    until = fields.Date(load_default=None, allow_none=True)
    plan_for_waiting = fields.String(load_default="")


class ReopeningBody(Schema):
    """A decision to take referrals again."""

    class Meta:
        """How marshmallow reads it."""

        unknown = RAISE

    decided_by = fields.String(load_default="", validate=validate.Length(max=200))
    reason = fields.String(load_default="", validate=validate.Length(max=2000))


class EntryReviewBody(Schema):
    """That the whole entry was checked today; there is nothing to say with it."""

    class Meta:
        """How marshmallow reads it."""

        unknown = RAISE


class WhomToAskShape(Schema):
    """Whom to ask."""

    name = fields.String()
    role = fields.String()
    phone = fields.String()
    email = fields.String()


class ClosureShape(Schema):
    """Why a service takes no new referrals, and until when."""

    decided_by = fields.String()
    decided_at = fields.String()
    reason = fields.String()
    until = fields.String()
    plan_for_waiting = fields.String()


class ServiceShape(Schema):
    """One entry of the guide, as far as the caller may see it."""

    id = fields.UUID()
    agency_id = fields.UUID()
    agency = fields.String()
    version = fields.Integer()
    name = fields.String()
    description = fields.String()
    who_for = fields.String()
    eligibility = fields.String()
    what_to_bring = fields.String()
    needs = fields.List(fields.String())
    area_codes = fields.List(fields.String())
    minimum_age = fields.Integer(allow_none=True)
    maximum_age = fields.Integer(allow_none=True)
    groups = fields.List(fields.String())
    languages = fields.List(fields.String())
    interpreters = fields.Boolean(allow_none=True)
    threshold = fields.List(fields.Integer(), allow_none=True)
    threshold_guide = fields.String()
    occasional_support = fields.String()
    categories = fields.List(fields.String())
    status = fields.String()
    places = fields.Integer(allow_none=True)
    reserved = fields.Integer()
    waiting = fields.Integer()
    over_promised = fields.Boolean()
    forecast_wait_days = fields.Integer(allow_none=True)
    capacity_as_of = fields.AwareDateTime(allow_none=True)
    reviewed_on = fields.Date()
    review_due = fields.Date()
    closure = fields.Nested(ClosureShape, allow_none=True)
    contact = fields.Nested(WhomToAskShape)
    agency_phone = fields.String()
    website = fields.String()
    address = fields.String()
    postcode = fields.String()
    place = fields.String()
    location = fields.String()
    contact_public = fields.String()
    clock_profile = fields.String()
    listed = fields.String()
    inherited = fields.List(fields.String())
    rules = fields.List(fields.Dict())
