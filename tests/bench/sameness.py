"""Does the time of an answer tell whether somebody's request is known already? It must not.

`python -m tests.bench.sameness`: another agency asks for people who are known and for people
who are not, in turn. Told is how often a known one took longer: one half says nothing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from driving.load import open_wide, partners
from driving.partner import Partner
from driving.running import RunningHub
from driving.stories import a_story

PAIRS = 300
TELLING = 0.08  # how far from one half the share may lie: chance goes there once in 1,000


def main() -> int:
    """Measure, print, and return 1 when the time of an answer tells something."""
    with tempfile.TemporaryDirectory() as folder, RunningHub(Path(folder) / "var") as hub:
        recipient = open_wide(hub)
        first, other = partners(hub, 2)
        assert first.agency_id != other.agency_id, "two agencies are needed"
        known, unknown = measured(first, other, recipient)
    share = longer(known, unknown)
    kept = abs(share - 0.5) < TELLING
    middle = [sorted(times)[len(times) // 2] * 1000 for times in (known, unknown)]
    print(f"known {middle[0]:.2f} ms, not known {middle[1]:.2f} ms, p50 of {PAIRS} each")
    print(f"a known one took longer in {share:.1%} of all pairs; {'kept' if kept else 'NOT kept'}")
    return 0 if kept else 1


def measured(first: Partner, other: Partner, recipient: str) -> tuple[list[float], list[float]]:
    """Return how long answers took for known and for unknown people, asked for in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(PAIRS + 20):
        there = a_story(first.notice, [recipient])
        assert first.submit(there).status == 201
        pair = [(0, there), (1, a_story(other.notice, [recipient]))]
        for which, story in pair if number % 2 else reversed(pair):
            story["consent"]["notice"] = other.notice
            began = time.perf_counter()
            assert other.submit(story).status == 201
            if number >= 20:  # the first ones warm up
                times[which].append(time.perf_counter() - began)
    return times


def longer(one: list[float], other: list[float]) -> float:
    """Return in how many of all pairs the first took longer (Mann and Whitney's U, as a share)."""
    wins = sum((a > b) + 0.5 * (a == b) for a in one for b in other)
    return wins / (len(one) * len(other))


if __name__ == "__main__":
    sys.exit(main())
