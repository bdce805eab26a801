"""The tables of notify. No row holds a person's plain address; a released one lies sealed."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal_column,
)

from services.notify.domain import State
from shared.storage import UtcDateTime, metadata_for
from shared.web import session_tables

metadata = metadata_for("notify")

delivery = Table(
    "delivery",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cause", Uuid, nullable=False),
    Column("audience", String(20), nullable=False),
    Column("template", String(40), nullable=False),
    Column("request_id", Uuid, nullable=False, index=True),
    Column("referral_id", Uuid, index=True),
    Column("recipient_agency_id", Uuid),
    Column("recipient_staff_id", Uuid),
    Column("reference", String(20), nullable=False, index=True),
    Column("facts", JSON, nullable=False),
    Column("correlation", String(36)),
    Column("state", String(20), nullable=False),
    Column("reason", String(60)),
    Column("channel", String(20), nullable=False),
    Column("language", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("contact_request_id", Uuid, unique=True),
    Column("sealed", Text),
    Column("sealed_until", UtcDateTime),
    # One event tells one audience once, even if it were ever handled twice.
    UniqueConstraint("cause", "audience"),
)
# Written into the statement: a plan made for any value would read the whole table.
OPEN = delivery.c.state.in_(literal_column(f"'{state}'") for state in (State.ASKING, State.READY))
Index(
    "delivery_due",
    delivery.c.next_at,
    sqlite_where=delivery.c.next_at.is_not(None),
    postgresql_where=delivery.c.next_at.is_not(None),
)

agency = Table(
    "agency",
    metadata,
    Column("agency_id", Uuid, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("mailbox", String(320), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("version", Integer, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("staff_id", Uuid, primary_key=True),
    Column("agency_id", Uuid, nullable=False),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("teams", JSON),
)

referral = Table(
    "referral",
    metadata,
    Column("referral_id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False, index=True),
    Column("agency_id", Uuid, nullable=False),
    Column("referrer_agency_id", Uuid),
    Column("standing", String(10), nullable=False),
    Column("version", Integer, nullable=False),
)
"""Whom a request was put to, and whether that still goes on: whoever is to hear of changes."""

silence = Table(
    "silence",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("reason", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
"""Requests whose person is never written to again."""

hidden_from = Table(
    "hidden_from",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("whom", JSON, nullable=False),
    Column("version", Integer, nullable=False),
)
"""Staff and agencies that must not know of a request; most requests have no row."""

untold = Table(
    "untold",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("agency_id", Uuid, primary_key=True),
    Column("told", Boolean, nullable=False),
)
"""Agencies that know of a request in a way the person was not told of, or was told of only later.

Most requests have no row.
"""

sealing_key = Table(
    "sealing_key",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("public_key", Text, nullable=False),
    Column("data_key", LargeBinary, nullable=False),
    Column("private_key", LargeBinary, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime),
)

READ_MODELS = (*session_tables.READ_MODELS, "agency", "staff", "referral", "hidden_from")
"""Copies kept by what others tell alone; they can tell it again."""
