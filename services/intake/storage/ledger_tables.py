"""What the consent ledger keeps beside consents: who is asked, who could decide, who is told.

Names of people stand only in the columns named `sealed_...`, under the request's key.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from services.intake.storage.tables import CODE, metadata
from shared.storage import UtcDateTime


def _of_consent() -> Column[object]:
    return Column("consent_id", Uuid, ForeignKey("consent_record.id"), primary_key=True)


consent_asked = Table(
    "consent_asked",
    metadata,
    _of_consent(),
    Column("recipient_agency_id", Uuid, primary_key=True),
    Column("categories", JSON, nullable=False),
)
capacity_assessment = Table(
    "capacity_assessment",
    metadata,
    _of_consent(),
    Column("outcome", CODE, nullable=False),
    Column("assessed_on", Date, nullable=False),
    Column("review_due", Date),
    Column("sealed_notes", LargeBinary, nullable=False),
)
proxy_authority = Table(
    "proxy_authority",
    metadata,
    _of_consent(),
    Column("kind", CODE, nullable=False),
    Column("checked_on", Date, nullable=False),
    Column("sealed_notes", LargeBinary, nullable=False),
)
child_competence = Table(
    "child_competence",
    metadata,
    _of_consent(),
    Column("outcome", CODE, nullable=False),
    Column("assessed_on", Date, nullable=False),
    Column("rationale", String(60), nullable=False),
    Column("parent_informed", Boolean, nullable=False),
    Column("sealed_notes", LargeBinary, nullable=False),
)
consent_ending = Table(
    "consent_ending",
    metadata,
    _of_consent(),
    Column("sequence", Integer, primary_key=True),
    Column("recipient_agency_id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False, index=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("acknowledged_at", UtcDateTime),
    Column("rung", Integer, nullable=False),
    Column("next_look", UtcDateTime, index=True),
)
"""Which recipients that were told something must hear that they no longer may rely on it."""
