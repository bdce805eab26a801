"""The agreements between agencies: each with its parties and the stage each has reached.

No row says anything of a person.
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
    String,
    Table,
    Uuid,
)

from services.matching.storage.tables import metadata
from shared.storage import UtcDateTime

deal = Table(
    "deal",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("categories", JSON, nullable=False),
    Column("purposes", JSON, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
deal_party = Table(
    "deal_party",
    metadata,
    Column("deal_id", Uuid, ForeignKey("deal.id"), primary_key=True),
    Column("agency_id", Uuid, primary_key=True),
    Column("stage", String(20), nullable=False),
    Column("may_refer", Boolean, nullable=False),
    Column("may_receive", Boolean, nullable=False),
    Column("trial_limit", Integer),
    Column("since", UtcDateTime, nullable=False),
    Index("deals_of_agency", "agency_id"),
)
partnership_rule = Table(
    "partnership_rule",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agreements", String(10), nullable=False),
)
"""Whether agencies may refer without an agreement; no row means that they may."""
