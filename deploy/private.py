"""What every private server needs: free ports, files nobody else may read, a certain end."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST = "127.0.0.1"
GONE_WITHIN = 30.0
_given: set[int] = set()  # nobody listens on them yet, perhaps


def keep(*ports: int) -> None:
    """Have *ports* given to nobody: somebody is about to listen on them."""
    _given.update(ports)


def free_ports(count: int) -> list[int]:
    """Return *count* ports that nobody listens on, and that this process gave to nobody before."""
    found: list[int] = []
    with ExitStack() as probes:  # each held until all are found, or it would be found again
        while len(found) < count:
            probe = probes.enter_context(socket.socket())
            probe.bind((HOST, 0))
            port: int = probe.getsockname()[1]
            if port not in _given:
                _given.add(port)
                found.append(port)
    return found


def is_free(port: int) -> bool:
    """Tell whether nobody listens on *port*."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def write_secret(file: Path, text: str) -> None:
    """Write *text* to a file that only its owner may read; the old one stays until it is whole.

    Of several who write it at once, as programs that start together do, one has the last word.
    """
    handle, name = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".draft", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as draft:
            draft.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def children(pid: int) -> list[int]:
    """Return the processes of a server: each leads a group of its own, so no group holds all."""
    with suppress(FileNotFoundError):
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(child) for child in listed.split()]
    return []


def end(pids: Sequence[int]) -> None:
    """Kill *pids* and return when they are gone: one left would hold the shared memory."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + GONE_WITHIN
    while any(map(is_running, pids)) and time.monotonic() < until:
        time.sleep(0.005)


def is_running(pid: int) -> bool:
    """Tell whether *pid* still holds anything; a zombie nobody collects holds nothing."""
    with suppress(FileNotFoundError, ProcessLookupError):
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return told.rpartition(")")[2].split()[0] != "Z"
    return False
