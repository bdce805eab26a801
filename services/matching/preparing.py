"""What a batch will want to know of its requests, asked of the database at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.heard import ConsentGiven, RequestSubmitted
from services.matching.storage.facts import NEWS, SOURCES
from services.matching.storage.requests import PLACED
from shared.bus.message import ids_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.storage import MatchingTransaction
    from shared.bus.envelope import Message


def prepare(messages: Sequence[Message], tx: MatchingTransaction) -> None:
    """Have ready what the handlers of the most frequent *messages* ask one by one."""
    told = ids_in(messages, "request_id", ConsentGiven, RequestSubmitted)
    tx.prepare(PLACED, told)
    tx.prepare(SOURCES, told)
    tx.prepare(NEWS, ids_in(messages, "request_id", RequestSubmitted))
