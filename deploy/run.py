"""`make run`: the whole hub on this machine, with a demonstration partnership in it."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared import observe
from shared.errors import OnwardError
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from deploy.hub import Hub
    from shared.clock import Clock

DEFAULT_DEMO = "referral-guide"
THREADS = 16


def main(clock: Clock | None = None) -> int:
    """Set up, tell where everything is, and serve until stopped; return the exit code."""
    settings = Settings.from_environment()
    settings = replace(settings, demo=settings.demo or DEFAULT_DEMO)
    try:
        with only_one(settings.var):
            return serve(settings, clock)
    except OnwardError as error:
        print(f"Onward did not start: {error}", file=sys.stderr)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"Onward did not start: {error.strerror}{where}", file=sys.stderr)
    return 1


def serve(settings: Settings, clock: Clock | None = None) -> int:
    """Run the hub until a signal ends it."""
    from waitress.server import create_server  # noqa: PLC0415 - after the lock, it takes a moment

    started = time.monotonic()
    print("Starting Onward ...")
    observe.configure()
    hub, sink, known = set_up(settings, clock)
    try:
        server = create_server(
            hub.wsgi, host="127.0.0.1", port=settings.port, threads=THREADS, ident=None
        )
    except OSError as error:
        raise PortTakenError(f"port {settings.port}: {error.strerror}; set ONWARD_PORT") from None
    hub.start()
    signal.signal(signal.SIGTERM, _interrupt)
    tell(settings, known, time.monotonic() - started)
    try:
        server.run()
    except KeyboardInterrupt:
        print("\nStopping: finishing what is in hand ...")
    finally:
        server.close()
        hub.stop()
        sink.stop()
    print("Stopped. Everything is on the disk; `make run` goes on from here.")
    return 0


def set_up(settings: Settings, clock: Clock | None) -> tuple[Hub, Any, dict[str, Any]]:
    """Open the databases and load the demonstration, telling each step."""
    from deploy.demo.load import load  # noqa: PLC0415 - services take a moment to import
    from deploy.hub import Hub  # noqa: PLC0415
    from services.notify.sink import start_sink  # noqa: PLC0415

    print("  opening five databases in", _shown(settings.var))
    sink = start_sink(settings)
    hub = Hub(replace(settings, smtp_port=sink.port), clock)
    print(f"  loading the demonstration partnership '{settings.demo}'")
    known = load(settings.demo, settings, hub.stores)
    return hub, sink, known


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the data folder, so that two hubs never work on the same databases."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "onward.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(
                f"another Onward is running on {_shown(var)}; stop it, or set ONWARD_VAR"
            ) from None
        yield


class AlreadyRunningError(OnwardError):
    """Another process holds the data folder."""


class PortTakenError(OnwardError):
    """The address cannot be listened on."""


def tell(settings: Settings, known: dict[str, Any], seconds: float) -> None:
    """Print where everything is and who may sign in."""
    base = settings.base_url
    print(f"\nOnward is running (ready in {seconds:.1f} s).\n")
    for path, what in (
        ("/", "what this is, for anyone"),
        ("/ask", "ask for help"),
        ("/my", "follow a request, with its reference and return code"),
        ("/agency/", "the agency portal"),
        ("/governance/", "the audit log, for governance officers"),
        ("/demo/mail", "every mail this demonstration sent"),
    ):
        print(f"  {base + path:<38} {what}")
    print(f"\n  Sign-ins (all in {_shown(settings.var / 'demo' / 'credentials.json')}):")
    for member in _introduced(known["staff"]):
        roles = ", ".join(member["roles"])
        print(f"    {member['email']:<44} {member['password']:<20} {roles}")
    print("  Each sign-in asks for a 6-digit code next; `make code EMAIL=...` prints it.")
    print("\n  Ctrl-C stops it. Nothing is lost if it is killed.\n")


def _introduced(staff: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one member of staff for each set of roles, in the order they are listed."""
    seen: dict[tuple[str, ...], dict[str, Any]] = {}
    for member in staff:
        seen.setdefault(tuple(sorted(member["roles"])), member)
    return list(seen.values())


def _shown(path: Path) -> str:
    return os.path.relpath(path)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
