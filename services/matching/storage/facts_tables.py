"""What others told of consents and of a request's later life, kept so that order is no matter.

They are not rebuilt when copies are: who agreed to what is also in the copy of the request,
told again with it. No row says who a person is: ids, codes and times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, Uuid, exists

from services.matching.storage.tables import metadata
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement

basis = Table(
    "basis",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("part", String(20), primary_key=True),
    Column("told", JSON, nullable=False),
)
"""What was told of one consent or override: whom it gives what, what ended, who was refused."""

restriction = Table(
    "restriction",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("restricted", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
"""Whether a request is kept but used for nothing: a copy, told again with the request."""


def restricted(request_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Return the condition that a request is kept but used for nothing."""
    kept = restriction.c
    return exists().where(kept.request_id == request_id, kept.restricted)


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
