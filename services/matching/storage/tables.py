"""The tables of matching: the guide, what is promised, the referrals and their history.

Promise: no row says who a person is. Notes lie sealed under a key per request; everything
else is ids, codes and times.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from services.matching.domain.transitions import LIVE
from shared.storage import UtcDateTime, metadata_for
from shared.web import session_tables

metadata = metadata_for("matching")

partnership = Table(
    "partnership",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("nation", String(20), nullable=False),
    Column("sending", String(20), nullable=False, server_default="automatic"),
)
agency = Table(
    "agency",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("mailbox", String(254), nullable=False),
    Column("phone", String(40), nullable=False),
)
service = Table(
    "service",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agency_id", Uuid, ForeignKey("agency.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("entry", Text, nullable=False),
    Column("listed", String(20), nullable=False),
    Column("told", Integer, nullable=False),
    Column("reviewed_on", Date, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("closure", JSON),
)
service_version = Table(
    "service_version",
    metadata,
    Column("service_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("entry", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
service_need = Table(
    "service_need",
    metadata,
    Column("need", String(40), primary_key=True),
    Column("service_id", Uuid, ForeignKey("service.id"), primary_key=True),
)
capacity = Table(
    "capacity",
    metadata,
    Column("service_id", Uuid, ForeignKey("service.id"), primary_key=True),
    Column("places", Integer),
    Column("as_of", UtcDateTime),
    Column("takes_waiting_list", Boolean, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("over_promised", Boolean, nullable=False),
    Column("last_offered_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    Column("clocks", JSON),
    Column("look_at", UtcDateTime, index=True),
    Column("forecast_wait_days", Integer),
    Column("changed", Integer, index=True),
    CheckConstraint("reserved >= 0 AND accepted >= 0 AND places >= 0", name="counted"),
    CheckConstraint(
        "over_promised OR places IS NULL OR reserved + accepted <= places", name="kept_promise"
    ),
)
place = Table(
    "place",
    metadata,
    Column("referral_id", Uuid, primary_key=True),
    Column("service_id", Uuid, nullable=False),
    Column("held_at", UtcDateTime, nullable=False),
    Column("taken_at", UtcDateTime),
    Column("released_at", UtcDateTime),
    Index("place_of_service", "service_id"),
)
placed = Table(
    "placed",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
request_copy = Table(
    "request_copy",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reference", String(20), nullable=False),
    Column("consent_id", Uuid, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("needs", JSON, nullable=False),
    Column("area_codes", JSON, nullable=False),
    Column("geography_version", String(60), nullable=False),
    Column("age", Integer),
    Column("language", String(10), nullable=False),
    Column("interpreter", String(10)),
    Column("access_needs", JSON, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("threshold", Integer),
    Column("urgency", String(10), nullable=False),
    Column("source", String(30), nullable=False),
    Column("referrer_agency_id", Uuid),
    Column("recipients", JSON, nullable=False),
    Column("services", JSON, nullable=False),
    Column("agreed_by_phone", Boolean, nullable=False),
    Column("onward_of", Uuid),
    Column("hidden_from_agencies", JSON, nullable=False),
    Column("heard_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Index("request_called", "reference"),
)
_goes_on = request_copy.c.onward_of.is_not(None)
Index(
    "request_onward_of",
    request_copy.c.onward_of,
    sqlite_where=_goes_on,
    postgresql_where=_goes_on,
)
"""Few requests go on from a referral, and no other costs a thing here."""
hidden_from = Table(
    "hidden_from",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("staff_id", String(40), primary_key=True),
)
referral = Table(
    "referral",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False),
    Column("reference", String(20), nullable=False),
    Column("service_id", Uuid, nullable=False),
    Column("agency_id", Uuid, nullable=False),
    Column("referrer_agency_id", Uuid),
    Column("consent_id", Uuid, nullable=False),
    Column("consent_needed", Boolean, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("needs", JSON, nullable=False),
    Column("urgency", String(10), nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("way", String(20), nullable=False),
    Column("explanation", JSON, nullable=False),
    Column("rules_version", String(60), nullable=False),
    Column("geography_version", String(60), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("answer_by", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("forecast_start", Date),
    Column("alternatives", JSON),
    Column("question_by", UtcDateTime),
    Column("settle_by", UtcDateTime),
    Column("acknowledged_at", UtcDateTime),
    Column("decision", JSON),
    Column("assigned_to", Uuid),
    Column("team", String(80)),
    Column("started_on", Date),
    Column("extended_until", Date),
    Column("occasional_support", Boolean),
    Column("first_contact_on", Date),
    Column("reopens", Uuid),
    Column("due_at", UtcDateTime),
    Column("clocks", JSON),
    Column("look_at", UtcDateTime),
    Index("referral_of_request", "request_id"),
    Index("referral_to_look_at", "look_at", "id"),
    Index("referral_received", "agency_id", "id"),
    Index("referral_made", "referrer_agency_id", "id"),
    Index("referral_of_service", "service_id", "state", "way"),
)
_is_live = referral.c.state.in_(sorted(LIVE))
Index(
    "one_live_referral",
    referral.c.request_id,
    referral.c.service_id,
    unique=True,
    sqlite_where=_is_live,
    postgresql_where=_is_live,
)
referral_event = Table(
    "referral_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("transition", String(4), nullable=False),
    Column("event", String(60), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_kind", String(10), nullable=False),
    Column("actor_id", String(80)),
    Column("agency_id", Uuid),
    Column("reason", String(40)),
    Column("led_to", String(20)),
    Column("due_at", UtcDateTime),
    Column("told", JSON),
    UniqueConstraint("referral_id", "version", name="one_event_per_version"),
)
gap = Table(
    "gap",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("request_id", Uuid, nullable=False),
    Column("referral_id", Uuid),
    Column("service_id", Uuid),
    Column("need", String(40), nullable=False),
    Column("area_codes", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("decision", JSON),
)
note_key = Table(
    "note_key",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)
note = Table(
    "note",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False),
    Column("referral_id", Uuid, nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("agency_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),
)
staff = Table(
    "staff",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agency_id", Uuid, nullable=False),
    Column("name", String(200), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("teams", JSON),
)

READ_MODELS = (*session_tables.READ_MODELS, "request_copy", "hidden_from", "staff", "restriction")
"""Copies kept by what others tell alone; they can tell it again."""
