"""The keys that people's addresses are sealed to on their way here.

Promise: a new key every week; the one before is destroyed two days later, and with it every
address ever sealed to it. Compact JWE, ECDH-ES+A256KW with A256GCM (RFC 7516, 7518).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlalchemy import delete, select, update

from services.notify.domain import KEY_GRACE, KEY_LIFE
from services.notify.errors import SealedAddressError
from services.notify.storage import sealing_key
from shared.vault import Context

if TYPE_CHECKING:
    from uuid import UUID

    from services.notify.storage import NotifyTransaction
    from shared.storage import Store
    from shared.vault import Vault

ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]


class SealingKeys:
    """Makes, replaces and uses the private keys, which lie in the database only sealed."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened: dict[str, ECKey] = {}

    def rotate(self, tx: NotifyTransaction) -> None:
        """Replace the key if a week old or missing, and destroy what was replaced long enough.

        Call `forget` once that is committed.
        """
        newest = tx.newest_key()
        if newest is None or newest.made_at + KEY_LIFE <= tx.now:
            self._replace(tx)
        tx.execute(delete(sealing_key).where(sealing_key.c.replaced_at <= tx.now - KEY_GRACE))

    def forget(self) -> None:
        """Let go of opened keys: what was destroyed must not live on in memory."""
        self._opened = {}

    def _replace(self, tx: NotifyTransaction) -> None:
        current = sealing_key.c.replaced_at.is_(None)
        tx.execute(update(sealing_key).where(current).values(replaced_at=tx.now))
        key = ECKey.generate_key("P-256", auto_kid=True)
        data_key = self._vault.new_key()
        private = json.dumps(key.as_dict(private=True))
        tx.insert(
            sealing_key,
            kid=key.kid,
            public_key=json.dumps(key.as_dict(private=False)),
            data_key=data_key,
            private_key=self._vault.seal(data_key, private, _place(str(key.kid))),
            made_at=tx.now,
            replaced_at=None,
        )

    def open(self, sealed: str, contact_request_id: UUID, store: Store[NotifyTransaction]) -> str:
        """Return the address sealed in answer to *contact_request_id*; forget it after use."""
        told = self._opened_with_any_key(sealed, store)
        address = told.get("address")
        # An answer that names its question must name this one.
        if told.get("contact_request_id", str(contact_request_id)) != str(contact_request_id):
            raise SealedAddressError("it answers another question")
        if not isinstance(address, str):
            raise SealedAddressError("it holds no address")
        return address

    def _opened_with_any_key(self, sealed: str, store: Store[NotifyTransaction]) -> dict[str, Any]:
        for key in self._keys(store):
            try:
                told = json.loads(jwe.decrypt_compact(sealed, key, ALGORITHMS).plaintext or b"")
            except (JoseError, ValueError):
                continue
            if isinstance(told, dict):
                return told
        raise SealedAddressError("no key that still exists opens it")

    def _keys(self, store: Store[NotifyTransaction]) -> list[ECKey]:
        if not self._opened:
            newest_first = select(sealing_key).order_by(sealing_key.c.made_at.desc())
            with store.read() as tx:
                self._opened = {row.kid: self._unwrapped(row) for row in tx.all(newest_first)}
        return list(self._opened.values())

    def _unwrapped(self, row: Any) -> ECKey:  # noqa: ANN401 - a database row
        private = self._vault.open(row.data_key, row.private_key, _place(row.kid))
        return ECKey.import_key(json.loads(private))


def _place(kid: str) -> Context:
    return Context("notify", "sealing_key", "private_key", kid)
