"""Processes of one service wake each other after a commit: none of them has to keep looking.

It promises nothing: who is not woken finds what there is at its next look. So a ring may be lost,
and what keeps one from being sent or heard is no error.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from socket import AF_UNIX, MSG_DONTWAIT, SHUT_RD, SOCK_DGRAM, socket
from stat import S_ISSOCK
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from shared.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

RING = b"!"
AROUND = 1.0  # seconds from one look at who is there to the next
MAKING = "."  # before the name of a place that does not hear yet
log = structlog.get_logger("onward.storage")


class Doorbell:
    """One process's place among those of its service: a datagram socket in their folder.

    *folder* belongs to one service on one machine; it is made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._name = str(new_id())
        self._mouth, self._ear = socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)
        self._mouth.settimeout(0)
        self._others: list[str] = []
        self._looked_at = -AROUND
        self._lock, self._closed = Lock(), False

    def answer(self, callback: Callable[[], None]) -> None:
        """Call *callback*, in a thread of its own, soon after another process has rung."""
        try:
            self._ear.bind(self._at(MAKING + self._name))
            Path(self._at(MAKING + self._name)).rename(self._at(self._name))
        except OSError as error:
            log.warning("doorbell_not_heard", reason=type(error).__name__)
        else:
            Thread(target=self._hear, args=(callback,), name="doorbell", daemon=True).start()

    def ring(self) -> None:
        """Wake the others, without waiting for any of them."""
        with self._lock:
            if self._closed:
                return
            with suppress(OSError):
                self._look_around()
            for name in self._others:
                self._wake(name)

    def close(self) -> None:
        """Neither ring nor hear any more."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._bury(self._name)
            with suppress(OSError):
                self._ear.shutdown(SHUT_RD)
            self._mouth.close()
            os.close(self._folder)

    def _hear(self, callback: Callable[[], None]) -> None:
        with self._ear:
            while self._ear.recv(1) and not self._closed:
                with suppress(BlockingIOError):
                    while self._ear.recv(1, MSG_DONTWAIT):
                        pass  # one answer is enough for all who have rung
                callback()

    def _look_around(self) -> None:
        if monotonic() - self._looked_at > AROUND:
            self._looked_at = monotonic()
            with os.scandir(self._folder) as found:
                self._others = [one.name for one in found if self._is_another(one)]

    def _is_another(self, found: os.DirEntry[str]) -> bool:
        hears = found.name != self._name and not found.name.startswith(MAKING)
        return hears and S_ISSOCK(found.stat(follow_symlinks=False).st_mode)

    def _wake(self, name: str) -> None:
        try:
            self._mouth.sendto(RING, self._at(name))
        except ConnectionRefusedError:
            self._bury(name)
        except OSError:  # it has rings enough that it has not heard yet, or has just gone
            return

    def _bury(self, name: str) -> None:
        """Take away the socket of a process that has died, or is about to."""
        with suppress(OSError):
            os.unlink(name, dir_fd=self._folder)

    def _at(self, name: str) -> str:
        """Return where *name* is; by its whole path it might be too long for a socket."""
        return f"/proc/self/fd/{self._folder}/{name}"
