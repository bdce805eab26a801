"""Alarms about messages that do not leave: they are refused, or the broker takes none at all."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from shared.alarms import clear_alarm, raise_alarm
from shared.errors import Transient

if TYPE_CHECKING:
    from shared.storage import Store


class Watch:
    """Raises and clears the alarms of one service's relay; each is written only when it changes."""

    def __init__(self, store: Store[Any]) -> None:
        self._store = store
        self._known: dict[str, bool] = {}

    def refused(self, count: int) -> None:
        """Alarm while messages are refused: no queue is bound, or one cannot take them."""
        if self._changes("messages_refused", standing=count > 0):
            with suppress(Transient), self._store.begin() as tx:
                if count:
                    fact = f"the broker had no queue for {count} messages"
                    raise_alarm(tx, "messages_refused", fact, "messages-refused")
                else:
                    clear_alarm(tx, "messages_refused")

    def blocked(self, *, now: bool) -> None:
        """Alarm while the broker is short of memory or disk and takes nothing."""
        if self._changes("broker_blocked", standing=now):
            with suppress(Transient), self._store.begin() as tx:
                if now:
                    fact = "the broker is short of memory or disk and takes no messages"
                    raise_alarm(tx, "broker_blocked", fact, "broker-full")
                else:
                    clear_alarm(tx, "broker_blocked")

    def _changes(self, name: str, *, standing: bool) -> bool:
        before = self._known.get(name)
        self._known[name] = standing
        return before != standing
