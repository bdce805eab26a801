"""What each service announces and hears, as its own modules say."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from shared.bus import access, told_by_many
from shared.bus.catalogue import ALL_SERVICES
from shared.bus.message import ANNOUNCED
from shared.clock import SystemClock
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def readers() -> Mapping[str, frozenset[str] | None]:
    """Return the types that each service's worker hears; None: every one."""
    found: dict[str, frozenset[str] | None] = {}
    with TemporaryDirectory() as folder:  # a worker is made on a database, here on an empty one
        settings = Settings(var=Path(folder))
        for service in ALL_SERVICES:
            module = import_module(f"services.{service}")
            store = module.create_store(settings, SystemClock())
            found[service] = module.create_worker(settings, store).types
            store.close()
    return found


@cache
def writers() -> Mapping[str, type]:
    """Return the class that is written for each type."""
    names = [f"services.{service}.messages" for service in ALL_SERVICES if service != "audit"]
    modules = [access, told_by_many, *map(import_module, names)]
    classes = [cls for module in modules for cls in vars(module).values() if cls in _known()]
    return {ANNOUNCED[cls].type: cls for cls in classes}


def _known() -> list[type]:
    return list(ANNOUNCED)


def hearers(kind: str) -> list[str]:
    """Return the services that hear *kind*."""
    return [service for service, heard in readers().items() if heard is None or kind in heard]
