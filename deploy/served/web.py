"""`python -m deploy.served.web SERVICE`: one service's pages and partner API, under granian.

Promise: no socket to database or broker is opened before the process that serves has begun,
and that process does not outlive the one that watches it.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import signal
import socket
import sys
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from deploy.served import SERVICES
from deploy.served.ending import ended
from deploy.served.parent import die_with_parent
from shared.errors import InvalidError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    Code = Any  # an int that two processes see

HOST = "127.0.0.1"
NICENESS = 10  # pages give way to what carries on what they took in, or a burst would starve it
THREADS = 4
AT_ONCE = 64  # requests taken in; more wait in the queue of the socket
QUEUE = 256
STOPPED_WITHIN = 8
HTTP = HTTP1Settings(header_read_timeout=30_000, max_buffer_size=64 * 1024)


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; return the exit code."""
    asked = _asked(arguments)
    return ended(f"web {asked.service}", lambda: serve(asked.service, asked.port, asked.identity))


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.served.web", description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--port", type=int, default=0, help=f"on {HOST}; 0: any that is free")
    parser.add_argument("--identity", help="where identity answers (default: ONWARD_BASE_URL)")
    return parser.parse_args(arguments)


def serve(service: str, port: int, identity: str | None) -> int:
    """Run granian: one process that serves, and this one, which watches it."""
    if service not in SERVICES:
        raise InvalidError(f"there is no service {service!r}; choose {' or '.join(SERVICES)}")
    die_with_parent()
    code = multiprocessing.Value("i", 0)
    server = Server(
        service,
        address=HOST,
        port=_free(port),
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        backpressure=AT_ONCE,
        backlog=QUEUE,
        http1_settings=HTTP,
        log_level=LogLevels.critical,
        workers_kill_timeout=STOPPED_WITHIN,
    )
    print(f"web {service} is to answer on http://{HOST}:{server.bind_port}", flush=True)
    load = partial(begin, service, identity, code, os.getpid())
    try:
        server.serve(target_loader=load, wrap_loader=False)
    except SystemExit as stopped:
        return code.value or int(stopped.code or 0)
    return 0


def begin(service: str, identity: str | None, code: Code, watcher: int) -> WSGIApplication:
    """Return the application, in the process that serves it; end that process if it cannot be."""
    die_with_parent(signal.SIGKILL, watcher)  # or two would answer on one port
    gc.disable()  # reading the code makes much and drops nothing; looking for it takes a tenth
    made: list[WSGIApplication] = []

    def make() -> int:
        made.append(application(service, identity))
        return 0

    code.value = ended(f"web {service}", make)
    if not made:
        os._exit(code.value)
    os.nice(max(0, NICENESS - os.nice(0)))  # from now on: until it is ready, all wait for it
    gc.collect()
    gc.freeze()  # what is loaded by now stays; looking through it again would only cost time
    gc.enable()
    return made[0]


def application(service: str, identity: str | None) -> WSGIApplication:
    """Return what answers for *service*, and only for it."""
    from werkzeug.middleware.proxy_fix import ProxyFix  # noqa: PLC0415 - the watcher needs none

    from deploy.served.opening import forget_urls, module_of, opened  # noqa: PLC0415
    from shared import metrics, observe  # noqa: PLC0415
    from shared.settings import Settings  # noqa: PLC0415
    from shared.web.access import connect  # noqa: PLC0415
    from shared.web.dispatcher import Dispatcher  # noqa: PLC0415
    from shared.web.transport import InProcess, OverHttp  # noqa: PLC0415

    observe.configure()
    settings = Settings.from_environment()
    forget_urls()
    metrics.share(settings.var / "metrics" / service, "web")
    store = opened(service, settings, Event())
    app = module_of(service).create_app(settings, store)
    if service == "identity":
        connect(app, InProcess(app, settings.base_url))
    else:
        connect(app, OverHttp(identity or settings.base_url, settings.base_url))
    # One proxy stands in front; it alone can reach this port, and it says who asked.
    return ProxyFix(Dispatcher({service: app}), x_for=1, x_proto=0, x_host=0)


def _free(port: int) -> int:
    """Return *port*, or one that nobody listens on; refuse one that is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = (error.strerror or "refused").lower()
            raise InvalidError(f"port {port}: {why}") from None
        free: int = probe.getsockname()[1]
        return free


if __name__ == "__main__":
    sys.exit(main())
