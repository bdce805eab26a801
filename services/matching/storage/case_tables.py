"""Case-review panels: who sits on them, what they talk about, and what was agreed.

What was said of a person lies sealed under the key of their request; the rest is ids,
codes and days.
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
    Uuid,
)

from services.matching.storage.deal_tables import deal
from services.matching.storage.tables import metadata
from shared.storage import UtcDateTime

panel = Table(
    "panel",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("deal_id", Uuid, ForeignKey(deal.c.id), nullable=False),
    Column("convener_id", Uuid, nullable=False),
    Column("meets_on", Date, nullable=False),
)
panel_seat = Table(
    "panel_seat",
    metadata,
    Column("panel_id", Uuid, ForeignKey("panel.id"), primary_key=True),
    Column("staff_id", Uuid, primary_key=True),
    Column("agency_id", Uuid, nullable=False),
)
review_case = Table(
    "review_case",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("panel_id", Uuid, ForeignKey("panel.id"), nullable=False),
    Column("request_id", Uuid, nullable=False),
    Column("reference", String(20), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("listed_at", UtcDateTime, nullable=False),
    Column("meets_on", Date, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("decision", String(20)),
    Column("decided_at", UtcDateTime),
    Index("cases_of_panel", "panel_id", "open"),
    Index("cases_of_request", "request_id"),
)
_open = review_case.c.open
Index(
    "one_open_case",
    review_case.c.panel_id,
    review_case.c.request_id,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)
case_note = Table(
    "case_note",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("review_case.id"), nullable=False, index=True),
    Column("request_id", Uuid, nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("agency_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),
)
case_action = Table(
    "case_action",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("review_case.id"), nullable=False, index=True),
    Column("note_id", Uuid, nullable=False),
    Column("agency_id", Uuid, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("done_at", UtcDateTime),
)
