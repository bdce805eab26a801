"""The partner API's shapes; an unknown key is refused."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.matching.domain.rules import REFERRERS
from services.matching.domain.transitions import State
from services.matching.guide_schema import code_list
from services.matching.usecases.ruling import MOST_OTHERS
from shared.web.api import Moment

MOST_PLACES = 100_000
LONGEST_NOTE = 4000
OLDEST = 130


class StrictSchema(Schema):
    """Refuses what it does not know."""

    class Meta:
        """How marshmallow reads it."""

        unknown = RAISE


def _note() -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))


def _words() -> fields.String:
    return fields.String(required=True, validate=validate.Length(1, LONGEST_NOTE))


class PageQuery(StrictSchema):
    """Which page of a list."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 1000))
    cursor = fields.UUID(load_default=None)


class ReferralsQuery(PageQuery):
    """Which referrals."""

    role = fields.String(load_default="receiver", validate=validate.OneOf(["receiver", "referrer"]))
    state = fields.List(fields.Enum(State, by_value=True), load_default=list)
    overdue = fields.Boolean(load_default=None)


class CapacityBody(StrictSchema):
    """How many places an agency has."""

    places = fields.Integer(required=True, strict=True, validate=validate.Range(0, MOST_PLACES))
    takes_waiting_list = fields.Boolean(required=True)
    as_of = Moment(load_default=None)


class CheckBody(StrictSchema):
    """What is known of somebody, without saying who."""

    needs = code_list("needs", required=True, validate=validate.Length(1, 30))
    age = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(0, OLDEST)
    )
    postcode = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=12))
    language = fields.String(load_default="en", validate=validate.Length(1, 10))
    threshold = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(1, 4)
    )
    groups = code_list("groups", load_default=list, validate=validate.Length(max=30))
    referrer = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(REFERRERS))


class AcceptBody(StrictSchema):
    """Yes, from a day."""

    forecast_start = fields.Date(required=True)
    note = _note()
    places = fields.Integer(strict=True, load_default=None, validate=validate.Range(0, MOST_PLACES))


class DeclineBody(StrictSchema):
    """No, for a reason."""

    reason = fields.String(required=True, validate=validate.Length(1, 40))
    comment = _note()
    would_have_been_right_if = _note()
    alternatives = fields.List(
        fields.UUID(), load_default=list, validate=validate.Length(max=MOST_OTHERS)
    )


class AskBody(StrictSchema):
    """What the receiver needs to know before it can decide."""

    question = _words()


class AnswerBody(StrictSchema):
    """What comes back."""

    answer = _words()


class CancelBody(StrictSchema):
    """Why it is taken back."""

    reason = fields.String(load_default="REFERRER_CANCELLED", validate=validate.Length(1, 40))
    comment = _note()


class CommentBody(StrictSchema):
    """Something to say with it, or nothing."""

    comment = _note()


class WithdrawBody(StrictSchema):
    """Why what was taken on ends; what was halted has its reason already."""

    reason = fields.String(load_default="", validate=validate.Length(max=40))
    comment = _note()


class AcknowledgeBody(StrictSchema):
    """That the receiver has stopped, or by which ground in law it keeps what it has."""

    basis = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 40))


class CriterionShape(Schema):
    """One criterion: its result, the fact it rests on, and what to ask."""

    criterion = fields.String()
    result = fields.String()
    fact = fields.String(allow_none=True)
    ask = fields.String(allow_none=True)


class CheckedShape(Schema):
    """How one service would fit."""

    service = fields.UUID()
    result = fields.String()
    criteria = fields.List(fields.Nested(CriterionShape))
    status = fields.String()
    forecast_wait_days = fields.Integer(allow_none=True)
    rank = fields.Integer(allow_none=True)
    why_this_rank = fields.String()


class ChecksShape(Schema):
    """How all services that offer a need would fit."""

    items = fields.List(fields.Nested(CheckedShape))
    rules_version = fields.String()
    geography_version = fields.String()


class DueShape(Schema):
    """A clock that runs."""

    clock = fields.String()
    at = fields.AwareDateTime()


class HistoryShape(Schema):
    """One thing that happened."""

    event = fields.String()
    at = fields.AwareDateTime()
    by_agency = fields.UUID(allow_none=True)
    reason = fields.String(allow_none=True)


class ReferralShape(Schema):
    """A referral, and what the caller may do with it now."""

    id = fields.UUID()
    request_id = fields.UUID()
    reference = fields.String()
    service_id = fields.UUID()
    agency_id = fields.UUID()
    referrer_agency_id = fields.UUID(allow_none=True)
    state = fields.String()
    version = fields.Integer()
    overdue = fields.Boolean()
    sent_at = fields.AwareDateTime(allow_none=True)
    due = fields.List(fields.Nested(DueShape))
    withheld = fields.String(
        allow_none=True,
        metadata={
            "description": "Why nothing of what it is about is shown: restricted, or erased."
        },
    )
    needs = fields.List(fields.String())
    urgency = fields.String(allow_none=True)
    explanation = fields.Dict(allow_none=True)
    forecast_start = fields.Date(allow_none=True)
    started_on = fields.Date(allow_none=True)
    extended_until = fields.Date(allow_none=True)
    occasional_support = fields.Boolean(allow_none=True)
    reopens = fields.UUID(allow_none=True)
    assigned_to = fields.UUID(allow_none=True)
    team = fields.String(allow_none=True)
    history = fields.List(fields.Nested(HistoryShape))
    actions = fields.List(fields.String())


class NoteShape(Schema):
    """What somebody wrote about a person."""

    id = fields.UUID()
    kind = fields.String()
    at = fields.AwareDateTime()
    by_agency = fields.UUID(attribute="agency_id", allow_none=True)
    text = fields.String()


def page_of(shape: type[Schema]) -> Any:  # noqa: ANN401 - a schema class made at import
    """Return the schema of a list of *shape*."""
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(shape)), "next": fields.UUID(allow_none=True)},
        name=f"{shape.__name__.removesuffix('Shape')}Page",
    )
