"""A private RabbitMQ node from installed binaries: own folder, ports, cookie and users.

Promise: it listens on loopback only, needs no root, touches no other node, and started again
on the same folder it still has every message that it confirmed.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from deploy.private import HOST, end, free_ports, is_free, write_secret
from deploy.words import words
from shared.bus.connecting import BrokerRefusesError, BrokerUnreachableError, connected
from shared.bus.users import VHOST, bus_users, definitions
from shared.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.bus.users import BusUser

BINARIES = (Path("/usr/lib/rabbitmq/bin"), Path("/opt/rabbitmq/sbin"))
ADMIN = "operator"
PIDS = "pids"
READY_WITHIN = 90.0
STOPPED_WITHIN = 30.0
CONFIGURATION = """\
listeners.tcp.1 = {host}:{amqp}
load_definitions = {folder}/definitions.json
loopback_users = none
log.console = false
log.file.level = warning
raft.wal_max_size_bytes = 64000000
disk_free_limit.absolute = 100MB
vm_memory_high_watermark.absolute = 1GB
collect_statistics_interval = 60000
"""
# Erlang spins while it waits, which two cores shared with everybody cannot spare.
SCHEDULING = "+sbwt none +sbwtdcpu none +sbwtdio none"
LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"


class BrokerError(Transient):
    """The private broker could not be started."""


@dataclass(frozen=True, slots=True)
class Node:
    """What stays the same each time a node is started."""

    name: str
    amqp: int
    distribution: int
    epmd: int
    passwords: dict[str, str] = field(repr=False)


class Broker:
    """One node in one folder: start it, stop it, kill it, start it again."""

    def __init__(self, folder: Path, users: Sequence[BusUser] | None = None) -> None:
        self.folder = folder.absolute()
        self._users = list(bus_users() if users is None else users)
        self._processes: list[subprocess.Popen[bytes]] = []
        self.node = self._prepared()

    def start(self) -> str:
        """Start the node and return the administrator's URL once it answers."""
        self._end_leftovers()
        self._spawn([str(binary("epmd")), "-port", str(self.node.epmd), "-address", HOST])
        server = self._spawn(self.command())
        until = time.monotonic() + READY_WITHIN
        while not answers(self.url(ADMIN)):
            if server.poll() is not None or time.monotonic() > until:
                self.kill()
                raise BrokerError(f"RabbitMQ did not start; its log is in {self.folder / 'log'}")
            time.sleep(0.05)
        return self.url(ADMIN)

    def stop(self) -> None:
        """Let the node finish what it writes, then stop it and the port mapper it was given."""
        for process in reversed(self._processes):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOPPED_WITHIN)
        self.kill()

    def kill(self) -> None:
        """End it as kill -9 does: the node has no time to do anything."""
        for process in reversed(self._processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def url(self, user: str) -> str:
        """Return the URL by which *user* reaches the node."""
        return f"amqp://{user}:{self.node.passwords[user]}@{HOST}:{self.node.amqp}/{VHOST}"

    def command(self) -> list[str]:
        """Return the command that runs the node in the foreground."""
        return [str(binary("rabbitmq-server")), "-noinput"]

    def environment(self) -> dict[str, str]:
        """Return the environment that the node and rabbitmqctl need."""
        node, folder = self.node, self.folder
        own = {
            "HOME": folder,
            "RABBITMQ_NODENAME": node.name,
            "RABBITMQ_DIST_PORT": node.distribution,
            "ERL_EPMD_PORT": node.epmd,
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_CONF_ENV_FILE": folder / "rabbitmq-env.conf",
            "RABBITMQ_CONFIG_FILE": folder / "rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": folder / "advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": folder / "enabled_plugins",
            "RABBITMQ_MNESIA_BASE": folder / "data",
            "RABBITMQ_LOG_BASE": folder / "log",
            "RABBITMQ_PID_FILE": folder / "pid",
            "RABBITMQ_ALLOW_INPUT": "1",  # no shell between us and the node
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{SCHEDULING} {LOOPBACK}",
            "RABBITMQ_CTL_ERL_ARGS": LOOPBACK,
        }
        return {**os.environ, **{name: str(value) for name, value in own.items()}}

    def control(self, *words: str) -> str:
        """Run rabbitmqctl on the node and return what it says."""
        if is_free(self.node.epmd):
            # rabbitmqctl would start a port mapper of its own, and leave it behind for ever.
            raise BrokerError(f"the node in {self.folder} does not run")
        command = [str(binary("rabbitmqctl")), "-q", *words]
        own = self.environment()
        done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrokerError(f"rabbitmqctl {words[0]} failed: {done.stderr.strip()[:300]}")
        return done.stdout

    def _prepared(self) -> Node:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        node = self._known()
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            write_secret(cookie, secrets.token_hex(20))
        allowed = definitions(self._users, node.passwords)
        write_secret(self.folder / "definitions.json", json.dumps(allowed))
        text = CONFIGURATION.format(host=HOST, amqp=node.amqp, folder=self.folder)
        write_secret(self.folder / "rabbitmq.conf", text)  # whole: the node may be reading it now
        write_secret(self.folder / "enabled_plugins", "[].\n")
        (self.folder / "rabbitmq-env.conf").touch()
        return node

    def _known(self) -> Node:
        """Return the node that this folder already holds, or a new one on free ports."""
        file = self.folder / "node.json"
        if file.exists():
            node = Node(**json.loads(file.read_text(encoding="utf-8")))
        else:
            amqp, distribution, epmd = free_ports(3)
            node = Node(f"onward-{amqp}@localhost", amqp, distribution, epmd, {})
        for name in (ADMIN, *(user.name for user in self._users)):
            node.passwords.setdefault(name, secrets.token_urlsafe(24))
        write_secret(file, json.dumps(asdict(node)))
        return node

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "console.log").open("ab") as output:
            process = subprocess.Popen(
                command,
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        with (self.folder / PIDS).open("a", encoding="ascii") as file:
            file.write(f"{process.pid}\n")
        return process

    def _end_leftovers(self) -> None:
        """End what a killed parent left running on this folder: two nodes would spoil it."""
        file = self.folder / PIDS
        if file.exists():
            end([pid for pid in map(int, file.read_text("ascii").split()) if self._is_ours(pid)])
            file.unlink()

    def end_stray_mappers(self) -> None:
        """End port mappers of this node that Erlang has started itself: they hold the port."""
        found = [file.parent for file in Path("/proc").glob("[0-9]*/comm") if _says(file, "epmd")]
        end([pid for pid in map(int, (one.name for one in found)) if self._is_ours(pid)])

    def _is_ours(self, pid: int) -> bool:
        with suppress(OSError):
            return f"HOME={self.folder}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()
        return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _says(file: Path, word: str) -> bool:
    with suppress(OSError):  # a process may end while it is looked at
        return file.read_text(encoding="utf-8", errors="replace").strip() == word
    return False


def binary(name: str) -> Path:
    """Return where the program *name* of RabbitMQ or Erlang is installed."""
    for folder in (*BINARIES, Path("/usr/bin"), Path("/usr/local/bin")):
        if (folder / name).exists():
            return folder / name
    raise BrokerError(f"{name} is not installed; on Debian: apt-get install rabbitmq-server")


def answers(url: str) -> bool:
    """Tell whether the broker behind *url* lets its administrator in."""
    try:
        connected(url, "its own folder").release()
    except (BrokerRefusesError, BrokerUnreachableError):
        return False
    return True


def main(folder: Path) -> int:
    """Run a node in *folder* until told to stop."""
    broker = Broker(folder)
    broker.start()
    print(f"RabbitMQ answers on {HOST}:{broker.node.amqp}", flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(*words(__doc__, "FOLDER"))))
