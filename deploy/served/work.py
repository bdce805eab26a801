"""`python -m deploy.served.work SERVICE`: what a service does beside answering requests.

Its consumer, its relay and its chores, each on a thread, or some of them (`--only`). Crash-only:
when broker or database are lost for good, or a part breaks, the process says so and ends, for
everything that counts is in the tables. SIGTERM lets each part finish what it has in hand.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from deploy.served.ending import ended
from deploy.served.giving_way import SIGNALS, let_broker_start
from deploy.served.opening import forget_urls, module_of, opened
from deploy.served.parent import die_with_parent
from deploy.served.pulse import Pulse
from shared import metrics, observe
from shared.bus.pruning import Pruning
from shared.errors import InvalidError, OnwardError
from shared.observe_lag import LagWatch
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.bus.consumer import Consumer
    from shared.storage import Store

NICENESS = 5  # behind the servers that it works with, before the pages
UNHURRIED = {"audit": 12}  # behind the pages too, once it works: nobody waits for the log
CONSUMER = "consumer"
STOPPED_WITHIN = 20.0
PULSE = 1.0  # seconds between two signs of life
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
    os.nice(max(0, NICENESS - os.nice(0)))
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # taken by sigwait below, in no thread
    gc.disable()  # reading the code makes much and drops nothing; looking for it takes a tenth
    observe.configure()
    logging.getLogger("pika").setLevel(logging.WARNING)  # it tells each step of each connection
    settings = Settings.from_environment()
    forget_urls()
    metrics.share(settings.var / "metrics" / service, "work")
    if not let_broker_start(settings.amqp(service)):
        return 0
    store = opened(service, settings, Event())
    if store is None:
        return 0
    parts = [
        Part(name, runner)
        for name, kind, runner in parts_of(service, settings, store)
        if (not only or {name, kind} & only) and not {name, kind} & without
    ]
    if not parts:
        raise InvalidError(f"{service} has no part of that name")
    hears = any(part.name == CONSUMER for part in parts)
    os.nice(max(0, UNHURRIED.get(service, NICENESS) - os.nice(0)))
    return run_all(parts, store, Pulse(settings.var, service) if hears else None)


def run_all(parts: list[Part], store: Store[Any], pulse: Pulse | None) -> int:
    """Run *parts*, wait for a signal or for one of them to end, and stop the rest."""
    gc.collect()
    gc.freeze()  # what is loaded by now stays; looking through it again would only cost time
    gc.enable()
    for part in parts:
        part.start()
    while signal.sigtimedwait(SIGNALS, PULSE) is None:
        if pulse and all(part.alive() for part in parts):
            pulse.beat()
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


def parts_of(
    service: str, settings: Settings, store: Store[Any]
) -> Iterator[tuple[str, str, Runner]]:
    """Yield name, kind and runner of each part of *service*."""
    amqp = settings.amqp(service)
    if amqp is None:
        raise InvalidError(f"ONWARD_AMQP_URL_{service.upper()} must name the broker")
    module = module_of(service)
    yield CONSUMER, CONSUMER, Hearing(module, settings, store, amqp)
    yield "relay", "relay", Relaying(store, amqp)
    yield LagWatch.name, "chores", LagWatch(store)
    yield Pruning.name, "chores", Pruning(store)
    make = getattr(module, "create_chores", None)
    for chore in make(settings, store) if make else ():
        yield chore.name, "chores", chore


class Runner(Protocol):
    """One part of a service's work; each chore is one."""

    def run(self, stop: Event) -> None:
        """Run until told to stop."""
        ...


class Hearing:
    """Hears what others say."""

    def __init__(self, module: Any, settings: Settings, store: Store[Any], amqp: str) -> None:  # noqa: ANN401 - a service's package
        self._module, self._settings, self._store, self._amqp = module, settings, store, amqp
        self._consumer: Consumer | None = None

    def run(self, stop: Event) -> None:
        """Consume until told to stop."""
        from shared.bus.consumer import Consumer  # noqa: PLC0415 - a sender needs no kombu

        worker = self._module.create_worker(self._settings, self._store)
        self._consumer = Consumer(worker, self._amqp)
        self._consumer.run(stop)

    def alive(self) -> bool:
        """Tell whether it is subscribed and goes round."""
        return self._consumer is not None and self._consumer.alive()


class Relaying:
    """Carries what the service says to the broker."""

    def __init__(self, store: Store[Any], amqp: str) -> None:
        self._store, self._amqp = store, amqp

    def run(self, stop: Event) -> None:
        """Relay until told to stop."""
        from shared.bus.relay import Relay  # noqa: PLC0415 - a sender needs no pika

        relay = Relay(self._store, self._amqp)
        relay.start()
        stop.wait()
        relay.stop()


class Part(Thread):
    """One part on its own thread; if it ends before it is told to, so does the process."""

    def __init__(self, name: str, runner: Runner) -> None:
        super().__init__(name=name, daemon=True)
        self.stop = Event()
        self.failure: Exception | None = None
        self._runner = runner

    def run(self) -> None:
        """Run until told to stop."""
        try:
            self._runner.run(self.stop)
        except Exception as error:
            self.failure = error
            if not isinstance(error, OnwardError):
                log.exception("part_broke", chore=self.name, kind=type(error).__name__)
        if not self.stop.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    def alive(self) -> bool:
        """Tell whether it does its work, as far as it can tell."""
        says = getattr(self._runner, "alive", None)
        return self.is_alive() and (says is None or says())


if __name__ == "__main__":
    sys.exit(main())
