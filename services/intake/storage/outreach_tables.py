"""The tables of outreach. Personal data stands only in the columns named `sealed...`.

Each lead is sealed under a key of its own, what belongs to a whole list under the list's; a
key goes with what it seals. `outreach_count` is what stays.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from services.intake.storage.tables import CODE, metadata
from shared.storage import UtcDateTime

COUNTED = ("read_rows", "kept", "unplaced", "outside", "repeated", "refused", "blank", "harmless")

job = Table(
    "outreach_job",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agency_id", Uuid, index=True),
    Column("source", CODE, nullable=False),
    Column("state", CODE, nullable=False),
    Column("sealed_about", LargeBinary, nullable=False),
    Column("encoding", CODE, nullable=False),
    Column("delimiter", String(1), nullable=False),
    Column("columns", JSON, nullable=False),
    Column("lines", Integer, nullable=False),
    *(Column(name, Integer, nullable=False) for name in COUNTED),
    Column("created_by", String(80)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("delete_by", UtcDateTime, nullable=False, index=True),
)
Index("outreach_job_state", job.c.state)
piece = Table(
    "outreach_piece",
    metadata,
    Column("job_id", Uuid, ForeignKey("outreach_job.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
line = Table(
    "outreach_line",
    metadata,
    Column("job_id", Uuid, ForeignKey("outreach_job.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("why", CODE, nullable=False),
)
lead = Table(
    "lead",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("job_id", Uuid, ForeignKey("outreach_job.id"), nullable=False),
    Column("agency_id", Uuid),
    Column("source", CODE, nullable=False),
    Column("state", CODE, nullable=False),
    Column("line", Integer, nullable=False),
    Column("ward_code", String(12)),
    Column("likeness", LargeBinary(16)),
    Column("sealed", LargeBinary),
    Column("sealed_told", LargeBinary),
    Column("worker_one", Uuid),
    Column("worker_two", Uuid),
    Column("tries", Integer, nullable=False),
    Column("last_result", CODE),
    Column("token", String(40)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("delete_by", UtcDateTime, nullable=False, index=True),
)
Index("lead_of_job", lead.c.job_id, lead.c.line)
Index("lead_likeness", lead.c.job_id, lead.c.likeness)
Index("lead_worker_one", lead.c.worker_one)
Index("lead_worker_two", lead.c.worker_two)
visit = Table(
    "lead_visit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lead_id", Uuid, ForeignKey("lead.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("result", CODE, nullable=False),
    Column("visited_by", String(80)),
    Column("sealed_note", LargeBinary),
)
count = Table(
    "outreach_count",
    metadata,
    Column("agency_id", Uuid, primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("what", CODE, primary_key=True),
    Column("number", Integer, nullable=False),
)
patch = Table(
    "outreach_patch",
    metadata,
    Column("agency_id", Uuid, primary_key=True),
    Column("area_code", String(12), primary_key=True),
)
colleague = Table(
    "colleague",
    metadata,
    Column("staff_id", Uuid, primary_key=True),
    Column("agency_id", Uuid, nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
