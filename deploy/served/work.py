"""`python -m deploy.served.work SERVICE`: what a service does beside answering requests.

Its consumer, its relay and its chores, each on a thread, or some of them (`--only`). Crash-only:
when broker or database are lost for good, or a part breaks, the process says so and ends, for
everything that counts is in the tables. SIGTERM lets each part finish what it has in hand.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import structlog

from deploy.served.ending import ended
from deploy.served.opening import forget_urls, module_of, opened
from deploy.served.parent import die_with_parent
from shared import metrics, observe
from shared.errors import InvalidError, OnwardError
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.storage import Store

    Run = Callable[[Event], None]

STOPPED_WITHIN = 20.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)
log = structlog.get_logger("onward.served")


def main(arguments: list[str] | None = None) -> int:
    """Work until stopped; return the exit code."""
    asked = _asked(arguments)
    return ended(f"work {asked.service}", lambda: work(asked.service, asked.only, asked.without))


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.served.work", description=__doc__)
    parser.add_argument("service")
    parts = "consumer, relay, chores, or the name of one chore; several with commas"
    parser.add_argument("--only", type=_some, default=_some(""), help=f"run only these: {parts}")
    parser.add_argument("--without", type=_some, default=_some(""), help="run all but these")
    return parser.parse_args(arguments)


def _some(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(",")))


def work(service: str, only: frozenset[str], without: frozenset[str]) -> int:
    """Run the parts of *service* that are wanted until a signal comes or one of them breaks."""
    die_with_parent()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # taken by sigwait below, in no thread
    observe.configure()
    logging.getLogger("pika").setLevel(logging.WARNING)  # it tells each step of each connection
    settings = Settings.from_environment()
    forget_urls()
    metrics.share(settings.var / "metrics" / service, "work")
    store = opened(service, settings, Event())
    if store is None:
        return 0
    parts = [
        Part(name, run)
        for name, kind, run in parts_of(service, settings, store)
        if (not only or {name, kind} & only) and not {name, kind} & without
    ]
    if not parts:
        raise InvalidError(f"{service} has no part of that name")
    return run_all(parts, store)


def run_all(parts: list[Part], store: Store[Any]) -> int:
    """Run *parts*, wait for a signal or for one of them to end, and stop the rest."""
    for part in parts:
        part.start()
    signal.sigwait(SIGNALS)
    for part in parts:
        part.stop.set()
    for part in parts:
        part.join(STOPPED_WITHIN)
    store.close()
    failures = [part.failure for part in parts if part.failure]
    for failure in failures:
        if isinstance(failure, OnwardError):
            raise failure
    return os.EX_SOFTWARE if failures else 0


def parts_of(service: str, settings: Settings, store: Store[Any]) -> Iterator[tuple[str, str, Run]]:
    """Yield name, kind and function of each part of *service*."""
    amqp = settings.amqp(service)
    if amqp is None:
        raise InvalidError(f"ONWARD_AMQP_URL_{service.upper()} must name the broker")
    module = module_of(service)
    yield "consumer", "consumer", lambda stop: consume(module, settings, store, stop)
    yield "relay", "relay", lambda stop: relay(store, amqp, stop)
    make = getattr(module, "create_chores", None)
    for chore in make(settings, store) if make else ():
        yield chore.name, "chores", chore.run


def consume(module: Any, settings: Settings, store: Store[Any], stop: Event) -> None:  # noqa: ANN401 - a service's package
    """Hear what others say until told to stop."""
    from shared.bus.consumer import Consumer  # noqa: PLC0415 - a sender needs no kombu

    worker = module.create_worker(settings, store)
    Consumer(worker, str(settings.amqp(store.service))).run(stop)


def relay(store: Store[Any], amqp: str, stop: Event) -> None:
    """Carry what the service says to the broker until told to stop."""
    from shared.bus.relay import Relay  # noqa: PLC0415 - a sender needs no pika

    carrier = Relay(store, amqp)
    carrier.start()
    stop.wait()
    carrier.stop()


class Part(Thread):
    """One part on its own thread; if it ends before it is told to, so does the process."""

    def __init__(self, name: str, run: Run) -> None:
        super().__init__(name=name, daemon=True)
        self.stop = Event()
        self.failure: Exception | None = None
        self._run = run

    def run(self) -> None:
        """Run until told to stop."""
        try:
            self._run(self.stop)
        except Exception as error:
            self.failure = error
            if not isinstance(error, OnwardError):
                log.exception("part_broke", chore=self.name, kind=type(error).__name__)
        if not self.stop.is_set():
            os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
