"""The bus inside one process: from outbox to the subscribers' workers, over the same tables.

Promise: a message stays unpublished until every subscriber has it on record. A crash at any step
hands it again, and the subscriber's inbox drops the repeat. A subscriber whose database cannot
be used pauses alone.
"""

from __future__ import annotations

import random
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog

from shared.bus.backlog import Backlog
from shared.bus.handover import Handed, mark_handed
from shared.bus.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.bus.worker import Worker
    from shared.storage import Store

MARKS = 200  # so many are marked in one transaction, or those older than
MARKED_WITHIN = 0.1  # seconds; a mark that was not made costs a repeat, which the inbox drops
IDLE = 1.0  # seconds without news after which the tables are looked at all the same
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
    """Everything one subscriber has not yet heard, given to its worker in batches."""

    def __init__(
        self, worker: Worker, stores: Sequence[Store[Any]], workers: Sequence[Worker]
    ) -> None:
        super().__init__(name=f"feed-{worker.name}", daemon=True)
        self.worker = worker
        self.stopping = Event()
        self.pause = 0.0
        self._stores = {store.service: store for store in stores}
        self._workers = workers
        self._backlog = Backlog(worker, stores)
        self.hear, self.wake = self._backlog.hear, self._backlog.news
        self._unmarked: list[Handed] = []
        self._mark_by = 0.0
        self._pace = Pace(worker.company)

    def run(self) -> None:
        """Carry until told to stop."""
        while not self.stopping.is_set():
            self._wait()
            self._round()
        self._round(finishing=True)

    def _wait(self) -> None:
        """Wait for news, and then for its company."""
        if self._backlog.unread or len(self._backlog) >= self.worker.company.most_in_process:
            return
        if not len(self._backlog) and not self.wake.wait(self._quiet_for):
            if not self._unmarked:
                self._backlog.doubt()
            return
        self.wake.clear()
        self.stopping.wait(self._pace.wait(monotonic()))

    @property
    def _quiet_for(self) -> float:
        return MARKED_WITHIN if self._unmarked else IDLE

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
        self._look_at_the_tables()
        batch = self._backlog.take(self.worker.company.most_in_process)
        if not batch:
            return False
        self._pace.leave()
        parked = self.worker.deliver(batch)
        self._pace.note(len(batch))
        if not self._unmarked:
            self._mark_by = monotonic() + MARKED_WITHIN
        self._unmarked += [Handed(message, parked.get(message.id)) for message in batch]
        return True

    def _look_at_the_tables(self) -> None:
        backlog = self._backlog
        if not (backlog.unread or backlog.unwatched):
            return
        self.mark()  # or what is already handed would be found again
        if backlog.unread:
            backlog.read()
        else:
            backlog.look()

    def mark(self) -> None:
        """Write down beside each announcer's outbox what this subscriber has."""
        unmarked, self._unmarked = self._unmarked, []
        for service, store in self._stores.items():
            handed = [one for one in unmarked if one.message.producer == service]
            mark_handed(store, self.worker.name, handed, self._readers)

    def _is_time_to_mark(self, *, carried: bool) -> bool:
        waiting = len(self._unmarked)
        return waiting >= MARKS or (waiting > 0 and not carried and monotonic() >= self._mark_by)

    def _readers(self, kind: str) -> int:
        return sum(worker.hears(kind) for worker in self._workers)

    def _back_off(self, error: Exception) -> None:
        self._backlog.doubt()
        self.pause = min(LONGEST_PAUSE, (self.pause or 0.1) * 2)
        log.error(
            "subscriber_paused", subscriber=self.worker.name, seconds=self.pause, exc_info=error
        )
        self.stopping.wait(self.pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards nothing
