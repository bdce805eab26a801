"""How much the broker may send ahead: one message while it may be what killed the last reader.

Promise: what kills its reader again and again is soon alone in its reader's hands, so that the
broker, which counts returns, parks it alone. What was sent ahead with it before is not harmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.bus.reading import headers_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kombu.message import Message as Delivery

PREFETCH = 3  # batches that the broker may send ahead
SUSPECT = 2  # returns; a broker or a machine that goes down returns what is in hand once


class Caution:
    """How many messages one reader takes at once: one, until one that is not suspect is settled."""

    def __init__(self, batch: int) -> None:
        self._batch, self._eased = batch, False

    @property
    def size(self) -> int:
        """Return how many messages make a full batch."""
        return self._batch if self._eased else 1

    @property
    def ahead(self) -> int:
        """Return how many messages may be in our hands."""
        return self._batch * PREFETCH if self._eased else 1

    def settled(self, deliveries: Iterable[Delivery]) -> None:
        """Take courage when *deliveries* were handled and had not come back again and again."""
        self._eased = self._eased or not any(map(is_suspect, deliveries))


def is_suspect(delivery: Delivery) -> bool:
    """Tell whether *delivery* has been returned so often that it may have killed its readers."""
    return int(headers_in(delivery).get("x-delivery-count", 0)) >= SUSPECT
