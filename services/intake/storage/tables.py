"""What intake keeps. Personal data stands only in the columns named `sealed_...`.

Everything else is ids, codes, times and hashes; consent events are only ever added.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
)

from shared.storage import UtcDateTime, metadata_for
from shared.web import session_tables

metadata = metadata_for("intake")

CODE = String(40)

vault_key = Table(
    "vault_key",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("owner", String(10), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)
person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("sealed_identity", LargeBinary, nullable=False),
    Column("sealed_contact", LargeBinary, nullable=False),
    Column("sealed_address", LargeBinary, nullable=False),
    Column("sealed_household", LargeBinary),
)
request = Table(
    "request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reference", String(12), nullable=False, unique=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("return_code_hash", LargeBinary),
    Column("state", CODE, nullable=False),
    Column("version", Integer, nullable=False),
    Column("needs", JSON, nullable=False),
    Column("urgency", CODE, nullable=False),
    Column("threshold", Integer),
    Column("language", CODE, nullable=False),
    Column("interpreter", CODE),
    Column("access_needs", JSON, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("source", CODE, nullable=False),
    Column("relationship", CODE, nullable=False),
    Column("submitter_agency_id", Uuid),
    Column("submitted_by", String(80)),
    Column("area_codes", JSON),
    Column("geography_version", String(60)),
    Column("age", Integer),
    Column("agreed_by_phone", Boolean),
    Column("onward_of", Uuid),
    Column("sealed_story", LargeBinary, nullable=False),
    Column("sealed_speaker", LargeBinary),
    Column("sealed_witness", LargeBinary),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("acknowledge_by", UtcDateTime),
    Column("acknowledge_look_at", UtcDateTime, index=True),
)
named_service = Table(
    "named_service",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("request.id"), nullable=False, index=True),
    Column("service_id", Uuid, nullable=False),
    Column("sealed_notes", LargeBinary, nullable=False),
)
consent_record = Table(
    "consent_record",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("request.id"), nullable=False, index=True),
    Column("notice_id", String(60), nullable=False),
    Column("language", CODE, nullable=False),
    Column("method", CODE),
    Column("given_by", CODE),
    Column("valid_until", Date),
    Column("capable_by", CODE),
    Column("collected_by", String(80)),
    Column("collected_by_agency_id", Uuid),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("referral_id", Uuid),
    Column("sealed_witness", LargeBinary),
    Column("confirm_by", UtcDateTime),
    Column("confirmed_at", UtcDateTime),
    Column("confirmed_how", CODE),
    Column("overdue_rung", Integer),
    Column("next_look", UtcDateTime, index=True),
)
"""`next_look` is when the clocks have to look again: a warning, an end, a confirmation."""
consent_grant = Table(
    "consent_grant",
    metadata,
    Column("consent_id", Uuid, ForeignKey("consent_record.id"), primary_key=True),
    Column("purpose", CODE, primary_key=True),
    Column("recipient_agency_id", Uuid, primary_key=True),
    Column("category", CODE, primary_key=True),
    Column("decision", CODE, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("ended_at", UtcDateTime),
)
consent_event = Table(
    "consent_event",
    metadata,
    Column("consent_id", Uuid, ForeignKey("consent_record.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("state", CODE, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_kind", CODE, nullable=False),
    Column("by_id", String(80)),
    Column("method", CODE, nullable=False),
    Column("reason", CODE),
    Column("change", CODE, nullable=False),
    Column("valid_until", Date),
)
notice_version = Table(
    "notice_version",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("language", CODE, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
)
idempotency = Table(
    "idempotency",
    metadata,
    Column("client_id", String(80), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("response", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
return_code_try = Table(
    "return_code_try",
    metadata,
    Column("reference_hash", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("wait_until", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False, index=True),
)
agency = Table(
    "agency",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", CODE, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("phone", String(40), nullable=False),
    Column("version", Integer, nullable=False),
)
guide = Table(
    "guide",
    metadata,
    Column("service_id", Uuid, primary_key=True),
    Column("agency_id", Uuid, nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("needs", JSON, nullable=False),
    Column("area_codes", JSON, nullable=False),
    Column("minimum_age", Integer),
    Column("maximum_age", Integer),
    Column("categories", JSON, nullable=False),
    Column("listed", CODE, nullable=False),
    Column("version", Integer, nullable=False),
)
service_status = Table(
    "service_status",
    metadata,
    Column("service_id", Uuid, primary_key=True),
    Column("status", CODE, nullable=False),
    Column("closed_until", Date),
    Column("version", Integer, nullable=False),
)
referral_step = Table(
    "referral_step",
    metadata,
    Column("referral_id", Uuid, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("request_id", Uuid, nullable=False),
    Column("service_id", Uuid, nullable=False),
    Column("agency_id", Uuid, nullable=False),
    Column("state", CODE, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", CODE),
    Column("answer_by", UtcDateTime),
    Column("starts_on", Date),
    Column("needs", JSON),
    Column("until", Date),
    Column("occasional_support", Boolean),
    Column("alternatives", JSON),
)
Index("referral_step_of_request", referral_step.c.request_id)
opening = Table(
    "opening",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False, index=True),
    Column("agency_id", Uuid, nullable=False),
    Column("what", JSON, nullable=False),
    Column("purpose", CODE),
    Column("role", String(80)),
    Column("at", UtcDateTime, nullable=False),
)

READ_MODELS = (
    *session_tables.READ_MODELS,
    "agency",
    "agreement_copy",
    "colleague",
    "guide",
    "service_status",
    "referral_step",
)
"""Copies kept by what others tell alone; they can tell it again. What an agency was shown
(`opening`) is not among them: intake's own gate writes it too, and no owner has it as a state."""
