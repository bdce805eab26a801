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
            with suppress(Transient):
                with self._store.begin() as tx:
                    if count:
                        fact = f"the broker had no queue for {count} messages"
                        raise_alarm(tx, "messages_refused", fact, "messages-refused")
                    else:
                        clear_alarm(tx, "messages_refused")
                self._known["messages_refused"] = count > 0

    def blocked(self, *, now: bool) -> None:
        """Alarm while the broker is short of memory or disk and takes nothing."""
        if self._changes("broker_blocked", standing=now):
            with suppress(Transient):
                with self._store.begin() as tx:
                    if now:
                        fact = "the broker is short of memory or disk and takes no messages"
                        raise_alarm(tx, "broker_blocked", fact, "broker-full")
                    else:
                        clear_alarm(tx, "broker_blocked")
                self._known["broker_blocked"] = now

    def _changes(self, name: str, *, standing: bool) -> bool:
        """Tell whether this is news; what could not be written still is."""
        return self._known.get(name) != standing
