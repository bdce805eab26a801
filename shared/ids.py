"""Identifiers: UUIDv7 (RFC 9562 section 5.7), random enough to be unguessable, sorted by time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from uuid import UUID


def new_id() -> UUID:
    """Return a new identifier; later ones sort after earlier ones."""
    return uuid7()
