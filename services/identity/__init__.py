"""identity: who staff and agencies' systems are, proved by signed tokens and one sign-on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from services.identity.storage import IdentityTransaction
    from shared.bus import Worker
    from shared.clock import Clock
    from shared.settings import Settings
    from shared.storage import Store


def create_app(settings: Settings, store: Store[IdentityTransaction]) -> Flask:
    """Return the web application of identity."""
    from services.identity.http import install
    from shared.web import build_app

    app = build_app("identity", settings=settings, store=store, package="services.identity")
    install(app, settings)
    return app


def create_store(settings: Settings, clock: Clock | None = None) -> Store[IdentityTransaction]:
    """Return the store of identity, whose transactions can open the vault."""
    from services.identity.storage import IdentityTransaction, metadata
    from shared.storage import Store
    from shared.vault import Vault

    class WithVault(IdentityTransaction):
        vault = Vault("identity", settings.keys)

    return Store(
        settings.database("identity"),
        metadata,
        transaction=WithVault,
        clock=clock,
        migrations=Path(__file__).parent / "migrations",
    )


def create_worker(settings: Settings, store: Store[IdentityTransaction]) -> Worker:
    """Return what identity does with the messages it hears."""
    from services.identity.handlers import HANDLERS, RESTATED
    from shared.bus import Worker

    del settings
    return Worker("identity", store, handlers=HANDLERS, restated=RESTATED)
