"""The bodies of the consent routes, in and out."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.intake.http.schemas import ConsentSchema, Strict

MOST_GRANTS = 500


class AnswerSchema(ConsentSchema):
    """What the person answered; `answers` names the consent that was asked for, if any was."""

    answers = fields.UUID(load_default=None, allow_none=True)


class ConsentWithdrawalSchema(Strict):
    """What is taken back, grants null: all of it; how it was said; a code of end_reasons."""

    grants = fields.List(
        fields.UUID(),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=MOST_GRANTS),
    )
    method = fields.String(required=True)
    reason = fields.String(load_default=None, allow_none=True)


class ConsentConfirmationSchema(Strict):
    """How it was confirmed: letter, email, text, paper or online_form."""

    method = fields.String(required=True)


class LedgerGrantSchema(Schema):
    """One answer."""

    id = fields.UUID(allow_none=True)
    purpose = fields.String()
    recipient = fields.UUID()
    category = fields.String()
    decision = fields.String()
    ended_at = fields.AwareDateTime(allow_none=True)


class LedgerEventSchema(Schema):
    """One thing that happened to a consent: its number in the ledger, and what it made."""

    sequence = fields.Integer()
    change = fields.String()
    state = fields.String()
    at = fields.AwareDateTime()
    method = fields.String()
    reason = fields.String(allow_none=True)


class LedgerEntrySchema(Schema):
    """One consent as it stands."""

    id = fields.UUID()
    request_id = fields.UUID()
    notice = fields.String(attribute="notice_id")
    language = fields.String()
    state = fields.String()
    version = fields.Integer(attribute="sequence")
    method = fields.String(allow_none=True)
    given_by = fields.String(allow_none=True)
    capable_by = fields.String(allow_none=True)
    valid_until = fields.Date(allow_none=True)
    recorded_at = fields.AwareDateTime()
    confirmation = fields.String(allow_none=True)
    confirm_by = fields.AwareDateTime(allow_none=True)
    grants = fields.List(fields.Nested(LedgerGrantSchema))
    events = fields.List(fields.Nested(LedgerEventSchema))
    actions = fields.List(fields.String())


class ConsentsSchema(Schema):
    """Every consent of one request."""

    items = fields.List(fields.Nested(LedgerEntrySchema))
    next = fields.String(allow_none=True)
