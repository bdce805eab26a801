"""A private PostgreSQL server from installed binaries: own folder, port and passwords.

Promise: it listens on loopback and on a socket in its own folder only, never runs as root, and
started again on the same folder, however rudely it was stopped, it still has everything that was
committed. The services' roles and databases on it are made by `deploy.roles`.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

import psycopg

from deploy.private import HOST, children, end, free_ports, is_free, write_secret
from deploy.roles import url_of
from deploy.words import words
from shared.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INSTALLED = Path("/usr/lib/postgresql")
ADMIN = "operator"
UNPRIVILEGED = "postgres"
OUTLIVES_A_RESTART = "/var/tmp"  # noqa: S108 - the folder made in it is its owner's alone
READY_WITHIN = 60.0
STOPPED_WITHIN = 30.0
# Sorted and compared by code points, as SQLite does: both profiles list in the same order.
INITDB = ("--encoding=UTF8", "--locale=C", "--auth=scram-sha-256")
LONGEST_SOCKET = 107 - len("/.s.PGSQL.65535")  # characters of its folder that the kernel takes
RUNNING = {
    "listen_addresses": HOST,
    "max_connections": "300",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",
    # After a crash the whole disk is synchronised at once, not a thousand files one by one.
    "recovery_init_sync_method": "syncfs",
    "log_min_messages": "log",  # errors and statements may quote a person; we tell of them
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class ServerError(Transient):
    """The private PostgreSQL server could not be started."""


@dataclass(frozen=True, slots=True)
class Server:
    """What stays the same each time a server is started; `local`: it lets in by a socket, too."""

    data: str
    port: int
    password: str = field(repr=False)
    local: bool = False

    @property
    def socket(self) -> str:
        """Where it is asked at a third less than over loopback; empty where that cannot be.

        It is the folder of its data: none but its user and root enter.
        """
        return self.data if self.local and len(self.data) <= LONGEST_SOCKET else ""


class Cluster:
    """One server in one folder: start it, stop it, kill it; *parent* may say where data lies."""

    def __init__(self, folder: Path, parent: Path | None = None) -> None:
        self.folder, self._parent = folder.absolute(), parent
        self._process: subprocess.Popen[bytes] | None = None
        self._known: Server | None = None

    @property
    def server(self) -> Server:
        """Where it lies and listens; a new folder is given both at the first question."""
        if self._known is None:
            self._known = self._remembered() or self._made()
        return self._known

    @property
    def url(self) -> str:
        """The URL of the administrator."""
        return url_of(self.server.socket or HOST, self.server.port, ADMIN, self.server.password)

    def start(self) -> str:
        """Start the server and return the administrator's URL once it answers."""
        command = self.command()
        with (self.folder / "postgres.log").open("ab") as log:
            self._process = process = _spawn(command, self.server.data, log)
        return self.await_answer(lambda: process.poll() is None)

    def await_answer(self, is_alive: Callable[[], bool] = lambda: True) -> str:
        """Return the administrator's URL once the server answers, whoever started it."""
        until = time.monotonic() + READY_WITHIN
        while not answers(self.url):
            if not is_alive() or time.monotonic() > until:
                self.kill()
                raise ServerError(f"PostgreSQL did not start; see {self.folder / 'postgres.log'}")
            time.sleep(0.02)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
        return self.url

    def become(self) -> NoReturn:
        """Turn this process into the server, for a supervisor to watch; SIGINT stops it."""
        command, user = self.command(), _user()
        os.chdir(self.server.data)
        if user is not None:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        os.execv(command[0], command)  # noqa: S606 - it is the server itself

    def stop(self) -> None:
        """Close every connection, write everything down and stop."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOPPED_WITHIN)
        self.kill()

    def kill(self) -> None:
        """Let kill -9 end the server and all its processes, with no time to do anything."""
        if self._process is not None:
            backends = children(self._process.pid)
            self._process.kill()
            self._process.wait()
            end(backends)
        self._process = None

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground, on a port that is free."""
        if not is_free(self.server.port):
            self._remember(replace(self.server, port=free_ports(1)[0]))
        own = {"port": str(self.server.port), "unix_socket_directories": self.server.socket}
        settings = {**RUNNING, **own}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(binary("postgres")), "-D", self.server.data, *words]

    def _remembered(self) -> Server | None:
        file = self.folder / "server.json"
        if not file.exists():
            return None
        server = Server(**json.loads(file.read_text(encoding="utf-8")))
        if not Path(server.data, "PG_VERSION").exists():
            raise ServerError(f"the data of PostgreSQL was in {server.data} and is gone")
        return server

    def _made(self) -> Server:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        data = _data_folder(self.folder, self._parent)
        server = Server(data, free_ports(1)[0], secrets.token_urlsafe(24), local=True)
        with tempfile.NamedTemporaryFile("w") as password:
            password.write(server.password)
            password.flush()
            if user := _user():
                os.chown(password.name, user.pw_uid, user.pw_gid)
            _initialise(server.data, password.name)
        return self._remember(server)

    def _remember(self, server: Server) -> Server:
        write_secret(self.folder / "server.json", json.dumps(asdict(server)))
        self._known = server
        return server

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def binary(name: str) -> Path:
    """Return where the newest installed program *name* of PostgreSQL is."""
    found = sorted(INSTALLED.glob(f"*/bin/{name}"), key=lambda p: float(p.parent.parent.name))
    if not found:
        raise ServerError(f"{name} is not installed; on Debian: apt-get install postgresql")
    return found[-1]


def answers(url: str) -> bool:
    """Tell whether the server behind *url* lets its administrator in."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _data_folder(folder: Path, parent: Path | None) -> str:
    """Return an empty folder for the data; as root, one that the server's own user can enter."""
    user = _user()
    if user is None and parent is None:
        data = folder / "data"
        data.mkdir(mode=0o700)
        return str(data)
    made = tempfile.mkdtemp(prefix="onward-postgres-", dir=parent or OUTLIVES_A_RESTART)
    if user is not None:
        os.chown(made, user.pw_uid, user.pw_gid)
    return made


def _initialise(data: str, password_file: str) -> None:
    command = [str(binary("initdb")), "-D", data, "-U", ADMIN, f"--pwfile={password_file}"]
    # The first checkpoint after the start writes what is not synchronised here.
    done = subprocess.run(
        [*command, "--no-sync", *INITDB],
        capture_output=True,
        text=True,
        check=False,
        cwd=data,
        **_as_user(),
    )
    if done.returncode:
        raise ServerError(f"PostgreSQL's initdb failed: {done.stderr.strip()[-300:]}")


def _spawn(command: Sequence[str], data: str, log: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - an open file
    return subprocess.Popen(
        command,
        cwd=data,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        **_as_user(),
    )


def _user() -> pwd.struct_passwd | None:
    """Return whom to become, if we are root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise ServerError(f"there is no user {UNPRIVILEGED} to run PostgreSQL as") from None


def _as_user() -> dict[str, Any]:
    user = _user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


if __name__ == "__main__":
    Cluster(Path(*words(__doc__, "FOLDER"))).become()
