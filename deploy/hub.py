"""All five services in one process: their databases, their pages, the bus between them.

Promise: starting again after any stop, however rude, resumes where the databases stand.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import structlog

from shared.bus.embedded import EmbeddedBus
from shared.bus.pruning import Pruning
from shared.clock import SystemClock
from shared.observe_lag import LagWatch
from shared.web.access import connect
from shared.web.dispatcher import Dispatcher
from shared.web.transport import InProcess

if TYPE_CHECKING:
    from types import ModuleType

    from flask import Flask

    from shared.clock import Clock
    from shared.settings import Settings
    from shared.storage import Store

SERVICES = ("identity", "intake", "matching", "notify", "audit")
RESTART_AFTER = 1.0
log = structlog.get_logger("onward.hub")


class Hub:
    """The embedded profile: call `wsgi` for pages, `start` and `stop` for what runs beside them."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self._modules = {name: import_module(f"services.{name}") for name in SERVICES}
        self.stores = self._stores(clock or SystemClock())
        self.apps = {name: self._app(name, module) for name, module in self._modules.items()}
        self.wsgi = Dispatcher(self.apps)
        for app in self.apps.values():
            connect(app, InProcess(self.apps["identity"], settings.base_url))
        self.workers = [
            module.create_worker(settings, self.stores[name])
            for name, module in self._modules.items()
        ]
        self.bus = EmbeddedBus(list(self.stores.values()), self.workers)
        for name, app in self.apps.items():
            app.extensions["paused"] = partial(self._is_paused, name)
        self._stopping = Event()
        self._chores: list[Thread] = []

    def start(self) -> None:
        """Begin to carry messages and to do what services do of themselves."""
        self.bus.start()
        for name, module in self._modules.items():
            for chore in self._chores_of(name, module):
                thread = Thread(target=_keep_running, args=(chore, self._stopping), name=chore.name)
                thread.daemon = True
                thread.start()
                self._chores.append(thread)

    def stop(self) -> None:
        """Finish what is in hand and let go of the databases."""
        self._stopping.set()
        for thread in self._chores:
            thread.join(timeout=10)
        self.bus.stop()
        for store in self.stores.values():
            store.close()

    def _stores(self, clock: Clock) -> dict[str, Store[Any]]:
        return {
            name: module.create_store(self.settings, clock)
            for name, module in self._modules.items()
        }

    def _app(self, name: str, module: ModuleType) -> Flask:
        app: Flask = module.create_app(self.settings, self.stores[name])
        return app

    def _chores_of(self, name: str, module: ModuleType) -> list[Any]:
        make = getattr(module, "create_chores", None)
        own = list(make(self.settings, self.stores[name])) if make else []
        return [*own, LagWatch(self.stores[name]), Pruning(self.stores[name])]

    def _is_paused(self, service: str) -> bool:
        return service in self.bus.paused()


def _keep_running(chore: Any, stopping: Event) -> None:  # noqa: ANN401 - each service's own
    """Run *chore* until told to stop; start it again if it breaks, and say so."""
    while not stopping.is_set():
        try:
            chore.run(stopping)
        except Exception as error:
            log.exception("chore_broke", chore=chore.name, kind=type(error).__name__)
            stopping.wait(RESTART_AFTER)
