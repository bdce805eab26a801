"""The Idempotency-Key, where a partner's system sends one: a command repeated is done once.

Promise: the same key with the same words answers with the referral as it is now and changes
nothing; with other words it is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request

from services.matching.errors import KeyRefusedError, KeyReusedError
from shared.web.access import principal

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

LONGEST_KEY = 100
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
}


@dataclass(frozen=True, slots=True)
class Key:
    """Under which name a client gives a command, and what it says."""

    client_id: str
    name: bytes
    body: bytes

    def led_to(self, tx: MatchingTransaction) -> UUID | None:
        """Return the referral that this very command led to before, None if it is new."""
        known = tx.done_under(self.client_id, self.name)
        if known is None:
            return None
        if known.body != self.body:
            raise KeyReusedError
        referral_id: UUID = known.led_to
        return referral_id

    def keep(self, referral_id: UUID, tx: MatchingTransaction) -> None:
        """Keep that the command was done, and which referral it led to."""
        tx.keep_done(self.client_id, self.name, self.body, referral_id)


def key_of(tx: MatchingTransaction) -> Key | None:
    """Return the key of the command at hand; None if it has none."""
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    if not text or len(text) > LONGEST_KEY or not text.isascii() or not text.isprintable():
        raise KeyRefusedError
    said = request.path.encode() + b"\0" + request.get_data()
    body = hashlib.sha256(said).hexdigest()
    # Partners choose their keys, and some choose what names a person.
    name = hashlib.sha256(text.encode()).hexdigest()
    return Key(
        str(principal().id),
        tx.vault.blind_index("idempotency key", name),
        tx.vault.blind_index("command", body),
    )
