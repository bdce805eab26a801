"""Identifiers: UUIDv7 (RFC 9562 section 5.7), random enough to be unguessable, sorted by time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from datetime import datetime


def new_id() -> UUID:
    """Return a new identifier; later ones sort after earlier ones."""
    return uuid7()


def first_id(moment: datetime) -> UUID:
    """Return what every identifier made at *moment* or later sorts after."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
