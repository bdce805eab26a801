"""`make bench`: one table, each figure beside its floor from the same run."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from driving.census import Census
from driving.load import open_wide, partners
from driving.running import RunningHub, free_port
from driving.stories import a_story
from tests.bench.pace import Sender, calibrate, percentile, start_python, until_answering

CONNECTIONS = 16


@dataclass
class Table:
    """What was measured, and whether each figure is what was promised."""

    lines: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, what: str, figure: str, promise: str, *, kept: bool | None) -> None:
        """Print one line at once; remember it when the promise was not kept."""
        mark = {True: "kept", False: "MISSED", None: ""}[kept]
        line = f"{what:<58} {figure:>26}  {promise:<26} {mark}"
        self.lines.append(line)
        if kept is False:
            self.missed.append(what)
        print(line, flush=True)


def main() -> int:
    """Measure everything and return 1 if a promise was missed."""
    short = "--short" in sys.argv
    table = Table()
    table.add("what", "measured", "promised", kept=None)
    with tempfile.TemporaryDirectory(prefix="onward-bench-") as folder:
        table.add(
            "calibrator before (rounds/s, higher is faster)", f"{calibrate():.0f}", "", kept=None
        )
        floor = accepting(table, Path(folder), 4 if short else 10)
        journey(table, Path(folder), 10 if short else 60, floor)
        table.add("calibrator after", f"{calibrate():.0f}", "", kept=None)
    print("\nEvery promise kept." if not table.missed else f"\nMissed: {', '.join(table.missed)}")
    return 1 if table.missed else 0


def accepting(table: Table, folder: Path, seconds: float) -> float:
    """Compare POST /api/v1/requests with the floor, nothing carried meanwhile; return the floor."""
    floor = floor_rate(folder, seconds)
    with bench_hub(folder / "accepting", 0) as hub:
        post = sender(hub)
        hub.process.send_signal(signal.SIGUSR1)
        ours = post.burst(seconds)
    table.add("floor: bare Flask, validate, two inserts, commit", f"{floor:.0f}/s", "", kept=None)
    ratio = ours / floor
    figure = f"{ours:.0f}/s = {ratio:.0%} of floor"
    table.add("POST /api/v1/requests, accepting only", figure, "at least 35 %", kept=ratio >= 0.35)
    return floor


def floor_rate(folder: Path, seconds: float) -> float:
    """Return how many requests per second the bare view takes."""
    port = free_port()
    process = start_python("-m", "tests.bench.floor", str(folder / "floor.sqlite3"), str(port))
    try:
        until_answering(f"http://127.0.0.1:{port}/readyz")
        body = json.dumps(a_story("notice", ["018f0000-0000-7000-8000-000000000001"])).encode()
        headers = {"Content-Type": "application/json"}
        address = f"127.0.0.1:{port}"
        return Sender(address, [body] * CONNECTIONS, [headers] * CONNECTIONS).burst(seconds)
    finally:
        process.kill()
        process.wait()


def journey(table: Table, folder: Path, seconds: float, floor: float) -> None:
    """Run whole journeys against a light SMTP sink, at three paces."""
    port, notes = free_port(), folder / "mails.txt"
    sink = start_python("-m", "tests.bench.sink", str(port), str(notes))
    try:
        with bench_hub(folder / "journey", port) as hub:
            memory(table, hub)
            keeping_up(table, hub, seconds)
            told_within(table, hub, notes, seconds)
            burst(table, hub, 5, floor)
    finally:
        sink.kill()
        sink.wait()


def memory(table: Table, hub: RunningHub) -> None:
    """Weigh the process after its first page."""
    with urllib.request.urlopen(f"{hub.base_url}/ask", timeout=30) as page:
        page.read()
    weight = hub.memory()
    table.add("memory after the first page", f"{weight:.0f} MB", "under 250 MB", kept=weight < 250)


def keeping_up(table: Table, hub: RunningHub, seconds: float) -> None:
    """Submit 60 a second and see that nothing is lost or left behind."""
    census, post = Census(hub.var), sender(hub)
    post.paced(60, seconds)
    left = census.unfinished()
    census.until_settled(120)
    faults = census.faults([request_id for request_id, _ in post.accepted])
    kept = not faults and not post.failed and len(post.accepted) == int(60 * seconds) and left < 300
    figure = f"{len(post.accepted)} of {int(60 * seconds)}, {left} in flight"
    table.add(
        f"whole journey at 60/s for {seconds:.0f} s", figure, "none lost, keeping up", kept=kept
    )
    table.add("  lost, doubled or over-allocated", str(len(faults)), "0", kept=not faults)
    table.add("  latest start behind its due time", f"{post.late * 1000:.0f} ms", "", kept=None)
    for fault in faults[:5]:
        print("   ", fault)


def told_within(table: Table, hub: RunningHub, notes: Path, seconds: float) -> None:
    """Submit 10 a second and take the time to the last mail of each request."""
    census, post = Census(hub.var), sender(hub)
    post.paced(10, seconds)
    census.until_settled(60)
    last = last_mails(census, notes)
    waits = [last[request_id] - sent for request_id, sent in post.accepted if request_id in last]
    p50, p99 = percentile(waits, 0.5) * 1000, percentile(waits, 0.99) * 1000
    figure = f"{p50:.0f} / {p99:.0f} ms"
    what = f"submit to last mail at 10/s, p50 / p99 of {len(waits)}"
    table.add(what, figure, "p99 under 150 ms", kept=p99 < 150 and len(waits) == len(post.accepted))


def last_mails(census: Census, notes: Path) -> dict[str, float]:
    """Return when the last mail of each request reached the sink."""
    query = "SELECT id, request_id FROM delivery"
    request_of = {row[0]: row[1] for row in census.rows("notify", query)}
    last: dict[str, float] = {}
    for line in notes.read_text().splitlines():
        at, name = line.split(" ", 1)
        delivery = name.strip("<>").split("@")[0].replace("-", "")
        if delivery in request_of:
            raw = request_of[delivery]
            dashed = f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"
            last[dashed] = max(last.get(dashed, 0.0), float(at))
    return last


def burst(table: Table, hub: RunningHub, seconds: float, floor: float) -> None:
    """Submit as fast as we are let, then count until the last mail is out."""
    census, post = Census(hub.var), sender(hub)
    began = time.monotonic()
    accepted = post.burst(seconds)
    census.until_settled(180)
    whole = len(post.accepted) / (time.monotonic() - began)
    table.add("burst: accepted while everything runs", f"{accepted:.0f}/s", "", kept=None)
    figure = f"{whole:.0f}/s = {whole / floor:.0%} of floor"
    table.add("burst and drain: whole journeys", figure, "", kept=None)


def bench_hub(var: Path, smtp_port: int) -> RunningHub:
    """Return a hub whose mail goes to the light sink and whose bus can be paused."""
    hub = RunningHub(var, ("-m", "tests.bench.hub"))
    hub.environment = {"ONWARD_SMTP_PORT": str(smtp_port)} if smtp_port else {}
    return hub


def sender(hub: RunningHub) -> Sender:
    """Return a sender of valid stories for a service with room for all."""
    recipient = open_wide(hub)
    several = partners(hub, CONNECTIONS)
    bodies = [json.dumps(a_story(one.notice, [recipient])).encode() for one in several]
    headers = [
        {"Content-Type": "application/json", "Authorization": f"Bearer {one.token()}"}
        for one in several
    ]
    return Sender(hub.base_url.removeprefix("http://"), bodies, headers)


if __name__ == "__main__":
    sys.exit(main())
