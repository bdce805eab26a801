"""The embedded profile: everything in one process."""

from __future__ import annotations

import signal
import urllib.request
from pathlib import Path

from driving.running import RunningHub, free_port
from tests.bench.bare import bare_view
from tests.bench.journey import burst, keeping_up, sender, told_within
from tests.bench.pace import start_python
from tests.bench.table import Table


def measure(table: Table, folder: Path, *, short: bool) -> None:
    """Take every figure of the embedded profile."""
    table.head("Embedded: one process, SQLite")
    floor = accepting(table, folder, 4 if short else 10)
    journey(table, folder, 10 if short else 60, floor)


def accepting(table: Table, folder: Path, seconds: float) -> float:
    """Compare POST /api/v1/requests with the floor, nothing carried meanwhile; return the floor."""
    floor = floor_rate(folder, seconds)
    with bench_hub(folder / "accepting", 0) as hub:
        post = sender(hub)
        hub.process.send_signal(signal.SIGUSR1)
        ours = post.burst(seconds)
    table.add("floor: bare Flask, validate, two inserts, commit", f"{floor:.0f}/s")
    ratio = ours / floor
    figure = f"{ours:.0f}/s = {ratio:.0%} of floor"
    table.add("POST /api/v1/requests, accepting only", figure, "at least 35 %", kept=ratio >= 0.35)
    return floor


def floor_rate(folder: Path, seconds: float) -> float:
    """Return how many requests per second the bare view takes."""
    with bare_view(folder) as (_, post):
        return post.burst(seconds)


def journey(table: Table, folder: Path, seconds: float, floor: float) -> None:
    """Run whole journeys against a light SMTP sink, at three paces."""
    port, notes = free_port(), folder / "mails.txt"
    sink = start_python("-m", "tests.bench.sink", str(port), str(notes))
    try:
        with bench_hub(folder / "journey", port) as hub:
            memory(table, hub)
            keeping_up(table, hub, 60, seconds)
            told_within(table, hub, notes, (10, seconds), 150)
            accepted, whole, _ = burst(hub, 5)
            table.add("burst: accepted while everything runs", f"{accepted:.0f}/s")
            figure = f"{whole:.0f}/s = {whole / floor:.0%} of floor"
            table.add("burst and drain: whole journeys", figure)
    finally:
        sink.kill()
        sink.wait()


def memory(table: Table, hub: RunningHub) -> None:
    """Weigh the process after its first page."""
    with urllib.request.urlopen(f"{hub.base_url}/ask", timeout=30) as page:
        page.read()
    weight = hub.memory()
    table.add("memory after the first page", f"{weight:.0f} MB", "under 250 MB", kept=weight < 250)


def bench_hub(var: Path, smtp_port: int) -> RunningHub:
    """Return a hub whose mail goes to the light sink and whose bus can be paused."""
    hub = RunningHub(var, ("-m", "tests.bench.hub"))
    hub.environment = {"ONWARD_SMTP_PORT": str(smtp_port)} if smtp_port else {}
    return hub
