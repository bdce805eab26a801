"""The chore of the log: a heartbeat when nothing happens, and an eye on holes and signatures.

Promise: ten idle minutes leave an entry, so that silence can be told from suppression.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from services.audit.usecases import HEARTBEAT, own_leaf, watch_gaps
from shared.errors import Transient

if TYPE_CHECKING:
    import threading

    from services.audit.storage import AuditTransaction
    from services.audit.usecases import Sequencer
    from shared.storage import Store

IDLE = timedelta(minutes=10)
EVERY = 1.0
SLOWLY = 15
log = structlog.get_logger("onward.audit")


class LogKeeper:
    """Looks after one log, once a second; another process's keeper stands by."""

    name = "log-keeper"

    def __init__(self, store: Store[AuditTransaction], sequencer: Sequencer) -> None:
        self._store, self._sequencer = store, sequencer
        self._looks = 0

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        leadership = self._store.database.leader(self.name)
        while not stop.wait(EVERY):
            try:
                if leadership.held():
                    self.look()
            except Transient as error:
                log.warning("log_keeper_waits", reason=type(error).__name__)
        leadership.release()

    def look(self) -> None:
        """Confirm what is signed; now and then, beat the heart and watch for holes."""
        with self._store.read() as tx:
            head = tx.head()
            needed = self._needed(tx)
        self._sequencer.signer.confirm(head)
        if needed:
            with self._store.begin() as tx:
                self._act(tx)
        self._looks += 1

    def _needed(self, tx: AuditTransaction) -> bool:
        unsigned = tx.size() > tx.head().size
        waits = tx.oldest_waiting() is not None or tx.has_alarm()
        return _is_idle(tx) or ((unsigned or waits) and self._looks % SLOWLY == 0)

    def _act(self, tx: AuditTransaction) -> None:
        watch_gaps(tx)
        if _is_idle(tx):
            self._sequencer.append([own_leaf(tx, HEARTBEAT, {})], tx)
        else:
            self._sequencer.sign_rest(tx)


def _is_idle(tx: AuditTransaction) -> bool:
    """Say whether ten minutes have passed since the last entry; an empty log is not idle."""
    last = tx.last_entry()
    return last is not None and tx.now - last.recorded_at >= IDLE
