"""Open one service's database, waiting for a server that is starting.

Promise: what cannot be put right by waiting is said at once, with the setting it came from.
"""

from __future__ import annotations

import os
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.exc import ArgumentError

from deploy.served import SERVICES
from shared.clock import SystemClock
from shared.errors import InvalidError, StorageUnavailableError
from shared.storage.doorbell import Doorbell

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event
    from types import ModuleType

    from shared.settings import Settings
    from shared.storage import Store

PATIENCE = 60.0
PAUSE = 0.25
REFUSED = ("authentication failed", "does not exist", "permission denied", "no pg_hba.conf entry")
URLS = ("ONWARD_DATABASE_URL", "ONWARD_AMQP_URL")
log = structlog.get_logger("onward.served")


class DatabaseRefusesError(InvalidError):
    """The server lets us in neither now nor later."""


def module_of(service: str) -> ModuleType:
    """Return the package of *service*; no other is ever imported by name."""
    if service not in SERVICES:
        raise InvalidError(f"there is no service {service!r}; choose {' or '.join(SERVICES)}")
    return import_module(f"services.{service}")


def opened(
    service: str, settings: Settings, stop: Event, patience: float = PATIENCE
) -> Store[Any] | None:
    """Return the store of *service*; None when told to stop before there was one."""
    module, until = module_of(service), monotonic() + patience
    while not stop.is_set():
        try:
            store: Store[Any] = module.create_store(settings, SystemClock())
        except ArgumentError:
            raise InvalidError(
                f"{origin_of(service)} must be a URL like postgresql://user:password@host/name"
            ) from None
        except StorageUnavailableError as error:
            _give_up_or_wait(service, error, until)
        else:
            _join_others(store, settings.var / "doorbells" / service)
            return store
        stop.wait(PAUSE)
    return None


def _join_others(store: Store[Any], folder: Path) -> None:
    try:
        store.join(Doorbell(folder))
    except OSError as error:  # then it finds what others commit when it looks
        log.warning("no_doorbell", service=store.service, reason=type(error).__name__)


def _give_up_or_wait(service: str, error: StorageUnavailableError, until: float) -> None:
    said = str(error).partition("\n")[0]
    if any(words in str(error) for words in REFUSED):
        raise DatabaseRefusesError(f"{said} (named in {origin_of(service)})") from None
    if monotonic() > until:
        raise StorageUnavailableError(f"{said} (named in {origin_of(service)})") from None
    log.warning("waiting_for_database", service=service, seconds=round(until - monotonic()))


def origin_of(service: str) -> str:
    """Return the setting that names the database of *service*."""
    return f"ONWARD_DATABASE_URL_{service.upper()}"


def forget_urls() -> None:
    """Take the URLs, which hold passwords, out of this process's environment once read."""
    for name in [name for name in os.environ if name.startswith(URLS)]:
        del os.environ[name]
