"""How long a reader waits for company: a quiet one is quick, a busy one spends less on each."""

from __future__ import annotations

from math import exp
from time import monotonic

CALM = 80.0  # messages a second up to which nobody is made to wait for company
PER_MESSAGE = 0.0015  # seconds of patience for each message a second beyond that
LONGEST = 0.06
MEMORY = 0.5  # seconds over which that rate is taken


class Pace:
    """Knows how many messages a second have been coming of late."""

    def __init__(self, least: float, calm: float = CALM) -> None:
        """Never be less patient than *least* seconds, nor more up to *calm* messages a second.

        Where each batch costs much, as between processes, *calm* is 0: company is worth a wait.
        """
        self._least, self._calm = least, calm
        self._rate = self._at = 0.0

    def note(self, count: int) -> None:
        """Count messages that have just been handled."""
        now = monotonic()
        self._rate = self._rate * exp((self._at - now) / MEMORY) + count / MEMORY
        self._at = now

    @property
    def patience(self) -> float:
        """Return the age in seconds at which the oldest waiting message must leave."""
        return max(self._least, min(LONGEST, (self._rate - self._calm) * PER_MESSAGE))
