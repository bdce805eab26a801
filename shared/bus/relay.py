"""Move committed outbox rows to RabbitMQ, and mark them once the broker has confirmed them.

Promise: a row is marked only after RabbitMQ confirmed *that* message and did not return it. A
crash anywhere sends the batch again; readers drop the repeats. There is no reconnecting: when
the broker is lost, or silent, the process ends and is started again.
"""

from __future__ import annotations

import random
from contextlib import suppress
from math import inf
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog

from shared import metrics
from shared.bus.connecting import leave, origin_of, reached
from shared.bus.line import Line
from shared.bus.rounds import BATCH, AnotherRelayError, Rounds
from shared.bus.watching import Watch
from shared.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.bus.line import Row
    from shared.storage import Store

BUSY, IDLE = 0.05, 0.25  # seconds from one look at the outbox to the next: after news, without
AHEAD = 2  # batches on the line: while the broker confirms one, the next is made ready
LEADING = 1.0  # seconds between two questions whether we lead
FAREWELL = 3.0
FAR = inf
LONGEST_PAUSE, PATIENCE = 5.0, 600.0  # seconds, for a database that cannot be used
log = structlog.get_logger("onward.bus")


class Relay:
    """Empties one store's outbox into the broker, in a thread of its own or in the caller's."""

    def __init__(
        self,
        store: Store[Any],
        url: str,
        *,
        origin: str | None = None,
        give_up: Callable[[Exception], object] = leave,
    ) -> None:
        self._store, self._url = store, url
        self._origin = origin or origin_of(store.service)
        self._give_up = give_up
        self._leader = store.database.leader("relay")
        self._rounds, self._watch = Rounds(store), Watch(store)
        self._stopping = Event()
        self._thread = Thread(target=self.run, name=f"relay-{store.service}", daemon=True)
        self._line: Line | None = None
        self._taken: list[Row] = []
        self._refused: list[Row] = []
        self._asked_for = self._blocked = self._told = False
        self._error: Exception | None = None
        self._due = FAR
        self._timer: object = None
        self._began = self._led_at = self._pause = self._resting_since = 0.0

    def start(self) -> None:
        """Begin to relay in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Wait briefly for what is in flight, and return when the thread is done."""
        self._stopping.set()
        if self._line is not None:
            self._line.call(self._finish)
        if self._thread.is_alive():
            self._thread.join(FAREWELL + 1)

    def run(self) -> None:
        """Relay until told to stop; give up when the broker is lost."""
        try:
            if self._may_begin():
                self._rounds.resume()
                store = self._store
                self._line = Line(self._url, self, service=store.service, epoch=store.epoch)
                self._line.run()
            if self._error is not None:
                raise self._error  # noqa: TRY301 - pika would have called it a broken line
        except Exception as error:  # noqa: BLE001 - the process ends, and says why
            if not self._stopping.is_set():  # or what is lost is only the goodbye
                self._give_up(error)
        finally:
            self._line = None
            self._leader.release()

    def _may_begin(self) -> bool:
        """Wait for the broker and for our turn; tell whether we were not stopped meanwhile."""
        probe = reached(self._url, self._origin, self._stopping)
        if probe is None:
            return False
        probe.release()
        while not self._leader.held():
            if self._stopping.wait(LEADING):
                return False
        return not self._stopping.is_set()

    def ready(self) -> None:
        """Begin the rounds: the line can be sent on."""
        self._watch.blocked(now=False)
        self._watch.refused(self._rounds.refused())
        self._store.listen(self._news)
        self._round()

    def settled(self, taken: Sequence[Row], refused: Sequence[Row]) -> None:
        """Keep the verdicts for the next round or look: a round for them alone costs as much."""
        metrics.of(self._store.service).sent(len(taken))
        self._taken += taken
        self._refused += refused
        if self._stopping.is_set():
            self._finish()
        elif len(taken) + len(refused) >= BATCH:
            self._round()
        elif self._told:
            self._soon()

    def blocked(self, *, now: bool) -> None:
        """Send nothing while the broker takes nothing."""
        self._blocked = now
        self._watch.blocked(now=now)
        if not now:
            self._within(0)

    def _news(self) -> None:
        """Hear of a commit, in the thread that made it or heard of it."""
        line = self._line
        if line is not None and not self._asked_for:
            self._asked_for = True
            line.call(self._wake)

    def _wake(self) -> None:
        self._asked_for, self._told = False, True
        self._soon()

    def _soon(self) -> None:
        self._within(self._began + BUSY - monotonic())

    def _within(self, seconds: float) -> None:
        """See that the next round begins no later than this."""
        due = monotonic() + max(0.0, seconds)
        if self._line is not None and due < self._due:
            self._forget_timer()
            self._due = due
            self._timer = self._line.later(max(0.0, seconds), self._round)

    def _forget_timer(self) -> None:
        if self._line is not None and self._timer is not None:
            self._line.forget(self._timer)
        self._due, self._timer = FAR, None

    def _round(self) -> None:
        """Take a turn; an error ends the relay, kept from pika, which would rename it."""
        try:
            self._turn()
        except Exception as error:  # noqa: BLE001 - raised again by `run`
            self._error = error
            if self._line is not None:
                self._line.cut()

    def _turn(self) -> None:
        """Send what comes next, and note the verdicts there are."""
        line = self._line
        if line is None or len(line.batches) >= AHEAD or self._blocked or self._stopping.is_set():
            self._due = FAR  # a verdict, or the end of what blocks us, is what comes next
            self._told = True
            return
        self._forget_timer()
        self._began = monotonic()
        try:
            rows = self._next()
        except Transient as error:
            self._rest(error)
        else:
            self._pause = 0.0
            # What is on the line hides what was committed late between its ids; a full batch, more.
            self._told = bool(line.batches and self._told) or len(rows) >= BATCH
            if rows:
                line.send(rows)
            self._within(0 if len(rows) >= BATCH else IDLE)

    def _next(self) -> Sequence[Row]:
        self._check_leading()
        taken, refused = self._taken, self._refused
        if not (self._told or taken or refused or self._rounds.due()):
            return ()
        rows = self._rounds.next(taken, refused)
        self._taken, self._refused = [], []
        if refused or any(row["not_before"] for row in taken):
            self._watch.refused(self._rounds.refused())
        return rows

    def _check_leading(self) -> None:
        if monotonic() - self._led_at > LEADING:
            self._led_at = monotonic()
            if not self._leader.held():
                raise AnotherRelayError(f"another relay of {self._store.service} has taken over")

    def _rest(self, error: Transient) -> None:
        """Wait for a database that cannot be used, keeping what is still to be noted."""
        if not self._pause:
            self._resting_since = monotonic()
        elif monotonic() - self._resting_since > PATIENCE:
            raise error
        self._pause = min(LONGEST_PAUSE, (self._pause or 0.1) * 2)
        service = self._store.service
        log.error("relay_paused", service=service, seconds=self._pause, exc_info=error)
        self._within(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries

    def _finish(self) -> None:
        """Wait for what is in flight, note it and say goodbye; all of it within a few seconds."""
        line = self._line
        if line is None:
            return
        line.later(FAREWELL, line.cut)
        if not line.batches:
            if self._taken or self._refused:
                with suppress(Transient):
                    self._rounds.next(self._taken, self._refused, count=0)
                self._taken, self._refused = [], []
            line.close()
