"""Where an entry of the guide came from, when somebody imported it.

Promise: an entry knows how its source names it, so that the same file again changes the same
entry; who vouched for it elsewhere is kept, and vouches for nothing here.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, String, Table, Uuid

from services.matching.storage.tables import metadata
from shared.storage import UtcDateTime

imported = Table(
    "imported",
    metadata,
    Column("service_id", Uuid, primary_key=True),
    Column("agency_id", Uuid, nullable=False),
    Column("source", String(20), nullable=False),
    Column("source_key", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("assured_on", Date),
    Column("unassured_since", Date, nullable=False),
    Index("imported_by_key", "agency_id", "source_key"),
)
"""`unassured_since` is the review date it was given; another one means somebody reviewed it."""
