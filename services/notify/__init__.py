"""notify tells the right people, keeps addresses only as long as one attempt takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.notify.handlers import HANDLERS, RESTATED
from services.notify.http import build
from services.notify.keeper import KeyKeeper
from services.notify.preparing import prepare
from services.notify.sealing import SealingKeys
from services.notify.sender import Sender
from services.notify.storage import NotifyTransaction, metadata
from shared.bus.worker import Worker
from shared.storage import Store
from shared.vault import Vault

if TYPE_CHECKING:
    from flask import Flask

    from shared.clock import Clock
    from shared.settings import Settings


def create_store(settings: Settings, clock: Clock | None = None) -> Store[NotifyTransaction]:
    """Open notify's database, with a key that addresses can be sealed to."""
    store = Store(
        settings.database("notify"),
        metadata,
        transaction=NotifyTransaction,
        clock=clock,
        migrations=Path(__file__).parent / "migrations",
    )
    with store.begin() as tx:
        SealingKeys(Vault("notify", settings.keys)).rotate(tx)
    return store


def create_worker(settings: Settings, store: Store[NotifyTransaction]) -> Worker:
    """Return what hears the other services for notify."""
    del settings
    return Worker("notify", store, handlers=HANDLERS, restated=RESTATED, prepare=prepare)


def create_chores(settings: Settings, store: Store[NotifyTransaction]) -> list[Sender | KeyKeeper]:
    """Return the loops that begin work themselves: sending, and renewing the sealing key."""
    keys = SealingKeys(Vault("notify", settings.keys))
    return [Sender(store, keys, settings), KeyKeeper(store, keys)]


def create_app(settings: Settings, store: Store[NotifyTransaction]) -> Flask:
    """Return the pages of notify."""
    return build(settings, store)
