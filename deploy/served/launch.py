"""`python -m deploy.served.launch WHAT FOLDER`: become a server that is not ours.

Promise: the process stays the one that was started, so that whoever supervises it signals the
server itself; it ends with its supervisor, and never runs as root where it need not.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.served.ending import ended
from deploy.served.parent import die_with_parent
from deploy.words import words
from shared.errors import InvalidError, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HOST = "127.0.0.1"
MAPPED_WITHIN = 20.0


def database(folder: Path) -> None:
    """Become PostgreSQL."""
    from deploy.database import UNPRIVILEGED, Cluster  # noqa: PLC0415 - each server its own

    cluster = Cluster(folder)
    command = cluster.command()
    os.chdir(cluster.server.data)
    if os.geteuid() == 0:
        _become(pwd.getpwnam(UNPRIVILEGED))
    _exec(command, os.environ, signal.SIGINT)


def epmd(folder: Path) -> None:
    """Become the port mapper of the private broker."""
    from deploy.broker import Broker, binary  # noqa: PLC0415

    broker = Broker(folder)
    broker.end_stray_mappers()
    command = [str(binary("epmd")), "-port", str(broker.node.epmd), "-address", HOST]
    _exec(command, broker.environment(), signal.SIGTERM)


def broker(folder: Path) -> None:
    """Become RabbitMQ, once its port mapper answers; or it would start one of its own."""
    from deploy.broker import Broker  # noqa: PLC0415

    node = Broker(folder)
    until = time.monotonic() + MAPPED_WITHIN
    while not _answers(node.node.epmd):
        if time.monotonic() > until:
            raise Transient(f"the port mapper of {folder} does not answer")
        time.sleep(0.05)
    os.chdir(folder)
    _exec(node.command(), node.environment(), signal.SIGTERM)


def nginx(folder: Path) -> None:
    """Become nginx."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise InvalidError("nginx is not installed; on Debian: apt-get install nginx-light")
    command = [program, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    _exec(command, os.environ, signal.SIGQUIT)


SERVERS: Mapping[str, Callable[[Path], None]] = {
    "database": database,
    "epmd": epmd,
    "broker": broker,
    "nginx": nginx,
}


def main(arguments: Sequence[str]) -> int:
    """Become the server that is named; return only if that is impossible."""
    if len(arguments) != 2 or arguments[0] not in SERVERS:  # noqa: PLR2004 - what and where
        raise InvalidError(f"name {' or '.join(SERVERS)}, and its folder")
    folder = Path(arguments[1])
    if not folder.is_dir():
        raise InvalidError(f"there is no folder {folder}; `make up` makes it")
    SERVERS[arguments[0]](folder)
    return 0


def _become(user: pwd.struct_passwd) -> None:
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def _exec(command: Sequence[str], environment: Mapping[str, str], ends_by: signal.Signals) -> None:
    # After the change of user, which would clear it.
    die_with_parent(ends_by)
    os.execve(command[0], list(command), dict(environment))  # noqa: S606 - no shell is wanted


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    asked = words(__doc__, "WHAT", "FOLDER")
    sys.exit(ended("launch", lambda: main(asked)))
