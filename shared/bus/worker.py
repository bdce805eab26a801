"""The reading side of the bus: a batch of messages becomes effects in one transaction.

Promise: inbox, effects and what they announce commit together or not at all. A message that
cannot be handled is set aside alone, with a reason; its neighbours are not harmed. When the
database cannot be used, the whole batch stays with the carrier, which tries again later.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import structlog

from shared import metrics
from shared.alarms import raise_alarm
from shared.bus import inbox
from shared.bus.message import HEARD, read
from shared.bus.pace import Company
from shared.errors import OnwardError, Transient
from shared.observe import begin_handling, end_handling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from shared.bus.envelope import Message
    from shared.storage import Store

    Handler = Callable[[Any, Any], None]
    Prepare = Callable[[Sequence[Message], Any], None]
    React = Callable[[Sequence[Message], Any], None]

EVERYTHING = None
ALONE_OR_MANY = Company()
log = structlog.get_logger("onward.bus")


class Dispatch:
    """Gives each message, as the service reads it, to the handlers for its type.

    A restatement is given only to *restated*, which keep copies: nobody acts on it a second time.
    """

    def __init__(
        self, handlers: Mapping[type, Handler], restated: Mapping[type, Handler] | None = None
    ) -> None:
        self._news, self._again = _by_type(handlers), _by_type(restated or {})
        self.types = frozenset(self._news)
        self.took: Callable[[str, float], None] | None = None

    def __call__(self, messages: Sequence[Message], tx: Any) -> None:  # noqa: ANN401 - each service's own
        """Handle *messages* in order."""
        try:
            for message in messages:
                began = perf_counter()
                self._handle(message, tx)
                if self.took:
                    self.took(message.type, perf_counter() - began)
        finally:
            end_handling()
        tx.hearing = None

    def _handle(self, message: Message, tx: Any) -> None:  # noqa: ANN401 - each service's own
        known = self._again if message.restates else self._news
        for cls, handler in known.get(message.type, ()):
            event: object = read(cls, message.data)
            begin_handling(message)
            tx.hearing = message
            handler(event, tx)


def _by_type(handlers: Mapping[type, Handler]) -> dict[str, list[tuple[type, Handler]]]:
    """Return readings and handlers by type; a type may be read in more than one way."""
    known: dict[str, list[tuple[type, Handler]]] = {}
    for cls, handler in handlers.items():
        known.setdefault(HEARD[cls], []).append((cls, handler))
    return known


class Worker:
    """One service's subscriber: which types it hears, and what a batch of them does."""

    def __init__(  # noqa: PLR0913 - each has one meaning, and all but two a good default
        self,
        name: str,
        store: Store[Any],
        *,
        handlers: Mapping[type, Handler] | None = None,
        restated: Mapping[type, Handler] | None = None,
        prepare: Prepare | None = None,
        react: React | None = None,
        company: Company = ALONE_OR_MANY,
    ) -> None:
        """Take handlers by event class, or one function for whole batches of every type.

        *restated* are the handlers that keep copies, for what is told again to rebuild them.
        *prepare* asks the database at once what the handlers of a batch will want to know.
        *company* says how many of its messages wait for each other, and for how long.
        """
        self.name = name
        self.store = store
        self.company = company
        dispatch = Dispatch(handlers or {}, restated)
        self._metrics = metrics.of(name)
        dispatch.took = self._metrics.took
        self.types = EVERYTHING if react else dispatch.types
        self._react: React = react or dispatch
        self._prepare = prepare

    def hears(self, kind: str) -> bool:
        """Tell whether messages of type *kind* are for this worker."""
        return self.types is EVERYTHING or kind in self.types

    def deliver(self, messages: Sequence[Message]) -> dict[UUID, str]:
        """Handle *messages* and return the reasons of those set aside, by message id.

        Raises Transient when nothing could be done: the batch is to be delivered again.
        """
        try:
            self._together(messages)
        except Transient:
            raise
        except Exception:  # noqa: BLE001 - whatever one message does must not stop its neighbours
            return self._one_by_one(messages)
        return {}

    def _together(self, messages: Sequence[Message]) -> None:
        began = perf_counter()
        with self.store.begin() as tx:
            new = inbox.fresh(tx, self.name, messages)
            if self._prepare and len(new) > 1:
                self._prepare(new, tx)
            if new:
                self._react(new, tx)
        self._metrics.heard(new, len(messages) - len(new), tx.now, perf_counter() - began)

    def _one_by_one(self, messages: Sequence[Message]) -> dict[UUID, str]:
        parked = {}
        for message in messages:
            try:
                self._together([message])
            except Transient:
                raise
            except Exception as error:  # noqa: BLE001 - set aside with a reason, never lost
                parked[message.id] = self.set_aside(message.id, message.type, error)
        return parked

    def set_aside(self, message_id: UUID, kind: str, error: Exception) -> str:
        """Note why a message is parked and raise an alarm; return the reason."""
        reason = reason_of(error)
        log.error("message_parked", message_id=message_id, type=kind, exc_info=error)
        with self.store.begin() as tx:
            inbox.note_failure(tx, message_id, reason)
            raise_alarm(tx, "parked_mail", f"{kind} is parked", "parked-mail")
        self._metrics.parked(kind)
        return reason


def reason_of(error: Exception) -> str:
    """Return why a message was set aside; only our own sentences, others may quote a person."""
    said = str(error) if isinstance(error, OnwardError) else "the handler failed"
    return f"{type(error).__name__}: {said}"[:200]
