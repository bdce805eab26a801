"""The chore that tells, rung by rung, of overrides at which no second person has looked."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.storage.overrides import unreviewed_since
from services.intake.usecases.reviewing import climb_ladder
from shared.errors import Transient
from shared.identity import Principal

if TYPE_CHECKING:
    from threading import Event

    from services.intake.storage import IntakeTransaction
    from shared.storage import Store

EVERY = timedelta(minutes=1)


class OverrideClock:
    """Looks for late reviews and lets each climb its ladder."""

    name = "override-reviews"

    def __init__(self, store: Store[IntakeTransaction], every: timedelta = EVERY) -> None:
        """Watch the overrides in *store*, once at the start and then *every* so often."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        while True:
            # What cannot be written now is told at the next look; the rung is kept with it.
            with suppress(Transient):
                self.look()
            if stop.wait(self._every.total_seconds()):
                return

    def look(self) -> int:
        """Tell of what is late by now; return how many rungs were climbed."""
        with self._store.read() as tx:
            late = unreviewed_since(tx.now, tx)
        if not late:
            return 0
        with self._store.begin(Principal.system("intake")) as tx:
            return climb_ladder(tx)
