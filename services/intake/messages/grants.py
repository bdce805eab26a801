"""One kind of sharing that a person agreed to, as other services read it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Grant:
    """What one named agency may be told, and for which purpose."""

    purpose: str
    recipient: UUID
    categories: tuple[str, ...]
