"""The bus inside one process: from outbox to the subscribers' workers, over the same tables.

Promise: a message stays unpublished until every subscriber has it on record. A crash at any step
hands it again, and the subscriber's inbox drops the repeat. A subscriber whose database cannot
be used pauses alone.
"""

from __future__ import annotations

import random
from collections import deque
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog

from shared.bus.handover import Handed, mark_handed, pending
from shared.bus.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.bus.envelope import Message
    from shared.bus.worker import Worker
    from shared.storage import Store

KEPT = 10_000  # messages held in memory for one subscriber; beyond that it reads the tables
MARKS = 200  # so many are marked in one transaction, or those older than
MARKED_WITHIN = 0.1  # seconds; a mark that was not made costs a repeat, which the inbox drops
IDLE = 1.0  # seconds without news after which the tables are looked at all the same
LOOK = 5.0  # seconds after which they are looked at however much news there is: others may write
LONGEST_PAUSE = 5.0
log = structlog.get_logger("onward.bus")


class EmbeddedBus:
    """Carries what every store announces to every worker that hears it."""

    def __init__(self, stores: Sequence[Store[Any]], workers: Sequence[Worker]) -> None:
        self._feeds = [Feed(worker, stores, workers) for worker in workers]
        for store in stores:
            for feed in self._feeds:
                store.follow(feed.hear)

    def start(self) -> None:
        """Begin to carry, in one thread per subscriber."""
        for feed in self._feeds:
            feed.start()

    def stop(self) -> None:
        """Finish what is in hand, and return when every thread is done."""
        for feed in self._feeds:
            feed.stopping.set()
            feed.wake.set()
        for feed in self._feeds:
            feed.join()

    def paused(self) -> list[str]:
        """Return the subscribers that are waiting for their database."""
        return [feed.worker.name for feed in self._feeds if feed.pause]


class Feed(Thread):
    """Everything one subscriber has not yet heard, given to its worker in batches.

    The tables are the truth: a feed reads them when it starts, after any failure, when it has
    fallen far behind, and now and then, for an operator's tools write them too. Otherwise it
    takes from memory what each commit has just announced.
    """

    def __init__(
        self, worker: Worker, stores: Sequence[Store[Any]], workers: Sequence[Worker]
    ) -> None:
        super().__init__(name=f"feed-{worker.name}", daemon=True)
        self.worker = worker
        self.wake, self.stopping = Event(), Event()
        self.pause = 0.0
        self._stores = {store.service: store for store in stores}
        self._workers = workers
        self._announced: deque[Message] = deque()
        self._behind, self._overflowed = True, False
        self._unmarked: list[Handed] = []
        self._mark_by = self._looked_at = 0.0
        self._pace = Pace(worker.patience)

    def hear(self, messages: Sequence[Message]) -> None:
        """Take note of what was just committed; called under the announcer's lock."""
        mine = [message for message in messages if self.worker.hears(message.type)]
        if not mine:
            return
        if len(self._announced) < KEPT:
            self._announced.extend(mine)
        else:
            self._overflowed = True
        self.wake.set()

    def run(self) -> None:
        """Carry until told to stop."""
        while not self.stopping.is_set():
            self._wait()
            self._round()
        self._round(finishing=True)

    def _wait(self) -> None:
        """Wait for news, and then until the oldest of it is as old as patience allows."""
        self._behind = self._behind or monotonic() - self._looked_at > LOOK
        if self._behind or len(self._announced) >= self.worker.batch:
            return
        if not self._announced and not self.wake.wait(MARKED_WITHIN if self._unmarked else IDLE):
            self._behind = not self._unmarked
            return
        self.wake.clear()
        self.stopping.wait(self._pace.patience)

    def _round(self, *, finishing: bool = False) -> None:
        try:
            carried = not finishing and self.carry()
            if finishing or self._is_time_to_mark(carried=carried):
                self.mark()
        except Exception as error:  # noqa: BLE001 - whatever happened, this thread must go on
            self._back_off(error)
        else:
            self.pause = 0.0

    def carry(self) -> bool:
        """Hand over one batch; tell whether there was one."""
        behind = self._behind or self._overflowed
        batch = self._from_tables() if behind else self._from_memory()
        if not batch:
            return False
        parked = self.worker.deliver(batch)
        self._pace.note(len(batch))
        if not self._unmarked:
            self._mark_by = monotonic() + MARKED_WITHIN
        self._unmarked += [Handed(message, parked.get(message.id)) for message in batch]
        return True

    def mark(self) -> None:
        """Write down beside each announcer's outbox what this subscriber has."""
        unmarked, self._unmarked = self._unmarked, []
        for service, store in self._stores.items():
            handed = [one for one in unmarked if one.message.producer == service]
            mark_handed(store, self.worker.name, handed, self._readers)

    def _is_time_to_mark(self, *, carried: bool) -> bool:
        waiting = len(self._unmarked)
        return waiting >= MARKS or (waiting > 0 and not carried and monotonic() >= self._mark_by)

    def _from_tables(self) -> list[Message]:
        self.mark()  # or what is already handed would be found again
        self._overflowed, self._looked_at = False, monotonic()
        self._announced.clear()  # what is dropped here is found there
        found = [
            pending(store, self.worker.name, self.worker.types, self.worker.batch)
            for store in self._stores.values()
        ]
        self._behind = self._overflowed or any(
            len(messages) == self.worker.batch for messages in found
        )
        return [message for messages in found for message in messages]

    def _from_memory(self) -> list[Message]:
        count = min(self.worker.batch, len(self._announced))
        return [self._announced.popleft() for _ in range(count)]

    def _readers(self, kind: str) -> int:
        return sum(worker.hears(kind) for worker in self._workers)

    def _back_off(self, error: Exception) -> None:
        self._behind = True
        self.pause = min(LONGEST_PAUSE, (self.pause or 0.1) * 2)
        log.error(
            "subscriber_paused", subscriber=self.worker.name, seconds=self.pause, exc_info=error
        )
        self.stopping.wait(self.pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards nothing
