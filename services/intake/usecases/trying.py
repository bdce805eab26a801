"""Codes that are tried: wrong tries are counted and slowed, nobody is ever locked out.

Promise: a try counts for what was tried, for where it came from, and for both together. Who
has not failed with it from this place is let in at once, however hard others guess.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from services.intake.storage import access_codes

if TYPE_CHECKING:
    from services.intake.storage import IntakeTransaction

FREE_TRIES = 5
FREE_FROM_ONE_PLACE = 20
"""Many people share one address: a library, a hostel, a telephone company."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
PLACE_REMEMBERED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tries:
    """What is counted so far of one thing tried from one place."""

    tried: bytes
    place: bytes
    both: bytes
    counted: dict[bytes, Row[Any]]

    def wait(self, tx: IntakeTransaction) -> timedelta:
        """Return how long the next try must wait."""
        bound = [self.place, self.both] + ([self.tried] if self.both in self.counted else [])
        waits = [self.counted[key].wait_until - tx.now for key in bound if key in self.counted]
        return max(timedelta(), *waits) if waits else timedelta()

    def failures(self, key: bytes) -> int:
        """Return how often it went wrong under *key*."""
        return self.counted[key].failures if key in self.counted else 0


def tries(kind: str, tried: str, place: str, tx: IntakeTransaction) -> Tries:
    """Return what is counted of *tried*, a reference or an id, from *place*."""
    # Hashed first: an index keeps letters and digits only, and dots tell addresses apart.
    where = hashlib.sha256(place.encode()).hexdigest()
    index = tx.vault.blind_index
    keys = (
        index(f"{kind} tried", tried),
        index("place of a try", where),
        index(f"{kind} tried from", tried + where),
    )
    return Tries(*keys, access_codes.tries_of(keys, tx))


def count_failure(found: Tries, tx: IntakeTransaction) -> timedelta:
    """Count a wrong try in all three ways; return how long the next one from here must wait."""
    row = found.counted.get(found.place)
    recent = row is not None and tx.now - row.last_at < PLACE_REMEMBERED
    counts = {
        found.tried: _count(found.failures(found.tried), FREE_TRIES),
        found.place: _count(found.failures(found.place) if recent else 0, FREE_FROM_ONE_PLACE),
        found.both: _count(found.failures(found.both), FREE_TRIES),
    }
    access_codes.count_tries(counts, tx)
    return max(wait for _, wait in counts.values())


def forgive(found: Tries, tx: IntakeTransaction) -> None:
    """Start anew after the right code; what its place did elsewhere stays counted."""
    access_codes.forget_tries((found.tried, found.both), tx)


def wait_after(failures: int, free: int = FREE_TRIES) -> timedelta:
    """Return how long the next try must wait: nothing at first, then twice as long each time."""
    if failures < free:
        return timedelta()
    return min(FIRST_WAIT * (1 << min(failures - free, 10)), LONGEST_WAIT)


def _count(before: int, free: int) -> tuple[int, timedelta]:
    return before + 1, wait_after(before + 1, free)
