"""`make run`: the whole hub on this machine, with a demonstration partnership in it."""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import signal
import socket
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from deploy.words import words
from shared import observe
from shared.codes import label
from shared.errors import OnwardError
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.hub import Hub
    from shared.clock import Clock

DEFAULT_DEMO = "referral-guide"
PROCESSOR = 36  # of the fields after the name in /proc/self/stat (proc_pid_stat(5), field 39)
SERVER: dict[str, Any] = {
    "threads": 16,
    "ident": None,
    "asyncore_use_poll": True,  # select() knows no file descriptor beyond 1,024
    # A story that is taken never waits in a file; what is far too long is not even read.
    "inbuf_overflow": 3_300_000,
    "max_request_body_size": 10_000_000,
}


def main(clock: Clock | None = None) -> int:
    """Set up, tell where everything is, and serve until stopped; return the exit code."""
    try:
        settings = Settings.from_environment()
        settings = replace(settings, demo=settings.demo or DEFAULT_DEMO)
        with only_one(settings.var), listening(settings.port) as door:
            return serve(settings, door, clock)
    except OnwardError as error:
        print(f"Onward did not start: {error}", file=sys.stderr)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"Onward did not start: {error.strerror}{where}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped before it was ready; the next start goes on from here.")
    return 1


def serve(settings: Settings, door: socket.socket, clock: Clock | None = None) -> int:
    """Run the hub until a signal ends it."""
    from waitress.server import create_server  # noqa: PLC0415 - after the lock, it takes a moment

    started = time.monotonic()
    gc.disable()  # reading the code makes much and drops nothing; looking for it takes a tenth
    print("Starting Onward ...")
    observe.configure(level=logging.WARNING if quiet() else logging.INFO)
    hub, sink, known = set_up(settings, clock)
    server = create_server(hub.wsgi, sockets=[door], **SERVER)
    gc.freeze()  # what is loaded by now stays; looking through it again would only cost time
    gc.enable()
    hub.start()
    stay_on_one_processor()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        tell(settings, known, time.monotonic() - started)
        server.run()
    finally:
        server.close()
        hub.stop()
        sink.stop()
    print("Stopped. Everything is on the disk; `make run` goes on from here.")
    return 0


def stay_on_one_processor() -> None:
    """Keep every thread of this process on the processor it is on, where the system allows it.

    One interpreter runs one thread at a time. Handing it to a thread on another processor leaves
    the caches behind, and costs a third more for the same work; no thread waits less for it.
    """
    me = Path("/proc/self")
    if not (hasattr(os, "sched_setaffinity") and (me / "stat").exists()):
        return
    here = {int((me / "stat").read_text().rpartition(")")[2].split()[PROCESSOR])}
    for thread in (me / "task").iterdir():
        with suppress(OSError):  # it has ended meanwhile
            os.sched_setaffinity(int(thread.name), here)


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
    with _lock_file(var) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(
                f"another Onward is running on {_shown(var)}; stop it, or set ONWARD_VAR"
            ) from None
        _note(lock, f"{os.getpid()}\n")
        yield
        _note(lock, "")


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Take the port before anything else is done; nobody is let in before all is ready."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError as error:
            why = (error.strerror or "refused").lower()
            raise PortTakenError(f"port {port}: {why}; choose another: ONWARD_PORT=8090") from None
        yield door


def quiet() -> bool:
    """Tell whether a person watches: then warnings are enough, unless all is asked for."""
    return sys.stderr.isatty() and not os.environ.get("ONWARD_LOG")


def _lock_file(var: Path) -> TextIO:
    try:
        var.mkdir(parents=True, exist_ok=True)
        return (var / "onward.lock").open("a")
    except OSError as error:
        why = (error.strerror or "refused").lower()
        raise NoFolderError(
            f"cannot write in {_shown(var)}: {why}; choose another folder with ONWARD_VAR"
        ) from None


def _note(lock: TextIO, holder: str) -> None:
    """Tell whoever must stop this process which one it is; a full disk may keep it from us."""
    with suppress(OSError):
        lock.truncate(0)
        lock.write(holder)
        lock.flush()


class NoFolderError(OnwardError):
    """The data folder cannot be made or written."""


class AlreadyRunningError(OnwardError):
    """Another process holds the data folder."""


class PortTakenError(OnwardError):
    """The address cannot be listened on."""


def tell(settings: Settings, known: dict[str, Any], seconds: float) -> None:
    """Print where everything is and who may sign in."""
    print(f"\nOnward is running (ready in {seconds:.1f} s).\n")
    introduce(settings, known)
    if quiet():
        print("\n  Only warnings are shown from here on. ONWARD_LOG=all shows every request.")
    print("\n  Ctrl-C stops it. Nothing is lost if it is killed.\n", flush=True)


def introduce(settings: Settings, known: dict[str, Any]) -> None:
    """Print the addresses and one sign-in for each role."""
    base = settings.base_url
    for path, what in (
        ("/", "what this is, for anyone"),
        ("/ask", "ask for help"),
        ("/my", "follow a request, with its reference and return code"),
        ("/agency/", "the agency portal"),
        ("/governance/", "the audit log, for governance officers"),
        ("/demo/mail", "every mail this demonstration sent"),
    ):
        print(f"  {base + path:<38} {what}")
    everyone = _shown(settings.var / "demo" / "credentials.json")
    print(f"\n  Sign-ins, one for each role (all {len(known['staff'])} are in {everyone}):")
    for member in _introduced(known["staff"]):
        roles = ", ".join(label("roles", role) for role in member["roles"])
        print(f"    {member['email']:<41} {member['password']:<21} {roles}")
    print("  Each asks for a 6-digit code next: `make code` lists everyone with their codes.")


def _introduced(staff: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one member of staff for each set of roles, in the order they are listed."""
    seen: dict[tuple[str, ...], dict[str, Any]] = {}
    for member in staff:
        seen.setdefault(tuple(sorted(member["roles"])), member)
    return list(seen.values())


def _shown(path: Path) -> str:
    return os.path.relpath(path)


def _interrupt(*_: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    print("\nStopping: finishing what is in hand ...")
    raise KeyboardInterrupt


if __name__ == "__main__":
    words(__doc__)
    sys.exit(main())
