"""Whole journeys, from the POST to the last mail and the log, at three paces, on either profile."""

from __future__ import annotations

import json
import time
from pathlib import Path

from driving.census import Census
from driving.load import open_wide, partners
from driving.running import RunningHub
from driving.served import ServedHub
from driving.stories import a_story
from tests.bench.pace import Sender, percentile
from tests.bench.table import Table

Hub = RunningHub | ServedHub
CONNECTIONS = 16
SETTLED = 1.0  # seconds after the last answer: whoever needs longer was not keeping up


def sender(hub: Hub) -> Sender:
    """Return a sender of valid stories for a service with room for all."""
    recipient = open_wide(hub)
    several = partners(hub, CONNECTIONS)
    bodies = [json.dumps(a_story(one.notice, [recipient])).encode() for one in several]
    headers = [
        {"Content-Type": "application/json", "Authorization": f"Bearer {one.token()}"}
        for one in several
    ]
    return Sender(hub.base_url.removeprefix("http://"), bodies, headers)


def keeping_up(table: Table, hub: Hub, rate: int, seconds: float) -> None:
    """Submit *rate* a second and see that nothing is lost, doubled or left behind."""
    census, post = Census.of(hub), sender(hub)
    post.paced(rate, seconds)
    count, ended = int(rate * seconds), time.monotonic()
    left = census.unfinished()
    census.until_settled(180)
    behind = time.monotonic() - ended
    faults = census.faults([request_id for request_id, _ in post.accepted])
    whole = not faults and not post.failed and len(post.accepted) == count
    kept = whole and behind < SETTLED and post.late < SETTLED
    figure = f"{len(post.accepted)} of {count}, all done in {behind:.1f} s"
    what = f"whole journey at {rate}/s for {seconds:.0f} s"
    promise = f"begun in time, done within {SETTLED:.0f} s of the last"
    table.add(what, figure, promise, kept=kept)
    table.add("  lost, doubled or over-allocated", str(len(faults)), "0", kept=not faults)
    table.add("  messages on their way when the last was accepted", str(left))
    table.add("  latest start behind its due time", f"{post.late * 1000:.0f} ms")
    for fault in faults[:5]:
        print("   ", fault)


def told_within(table: Table, hub: Hub, notes: Path, pace: tuple[int, float], limit: float) -> None:
    """Submit at a pace and take the time to the last mail of each request."""
    rate, seconds = pace
    census, post = Census.of(hub), sender(hub)
    post.paced(rate, seconds)
    census.until_settled(60)
    last = last_mails(census, notes)
    waits = [last[request_id] - sent for request_id, sent in post.accepted if request_id in last]
    p50, p99 = percentile(waits, 0.5) * 1000, percentile(waits, 0.99) * 1000
    what = f"submit to last mail at {rate}/s, p50 / p99 of {len(waits)}"
    kept = p99 < limit and len(waits) == len(post.accepted)
    table.add(what, f"{p50:.0f} / {p99:.0f} ms", f"p99 under {limit:.0f} ms", kept=kept)


def last_mails(census: Census, notes: Path) -> dict[str, float]:
    """Return when the last mail of each request reached the sink."""
    query = "SELECT id, request_id FROM delivery"
    request_of = {bare(row[0]): dashed(row[1]) for row in census.rows("notify", query)}
    last: dict[str, float] = {}
    for line in notes.read_text().splitlines():
        at, name = line.split(" ", 1)
        delivery = bare(name.strip("<>").split("@")[0])
        if delivery in request_of:
            one = request_of[delivery]
            last[one] = max(last.get(one, 0.0), float(at))
    return last


def bare(value: object) -> str:
    """Return an id without its dashes."""
    return str(value).replace("-", "")


def dashed(value: object) -> str:
    """Return an id as the API writes it."""
    raw = bare(value)
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


def burst(hub: Hub, seconds: float) -> tuple[float, float, int]:
    """Submit as fast as we are let, then wait for the last mail.

    Return requests accepted a second, whole journeys a second, and how many there were.
    """
    census, post = Census.of(hub), sender(hub)
    began = time.monotonic()
    accepted = post.burst(seconds)
    census.until_settled(240)
    count = len(post.accepted)
    return accepted, count / (time.monotonic() - began), count
