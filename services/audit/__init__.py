"""Audit: the log that everyone can check and nobody can rewrite.

Flask and the database are imported only when an app or a store is made, so that the
verifier in this package runs with `cryptography` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from services.audit.keeper import LogKeeper
    from services.audit.storage import AuditTransaction
    from shared.bus import Worker
    from shared.clock import Clock
    from shared.settings import Settings
    from shared.storage import Store


def create_store(settings: Settings, clock: Clock | None = None) -> Store[AuditTransaction]:
    """Open the log's database."""
    from services.audit.storage import open_store

    return open_store(settings, clock)


def create_worker(settings: Settings, store: Store[AuditTransaction]) -> Worker:
    """Return what hears everything and appends it to the log."""
    from services.audit.handlers import learn
    from services.audit.signer import signer_of
    from services.audit.usecases import Sequencer
    from shared.bus import Worker
    from shared.bus.pace import Company

    react = Sequencer(signer_of(settings), learn).react
    # Nobody waits for an entry, and each batch is signed: under load, much company is worth it.
    company = Company(least=0.05, longest=0.6, most=300)
    return Worker("audit", store, react=react, company=company)


def create_chores(settings: Settings, store: Store[AuditTransaction]) -> list[LogKeeper]:
    """Return the loop that keeps the log's pulse and watches for holes."""
    from services.audit.keeper import LogKeeper
    from services.audit.signer import signer_of
    from services.audit.usecases import Sequencer

    return [LogKeeper(store, Sequencer(signer_of(settings)))]


def create_app(settings: Settings, store: Store[AuditTransaction]) -> Flask:
    """Return the log's public face, its partner API and the governance console."""
    from services.audit.http import build

    return build(settings, store)
