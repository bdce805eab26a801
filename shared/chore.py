"""What a service looks at of itself, now and then, in one of its processes.

Promise: two processes never look at once; where the database cannot be used, the next look is
made all the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from shared.errors import Transient
from shared.storage import Transaction

if TYPE_CHECKING:
    from datetime import timedelta
    from threading import Event

    from shared.storage import Store

T = TypeVar("T", bound=Transaction)


class Chore(ABC, Generic[T]):
    """Looks at what is kept in a store: at the start, and then every so often."""

    name: ClassVar[str]
    every: ClassVar[timedelta]

    def __init__(self, store: Store[T], every: timedelta | None = None) -> None:
        """Look *every* so often, or as often as is usual."""
        self._store = store
        self._every = every or self.every
        self._stop: Event | None = None

    @property
    def is_stopping(self) -> bool:
        """Tell whether a long look should end early: the next one goes on where it was."""
        return self._stop is not None and self._stop.is_set()

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        self._stop = stop
        leadership = self._store.database.leader(self.name)
        while not stop.is_set():
            with suppress(Transient):  # whatever cannot be used says so elsewhere
                if leadership.held():
                    self.look()
            stop.wait(self._every.total_seconds())
        leadership.release()

    @abstractmethod
    def look(self) -> object:
        """Do what is due by now."""
