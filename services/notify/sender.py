"""Store, then send: the loop that hands queued messages to the provider.

Promise: a delivery is marked before it is handed over and after; a crash in between tries it
again, so a mail may arrive twice (with the same Message-ID) but is never lost.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import structlog

from services.notify import picking, usecases
from services.notify.domain import Later, Refused, Result, may_be_an_address
from services.notify.errors import SealedAddressError
from services.notify.mail import compose
from services.notify.smtp import Line
from shared.alarms import clear_alarm, raise_alarm
from shared.errors import Transient
from shared.storage.leading import leads

if TYPE_CHECKING:
    from services.notify.sealing import SealingKeys
    from services.notify.storage import Attempt, NotifyTransaction
    from shared.settings import Settings
    from shared.storage import Store
    from shared.storage.database import Leadership

CONNECTIONS = 4
WINDOW = 4 * CONNECTIONS
LOOK_AGAIN = 0.25  # seconds; commits wake the loop, this finds what has become due since
GATHER = 0.003  # seconds; mails that finish or come due together share a transaction
BUSY_GATHER = 0.03
PAUSE = 1.0
log = structlog.get_logger("onward.notify")


class Sender:
    """Hands over what is due, on several lines at once; another process's sender stands by."""

    name = "sender"

    def __init__(
        self, store: Store[NotifyTransaction], keys: SealingKeys, settings: Settings
    ) -> None:
        self._store, self._keys, self._settings = store, keys, settings
        self._wake = threading.Event()
        self._results: SimpleQueue[tuple[Attempt, Result]] = SimpleQueue()
        self._unsettled: list[tuple[Attempt, Result]] = []
        self._in_flight = 0
        self._own = threading.local()
        self._lines: list[Line] = []
        self._stuck = True
        store.listen(self._wake.set)

    def run(self, stop: threading.Event) -> None:
        """Send whenever no other process does, until told to stop."""
        leadership = self._store.database.leader(self.name)
        while not stop.is_set():
            if leads(leadership):
                self._send(stop, leadership)
            else:
                stop.wait(PAUSE)
        leadership.release()

    def _send(self, stop: threading.Event, leadership: Leadership) -> None:
        """Send as long as it is ours to do, then settle what is still under way."""
        self._recover(stop)
        self._wake.set()
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="mail") as pool:
            while not stop.is_set() and leads(leadership):
                self._wake.wait(LOOK_AGAIN)
                self._wake.clear()
                stop.wait(GATHER if not self._in_flight else BUSY_GATHER)
                self._turn_safely(pool, stop)
        self._last_turn()

    def _recover(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with self._store.begin() as tx:
                    count = tx.recover()
            except Transient as error:
                log.warning("sender_waits", reason=type(error).__name__)
                stop.wait(PAUSE)
            else:
                log.info("sender_ready", count=count)
                return

    def _turn_safely(self, pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        try:
            while self._turn(pool) and not stop.is_set():
                pass
        except Transient as error:
            # What was sent stays in hand until it can be written down.
            log.warning("sender_waits", reason=type(error).__name__)
            stop.wait(PAUSE)
            self._wake.set()

    def _turn(self, pool: ThreadPoolExecutor) -> bool:
        self._collect()
        room = WINDOW - self._in_flight
        if not self._unsettled and not (room and self._anything_due()):
            return False
        with self._store.begin() as tx:
            self._settle(tx)
            taken = picking.claim(room, tx) if room else []
        self._unsettled.clear()
        self._in_flight += len(taken)
        for attempt in taken:
            pool.submit(self._try, attempt)
        return bool(taken)

    def _last_turn(self) -> None:
        self._collect()
        try:
            with self._store.begin() as tx:
                self._settle(tx)
        except Transient as error:
            log.warning("sender_stopped_unsettled", reason=type(error).__name__)
        for line in self._lines:
            line.close()

    def _collect(self) -> None:
        while True:
            try:
                self._unsettled.append(self._results.get_nowait())
            except Empty:
                return
            self._in_flight -= 1

    def _anything_due(self) -> bool:
        return self._store.glance(lambda tx: tx.anything_due())

    def _settle(self, tx: NotifyTransaction) -> None:
        usecases.settle(self._unsettled, tx)
        if not self._unsettled:
            return
        stuck = all(isinstance(result, Later) for _, result in self._unsettled)
        if stuck:
            fact = "the mail provider takes nothing at the moment"
            raise_alarm(tx, "mail_not_leaving", fact, "mail-not-leaving")
        elif self._stuck:
            clear_alarm(tx, "mail_not_leaving")
        self._stuck = stuck

    def _try(self, attempt: Attempt) -> None:
        try:
            result = self._hand_over(attempt)
        except Exception as error:  # noqa: BLE001 - one bad mail must not stop the others
            # No traceback: it could quote an address.
            kind = type(error).__name__
            log.error("attempt_broke", delivery_id=attempt.delivery.id, kind=kind)  # noqa: TRY400
            result = Later("INTERNAL")
        self._results.put((attempt, result))
        self._wake.set()

    def _hand_over(self, attempt: Attempt) -> Result:
        try:
            to = self._address(attempt)
        except SealedAddressError:
            return Later("ADDRESS_NOT_USABLE")
        if to is None:
            return Later("AGENCY_UNKNOWN")
        if not may_be_an_address(to):
            return Refused("ADDRESS_IMPOSSIBLE")
        return self._line().hand_over(
            to, compose(attempt, to, self._settings, self._store.clock.now())
        )

    def _address(self, attempt: Attempt) -> str | None:
        row = attempt.delivery
        if row.sealed is None:
            return attempt.mailbox
        if row.sealed_until <= self._store.clock.now():
            raise SealedAddressError("the released address is too old")
        return self._keys.open(row.sealed, row.contact_request_id, self._store)

    def _line(self) -> Line:
        if not hasattr(self._own, "line"):
            self._own.line = Line(self._settings)
            self._lines.append(self._own.line)
        line: Line = self._own.line
        return line
