"""What stands behind the guide's entries: whose words they are, and what was decided.

Promise: a decision keeps who took it and why, for good; free text here is about a service,
never about a person in need. Nothing of it is read while a request is placed.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, String, Table, Text, Uuid

from services.matching.storage.tables import metadata
from shared.storage import UtcDateTime

service_own = Table(
    "service_own",
    metadata,
    Column("service_id", Uuid, primary_key=True),
    Column("own", Text, nullable=False),
    Column("reviewed_on", Date),
    Column("given", String(64)),
    Column("given_state", String(64)),
)
"""What a service says itself; `given` are digests of what a partnership handed in last."""

agency_shared = Table(
    "agency_shared",
    metadata,
    Column("agency_id", Uuid, primary_key=True),
    Column("shared", Text, nullable=False),
    Column("reviewed_on", Date),
    Column("given", String(64)),
)
"""What an agency says once for all its services."""

service_decision = Table(
    "service_decision",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("service_id", Uuid, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_kind", String(10), nullable=False),
    Column("actor_id", String(80)),
    Column("decided_by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Date),
    Column("plan_for_waiting", Text, nullable=False),
    Index("decisions_of_service", "service_id", "id"),
)
