"""Which commands a partner's system gave under a key of its own, so that each is done once.

Promise: neither keys nor bodies can be read back; what is older than a month is forgotten.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from services.matching.storage.helping_tables import done_once
from shared.storage import Transaction

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

KEPT = timedelta(days=30)


class RepeatRows(Transaction):
    """Reads and writes of commands that came with a key."""

    def done_under(self, client_id: str, key: bytes) -> Row[Any] | None:
        """Return what a client did under a key."""
        d = done_once.c
        return self.one(select(done_once).where(d.client_id == client_id, d.key == key))

    def keep_done(self, client_id: str, key: bytes, body: bytes, led_to: UUID) -> None:
        """Keep that a client did something under a key, and which referral it led to."""
        self.execute(delete(done_once).where(done_once.c.at < self.now - KEPT))
        known = {"client_id": client_id, "key": key, "body": body}
        self.insert(done_once, **known, led_to=led_to, at=self.now)
