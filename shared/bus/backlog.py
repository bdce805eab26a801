"""What one subscriber of the embedded bus has not yet heard.

Promise: the tables are the truth. Memory holds what each commit has just told; the tables are read
when memory cannot be trusted, when it overflowed, and now and then for what other processes wrote.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

from shared.bus.handover import pending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.bus.envelope import Message
    from shared.bus.worker import Worker
    from shared.storage import Store

KEPT = 10_000  # messages held in memory for one subscriber; beyond that it reads the tables
AT_ONCE = 1_000  # messages read from one announcer's tables at a time
LOOK = 5.0  # seconds after which a busy reader looks for what an operator's tools announced


class Backlog:
    """The messages that wait for one subscriber, oldest first as far as anybody can say."""

    def __init__(self, worker: Worker, stores: Sequence[Store[Any]]) -> None:
        self.news = Event()
        self._worker, self._stores = worker, stores
        self._waiting: deque[Message] = deque()
        self._doubtful, self._more = True, False
        self._looked_at = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def hear(self, messages: Sequence[Message]) -> None:
        """Take note of what was just committed; called under the announcer's lock."""
        mine = [message for message in messages if self._worker.hears(message.type)]
        if not mine:
            return
        if len(self._waiting) < KEPT:
            self._waiting.extend(mine)
        else:
            self._more = True
        if not self.news.is_set():  # whoever was woken before takes these with the others
            self.news.set()

    def doubt(self) -> None:
        """Trust only the tables next time: something failed, or nothing was heard for long."""
        self._doubtful = True

    @property
    def unread(self) -> bool:
        """Tell whether the tables must be read before anything is taken."""
        return self._doubtful or (self._more and not self._waiting)

    @property
    def unwatched(self) -> bool:
        """Tell whether it is time to look for what no commit of this process told."""
        return monotonic() - self._looked_at > LOOK

    def take(self, count: int) -> list[Message]:
        """Return at most *count* messages, and forget them."""
        return [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]

    def read(self) -> None:
        """Wait for what the tables say; whoever handed anything has marked it by now."""
        self._doubtful = self._more = False
        self._waiting.clear()  # what is dropped here is found there
        self._add(self._found())

    def look(self) -> None:
        """Add what has stood in the tables for long and was never told here."""
        self._add(self._found(older=timedelta(seconds=LOOK)))

    def _add(self, found: list[Message]) -> None:
        known = {message.id for message in self._waiting.copy()}
        self._waiting.extend(message for message in found if message.id not in known)

    def _found(self, older: timedelta = timedelta()) -> list[Message]:
        self._looked_at = monotonic()
        messages = []
        for store in self._stores:
            before = store.clock.now() - older if older else None
            one = pending(store, self._worker.name, self._worker.types, AT_ONCE, before)
            self._more = self._more or len(one) == AT_ONCE
            messages += one
        return messages
