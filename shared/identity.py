"""Who is asking: one small value that every service and every message carries.

Promise: a Principal is made from a verified token, a live session or the program
itself, never from what a caller wrote in a body or a path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from uuid import UUID

Kind = Literal["public", "person", "staff", "client", "system"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever acts: a visitor, a person in need, staff, a partner's client, or we."""

    kind: Kind
    id: str | None = None
    agency_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    session: str | None = None
    purpose: str | None = None
    basis: str | None = None
    name: str | None = None

    @classmethod
    def system(cls, service: str) -> Principal:
        """Name the service itself as the one who acts."""
        return cls(kind="system", id=service)

    @classmethod
    def public(cls) -> Principal:
        """Name a visitor of whom nothing is known."""
        return cls(kind="public")
