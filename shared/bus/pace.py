"""How long a reader waits for company: a quiet one is quick, a busy one spends less on each."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from time import monotonic

CALM = 80.0  # messages a second up to which nobody is made to wait for company
PER_MESSAGE = 0.0015  # seconds of patience for each message a second beyond that
MEMORY = 0.5  # seconds over which that rate is taken


@dataclass(frozen=True, slots=True)
class Company:
    """How far a reader's messages wait for each other, so that one transaction serves many.

    They leave *least* seconds after the first of them came, but, when much comes, not before
    *longest* have passed since those before them left: what nobody waits for may wait long. Never
    more than *most* are handled at once, or *most_in_process* where pages of the same process
    wait meanwhile.
    """

    least: float = 0.005
    longest: float = 0.1
    most: int = 100
    most_in_process: int = 100


class Pace:
    """Knows how many messages a second have been coming of late."""

    def __init__(self, company: Company, calm: float = CALM) -> None:
        """Be no more patient than *company* says at least, up to *calm* messages a second.

        Where each batch costs much, as between processes, *calm* is 0: company is worth a wait.
        """
        self._company, self._calm = company, calm
        self._rate = self._at = self._left = 0.0

    def leave(self) -> None:
        """Take note that a batch leaves now."""
        self._left = monotonic()

    def note(self, count: int) -> None:
        """Count messages that have just been handled."""
        now = monotonic()
        self._rate = self._rate * exp((self._at - now) / MEMORY) + count / MEMORY
        self._at = now

    def wait(self, since: float) -> float:
        """Return for how many seconds more a batch waits whose first message came at *since*."""
        return max(since + self._company.least, self._left + self.patience) - monotonic()

    @property
    def patience(self) -> float:
        """Return the seconds from one batch to the next that company is worth."""
        worth = (self._rate - self._calm) * PER_MESSAGE
        return max(self._company.least, min(self._company.longest, worth))
