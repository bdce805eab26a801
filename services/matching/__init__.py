"""Matching: the referral guide, capacity, and each referral from proposal to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.matching.storage import MatchingTransaction
    from shared.bus.worker import Worker
    from shared.clock import Clock
    from shared.settings import Settings
    from shared.storage import Store


def create_store(settings: Settings, clock: Clock) -> Store[MatchingTransaction]:
    """Open matching's database, holding the keys that seal its notes."""
    from services.matching.storage import metadata, transaction_with  # noqa: PLC0415
    from shared.storage import Store  # noqa: PLC0415
    from shared.vault import Vault  # noqa: PLC0415

    kind = transaction_with(Vault("matching", settings.keys))
    return Store(settings.database("matching"), metadata, transaction=kind, clock=clock)


def create_worker(settings: Settings, store: Store[MatchingTransaction]) -> Worker:
    """Return what hears requests and puts them to services."""
    from services.matching.handlers import HANDLERS  # noqa: PLC0415
    from shared.bus.worker import Worker  # noqa: PLC0415

    del settings
    return Worker("matching", store, handlers=HANDLERS)
