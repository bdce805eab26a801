"""Matching: the referral guide, capacity, and each referral from proposal to answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from services.matching.storage import MatchingTransaction
    from shared.bus.worker import Worker
    from shared.chore import Chore
    from shared.clock import Clock
    from shared.settings import Settings
    from shared.storage import Store


def create_store(settings: Settings, clock: Clock) -> Store[MatchingTransaction]:
    """Open matching's database, holding the keys that seal its notes."""
    from services.matching.storage import metadata, transaction_with
    from shared.storage import Store
    from shared.vault import Vault

    kind = transaction_with(Vault("matching", settings.keys))
    return Store(
        settings.database("matching"),
        metadata,
        transaction=kind,
        clock=clock,
        migrations=Path(__file__).parent / "migrations",
    )


def create_worker(settings: Settings, store: Store[MatchingTransaction]) -> Worker:
    """Return what hears requests and puts them to services."""
    from services.matching.handlers import HANDLERS, RESTATED
    from services.matching.preparing import prepare
    from services.matching.working_days import calendar_for
    from shared.bus.worker import Worker

    del settings
    with store.read() as tx:
        calendar = calendar_for(tx.nation())
        calendar.is_working_day(tx.now.date())  # loads the holidays now, not in the first referral
        tx.warm_guide()
    return Worker("matching", store, handlers=HANDLERS, restated=RESTATED, prepare=prepare)


def create_chores(
    settings: Settings, store: Store[MatchingTransaction]
) -> list[Chore[MatchingTransaction]]:
    """Return the loops that begin work themselves: what is late, what settled, what can go now."""
    from services.matching.clocks import Clocks
    from services.matching.desk import DeskClearing
    from services.matching.retrying import Retrying

    del settings
    return [Clocks(store), DeskClearing(store), Retrying(store)]


def create_app(settings: Settings, store: Store[MatchingTransaction]) -> Flask:
    """Return matching's web application."""
    from services.matching.errors import STATUSES
    from services.matching.http import doors
    from shared.web import build_app

    app = build_app("matching", settings=settings, store=store, package=__name__, statuses=STATUSES)
    doors.register(app)
    return app
