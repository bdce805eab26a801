"""The chore that replaces the sealing key each week and destroys old ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from shared.errors import Transient

if TYPE_CHECKING:
    import threading

    from services.notify.sealing import SealingKeys
    from services.notify.storage import NotifyTransaction
    from shared.storage import Store

EVERY = 3600.0
SOON = 5.0
log = structlog.get_logger("onward.notify")


class KeyKeeper:
    """Looks at the age of the sealing key every hour."""

    name = "sealing-keys"

    def __init__(self, store: Store[NotifyTransaction], keys: SealingKeys) -> None:
        self._store, self._keys = store, keys

    def run(self, stop: threading.Event) -> None:
        """Keep the key fresh until told to stop."""
        while not stop.is_set():
            stop.wait(EVERY if self._rotated() else SOON)

    def _rotated(self) -> bool:
        try:
            with self._store.begin() as tx:
                self._keys.rotate(tx)
        except Transient as error:
            log.warning("sealing_key_waits", reason=type(error).__name__)
            return False
        self._keys.forget()
        return True
