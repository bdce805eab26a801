"""Producers count their messages; whoever counts along sees when one is missing.

The sequencer uses this to append in order, the verifier to find holes and forgeries.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

FIRST = 1


class Place(Enum):
    """Where a message stands in the count of its producer."""

    NEXT = "next"
    EARLY = "early"
    SEEN = "seen"
    NEW_EPOCH = "new epoch"


@dataclass(frozen=True, slots=True)
class Count:
    """How far one producer has been followed."""

    epoch: str
    next_seq: int = FIRST
    this: str = ""

    def place(self, epoch: str, seq: int) -> Place:
        """Say where a message of this epoch and number stands."""
        if epoch != self.epoch:
            return Place.NEW_EPOCH
        if seq == self.next_seq:
            return Place.NEXT
        return Place.EARLY if seq > self.next_seq else Place.SEEN

    def after(self, seq: int, this: str) -> Count:
        """Return the count once message *seq* with fingerprint *this* has been appended."""
        return Count(self.epoch, seq + 1, this)
