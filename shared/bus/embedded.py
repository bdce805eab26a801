"""The bus inside one process: from outbox to the subscribers' workers, over the same tables.

Promise: a message stays unpublished until every subscriber has it on record. A crash at any step
hands it again, and the subscriber's inbox drops the repeat. A subscriber whose database cannot
be used pauses alone.
"""

from __future__ import annotations

import random
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import structlog

from shared.bus.handover import mark_handed, pending
from shared.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.bus.envelope import Message
    from shared.bus.worker import Worker
    from shared.storage import Store

BATCH = 100
IDLE = 1.0  # seconds; commits wake a feed, this only sweeps up what a crash left behind
LONGEST_PAUSE = 5.0
log = structlog.get_logger("onward.bus")


class EmbeddedBus:
    """Carries what every store announces to every worker that hears it."""

    def __init__(self, stores: Sequence[Store[Any]], workers: Sequence[Worker]) -> None:
        self._feeds = [Feed(worker, stores, workers) for worker in workers]
        for store in stores:
            for feed in self._feeds:
                store.listen(feed.wake.set)

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
    """Everything one subscriber has not yet heard, given to its worker in batches."""

    def __init__(
        self, worker: Worker, stores: Sequence[Store[Any]], workers: Sequence[Worker]
    ) -> None:
        super().__init__(name=f"feed-{worker.name}", daemon=True)
        self.worker = worker
        self.wake, self.stopping = Event(), Event()
        self.pause = 0.0
        self._stores = stores
        self._workers = workers

    def run(self) -> None:
        """Carry until told to stop."""
        while not self.stopping.is_set():
            self.wake.wait(IDLE)
            self.wake.clear()
            self.stopping.wait(self.worker.patience)
            while self._round() and not self.stopping.is_set():
                pass

    def _round(self) -> bool:
        try:
            carried = self.carry()
        except Transient as error:
            self._back_off(error)
            return True
        self.pause = 0.0
        return carried

    def carry(self) -> bool:
        """Hand over one batch from every announcer; tell whether there may be more."""
        waiting = [(store, self._waiting(store)) for store in self._stores]
        batch = [message for _, messages in waiting for message in messages]
        if not batch:
            return False
        parked = self.worker.deliver(batch)
        for store, messages in waiting:
            mark_handed(store, self.worker.name, messages, parked, self._readers)
        return any(len(messages) == BATCH for _, messages in waiting)

    def _waiting(self, store: Store[Any]) -> list[Message]:
        return pending(store, self.worker.name, self.worker.types, BATCH)

    def _readers(self, kind: str) -> int:
        return sum(worker.hears(kind) for worker in self._workers)

    def _back_off(self, error: Transient) -> None:
        self.pause = min(LONGEST_PAUSE, (self.pause or 0.1) * 2)
        log.error(
            "subscriber_paused", subscriber=self.worker.name, seconds=self.pause, exc_info=error
        )
        self.stopping.wait(self.pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards nothing
