"""The chore that lets the retention schedule propose, and sees that what was erased is gone.

Promise: it destroys nothing. An erasure that a service has not answered within a day is an
alarm, until it is answered.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.storage import IntakeTransaction
from services.intake.storage.rights import erasures_without_answer
from services.intake.usecases.retaining import propose
from shared.alarms import clear_alarm, raise_alarm
from shared.chore import Chore
from shared.identity import Principal

if TYPE_CHECKING:
    from uuid import UUID


ANSWERED_WITHIN = timedelta(days=1)
ANSWERING = "matching"
ALARM = "shredding_unanswered"


class RetentionSweep(Chore[IntakeTransaction]):
    """Looks at what has ended, page by page."""

    name = "retention"
    every = timedelta(hours=6)

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
