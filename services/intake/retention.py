"""The chore that lets the retention schedule propose, and sees that what was erased is gone.

Promise: it destroys nothing. An erasure that a service has not answered within a day is an
alarm, until it is answered.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.storage.rights import erasures_without_answer
from services.intake.usecases.retaining import propose
from shared.alarms import clear_alarm, raise_alarm
from shared.errors import Transient
from shared.identity import Principal

if TYPE_CHECKING:
    from threading import Event
    from uuid import UUID

    from services.intake.storage import IntakeTransaction
    from shared.storage import Store

EVERY = timedelta(hours=6)
ANSWERED_WITHIN = timedelta(days=1)
ANSWERING = "matching"
ALARM = "shredding_unanswered"


class RetentionSweep:
    """Looks at what has ended, page by page."""

    name = "retention"

    def __init__(self, store: Store[IntakeTransaction], every: timedelta = EVERY) -> None:
        """Look once at the start and then *every* so often."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        leadership = self._store.database.leader(self.name)
        while True:
            # Looked at again later where the database cannot be written; it says so elsewhere.
            with suppress(Transient):
                if leadership.held():
                    self.look()
            if stop.wait(self._every.total_seconds()):
                leadership.release()
                return

    def look(self) -> None:
        """Propose everything that is due now, and look for answers that are missing."""
        after: UUID | None = None
        while True:
            with self._store.begin(Principal.system("intake")) as tx:
                after = propose(tx, after)
            if after is None:
                break
        with self._store.begin(Principal.system("intake")) as tx:
            _look_for_answers(tx)


def _look_for_answers(tx: IntakeTransaction) -> None:
    missing = erasures_without_answer(ANSWERING, tx.now - ANSWERED_WITHIN, tx)
    if missing:
        fact = f"{len(missing)} erased requests were not shredded by {ANSWERING} within a day"
        raise_alarm(tx, ALARM, fact, "keys")
    else:
        clear_alarm(tx, ALARM)
