"""What the partner API reads of waiting, support, reviews, contacts and outcomes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.matching.domain.outcomes import LEAST_SCALE, MOST_COUNTED, MOST_POUNDS, MOST_SCALE
from services.matching.domain.transitions import Result
from services.matching.http.schemas import LONGEST_NOTE, StrictSchema
from services.matching.usecases.contacting import CHANNELS
from services.matching.usecases.reassigning import LONGEST_TEAM
from services.matching.usecases.ruling import MOST_OTHERS

MOST_OUTCOMES = 30


def _note() -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))


def _code() -> fields.String:
    return fields.String(required=True, validate=validate.Length(1, 40))


def _maybe_code() -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 40))


def _count(most: int, least: int = 0) -> fields.Integer:
    within = validate.Range(least, most)
    return fields.Integer(strict=True, load_default=None, allow_none=True, validate=within)


def _others() -> fields.List[Any]:
    return fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MOST_OTHERS))


class WaitBody(StrictSchema):
    """That the person waits, and what they may expect."""

    expected_start = fields.Date(load_default=None, allow_none=True)
    occasional_support = fields.Boolean(load_default=False)
    note = _note()


class StartBody(StrictSchema):
    """From which day the person is supported."""

    started_on = fields.Date(required=True)


class ReviewedBody(StrictSchema):
    """One of the four results of a review."""

    result = fields.Enum(Result, by_value=True, required=True)
    until = fields.Date(load_default=None, allow_none=True)
    agreed_with_referrer = fields.Boolean(load_default=False)
    comment = _note()
    alternatives = _others()


class HoldBody(StrictSchema):
    """Why it rests, and when it is looked at again."""

    reason = _code()
    review_on = fields.Date(required=True)
    comment = _note()


class ContactBody(StrictSchema):
    """One attempt to reach or see the person."""

    code = _code()
    on = fields.Date(required=True)
    channel = fields.String(load_default="phone", validate=validate.OneOf(CHANNELS))
    as_agreed = fields.Boolean(load_default=True)
    attended = _maybe_code()
    why_absent = _maybe_code()
    note = _note()


class OutcomeBody(StrictSchema):
    """What came of one need."""

    need = _code()
    result = _code()
    codes = fields.List(_code(), load_default=list, validate=validate.Length(max=MOST_OUTCOMES))
    weeks = _count(MOST_COUNTED)
    pounds_per_year = _count(MOST_POUNDS)
    pounds_once = _count(MOST_POUNDS)
    scale_before = _count(MOST_SCALE, LEAST_SCALE)
    scale_after = _count(MOST_SCALE, LEAST_SCALE)
    calls = _count(MOST_COUNTED)
    onward_referral_id = fields.UUID(load_default=None, allow_none=True)


class CompleteBody(StrictSchema):
    """What came of it; nothing yet means that it follows within the days allowed."""

    outcomes = fields.List(
        fields.Nested(OutcomeBody), load_default=list, validate=validate.Length(max=MOST_OUTCOMES)
    )
    note = _note()


class OutcomesBody(StrictSchema):
    """What came of it, afterwards."""

    outcomes = fields.List(
        fields.Nested(OutcomeBody), required=True, validate=validate.Length(1, MOST_OUTCOMES)
    )
    note = _note()


class ReassignBody(StrictSchema):
    """Who has it now; neither means that nobody does."""

    staff_id = fields.UUID(load_default=None, allow_none=True)
    team = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(max=LONGEST_TEAM)
    )


class RedirectBody(StrictSchema):
    """Which services would be better, and why."""

    alternatives = fields.List(
        fields.UUID(), required=True, validate=validate.Length(1, MOST_OTHERS)
    )
    comment = fields.String(required=True, validate=validate.Length(1, LONGEST_NOTE))


class ReopenBody(StrictSchema):
    """Why it is taken up again."""

    reason = _code()
    comment = _note()


class OutcomeShape(Schema):
    """What came of one need, as it was written down."""

    at = fields.AwareDateTime()
    need = fields.String()
    result = fields.String()
    codes = fields.List(fields.String())
    weeks = fields.Integer(allow_none=True)
    pounds_per_year = fields.Integer(allow_none=True)
    pounds_once = fields.Integer(allow_none=True)
    scale_before = fields.Integer(allow_none=True)
    scale_after = fields.Integer(allow_none=True)
    calls = fields.Integer(allow_none=True)
    onward_referral_id = fields.UUID(allow_none=True)
