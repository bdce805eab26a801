"""Alarms about messages that do not leave: they wait too long, are refused, or nobody takes any."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from shared.alarms import clear_alarm, raise_alarm
from shared.errors import Transient

if TYPE_CHECKING:
    from datetime import datetime

    from shared.storage import Store

TOO_LONG = timedelta(seconds=60)


def oldest_unsent(store: Store[Any]) -> datetime | None:
    """Return since when the oldest message that has not left has been waiting."""
    outbox = store.metadata.tables["outbox"]
    waiting = select(outbox.c.created_at).where(outbox.c.published_at.is_(None))
    with store.read() as tx:
        row = tx.one(waiting.order_by(outbox.c.id).limit(1))
    return row.created_at if row else None


class Watch:
    """Raises and clears the alarms of one service's relay; each is written only when it changes."""

    def __init__(self, store: Store[Any]) -> None:
        self._store = store
        self._raised: dict[str, bool] = {}

    def waiting(self) -> None:
        """Alarm while the oldest message has waited for more than a minute."""
        with suppress(Transient):
            since = oldest_unsent(self._store)
            late = since is not None and self._store.clock.now() - since > TOO_LONG
            if self._changes("messages_waiting", standing=late):
                self._waiting(late=late)

    def refused(self, count: int) -> None:
        """Alarm while messages are refused: no queue is bound, or one cannot take them."""
        with suppress(Transient):
            if self._changes("messages_refused", standing=count > 0):
                self._refused(count)

    def blocked(self, *, now: bool) -> None:
        """Alarm while the broker is short of memory or disk and takes nothing."""
        with suppress(Transient):
            if self._changes("broker_blocked", standing=now):
                self._blocked(now=now)

    def _changes(self, name: str, *, standing: bool) -> bool:
        if self._raised.get(name) == standing:
            return False
        self._raised[name] = standing
        return True

    def _waiting(self, *, late: bool) -> None:
        with self._store.begin() as tx:
            if late:
                fact = "messages have waited for more than a minute to leave"
                raise_alarm(tx, "messages_waiting", fact, "messages-waiting")
            else:
                clear_alarm(tx, "messages_waiting")

    def _refused(self, count: int) -> None:
        with self._store.begin() as tx:
            if count:
                fact = f"the broker had no queue for {count} messages"
                raise_alarm(tx, "messages_refused", fact, "messages-waiting")
            else:
                clear_alarm(tx, "messages_refused")

    def _blocked(self, *, now: bool) -> None:
        with self._store.begin() as tx:
            if now:
                fact = "the broker is short of memory or disk and takes no messages"
                raise_alarm(tx, "broker_blocked", fact, "broker-full")
            else:
                clear_alarm(tx, "broker_blocked")
