"""Intake: what a person told once, what they agreed to, and the gate before it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.intake import (
    acknowledge_clock,
    clocks,
    draft_clock,
    drafts,
    duty,
    http,
    names_clock,
    outreach,
    override_clock,
    retention,
    visits,
)
from services.intake.errors import STATUSES
from services.intake.handlers import HANDLERS, RESTATED
from services.intake.preparing import prepare
from services.intake.storage import metadata, transaction_with
from services.intake.storage.progress import progress
from shared.bus.pace import Company
from shared.bus.worker import Worker
from shared.storage import Store
from shared.vault import Vault
from shared.web import build_app, overload

if TYPE_CHECKING:
    from flask import Flask

    from services.intake.storage import IntakeTransaction
    from shared.chore import Chore
    from shared.clock import Clock
    from shared.settings import Settings

OWN_TABLES = (drafts.drafts, visits.visits)
"""Kept by the public pages, in the same database; naming them here makes them exist."""


def create_store(settings: Settings, clock: Clock) -> Store[IntakeTransaction]:
    """Open intake's database and the vault that seals what is personal in it."""
    transaction = transaction_with(Vault("intake", settings.keys))
    return Store(
        settings.database("intake"),
        metadata,
        transaction=transaction,
        clock=clock,
        migrations=Path(__file__).parent / "migrations",
    )


def create_app(settings: Settings, store: Store[IntakeTransaction]) -> Flask:
    """Return intake's pages and its part of the partner API."""
    app = build_app(
        "intake", settings=settings, store=store, package="services.intake", statuses=STATUSES
    )
    http.register(app)
    overload.install(app, progress)
    with store.read() as tx:
        tx.working_days_after(tx.now, 1)  # loads the bank holidays now, not in somebody's request
    return app


def create_worker(settings: Settings, store: Store[IntakeTransaction]) -> Worker:
    """Return what hears the other services."""
    del settings
    return Worker(
        "intake",
        store,
        handlers=HANDLERS,
        restated=RESTATED,
        prepare=prepare,
        company=Company(most=80, most_in_process=20),
    )


def create_chores(
    settings: Settings, store: Store[IntakeTransaction]
) -> list[Chore[IntakeTransaction]]:
    """Return what intake does of itself: what is over goes, lists are read, flags climb."""
    del settings
    return [
        drafts.DraftSweep(store),
        draft_clock.DraftClock(store),
        outreach.ListReading(store),
        outreach.LeadSweep(store),
        duty.DutyWatch(store),
        retention.RetentionSweep(store),
        clocks.ConsentClocks(store),
        override_clock.OverrideClock(store),
        acknowledge_clock.AcknowledgeClock(store),
        names_clock.NamesWatch(store),
    ]
