"""Sending at a rate, measuring what came back: percentiles, calibrators, processes."""

from __future__ import annotations

import http.client
import json
import math
import re
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from driving.stories import SUFFIX

ANYBODY = re.compile(rb"(?<=Marigold )[0-9a-f]{%d}" % SUFFIX)
ROOT = Path(__file__).parent.parent.parent
TICK = 0.01  # seconds in one unit of /proc/PID/stat


def quietest(taken: list[float], size: int) -> list[float]:
    """Return the *size* figures in a row that took least together.

    A host that lends its processors elsewhere for moments shows in some rows and not in others.
    """
    rows = [taken[at : at + size] for at in range(0, len(taken) - size + 1, size)]
    return min(rows, key=sum)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which *share* of *values* lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def calibrate() -> float:
    """Return how many rounds per second a constant piece of work makes on this machine now."""
    began, rounds = time.perf_counter(), 0
    while time.perf_counter() - began < 1.0:
        sum(n * n for n in range(20_000))
        rounds += 1
    return rounds


class Stolen:
    """What share of this machine's time its host gave to others since this was made."""

    def __init__(self) -> None:
        self._then = _processor_times()

    def share(self) -> float:
        """Return the share, from 0 to 1."""
        spent = [now - then for now, then in zip(_processor_times(), self._then, strict=True)]
        return spent[7] / max(1, sum(spent[:8]))


def _processor_times() -> list[int]:
    return [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def start_python(
    *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start another Python of ours, silent."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def until_answering(url: str, seconds: float = 30.0) -> None:
    """Wait until *url* answers 200."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(url)


def seconds_of(pid: int) -> float:
    """Return the processor seconds of one process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) * TICK


def spent(pids: Iterable[int], work: Callable[[], object]) -> float:
    """Return the processor milliseconds that *work* takes, of this process and of *pids*."""
    known = list(pids)
    theirs, ours = sum(map(seconds_of, known)), time.process_time()
    work()
    return (time.process_time() - ours + sum(map(seconds_of, known)) - theirs) * 1000


class Sender:
    """POSTs a body over and over from several connections, each time for another person."""

    def __init__(
        self, address: str, bodies: Sequence[bytes], headers: Sequence[dict[str, str]]
    ) -> None:
        self._address = address
        self._bodies = bodies
        self._headers = headers
        self.accepted: list[tuple[str, float]] = []
        self.late = 0.0
        self.failed = 0

    def burst(self, seconds: float) -> float:
        """Send as fast as answers come back; return answers per second."""
        end = time.monotonic() + seconds
        began = time.monotonic()
        self._together(lambda _: time.monotonic() < end)
        return len(self.accepted) / (time.monotonic() - began)

    def paced(self, rate: float, seconds: float) -> None:
        """Send at *rate* per second for *seconds*, each at its own due time."""
        count, began, lock = int(rate * seconds), time.monotonic(), threading.Lock()
        due = iter(range(count))

        def wait_turn(_: int) -> bool:
            with lock:
                turn = next(due, None)
            if turn is None:
                return False
            ahead = began + turn / rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            self.late = max(self.late, -ahead)
            return True

        self._together(wait_turn)

    def _together(self, more: Callable[[int], bool]) -> None:
        threads = [
            threading.Thread(target=self._send, args=(number, more))
            for number in range(len(self._bodies))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _send(self, number: int, more: Callable[[int], bool]) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        # Each is of another person, for an agency that asks twice for the same is refused.
        before, after = ANYBODY.split(self._bodies[number])
        headers = self._headers[number]
        while more(number):
            sent, key = time.time(), uuid.uuid4()
            known = {**headers, "Idempotency-Key": str(key)}
            body = b"".join((before, key.hex[-SUFFIX:].encode(), after))
            connection.request("POST", "/api/v1/requests", body, known)
            answer = connection.getresponse()
            said: dict[str, Any] = json.loads(answer.read())
            if answer.status == 201:
                self.accepted.append((said["id"], sent))
            else:
                self.failed += 1
        connection.close()
