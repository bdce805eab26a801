"""What others told of consents and of a request's later life, kept so that order is no matter.

Each row only ever gains facts. No row says who a person is: ids, codes and times.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, Uuid

from services.matching.storage.tables import metadata
from shared.storage import UtcDateTime

basis = Table(
    "basis",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("given", JSON, nullable=False),
    Column("ended", JSON, nullable=False),
    Column("refused", JSON, nullable=False),
    Column("over", Boolean, nullable=False),
)
"""One consent or override of a request: agencies, and what each may be told for a referral."""

request_news = Table(
    "request_news",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("ended_by", String(20)),
    Column("reason", String(40)),
    Column("ended_at", UtcDateTime),
    Column("erased", Boolean, nullable=False),
    Column("amended", Integer, nullable=False),
    Column("codes", JSON),
)
"""How a request ended, and its newest amendment, though either may come before the request."""
