"""The served profile, with its broker, database and proxy on the same machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg

from deploy.broker import Broker
from driving.census import Census
from driving.running import free_port
from driving.served import ServedHub
from tests.bench import bus
from tests.bench.bare import Journey, bare, counted
from tests.bench.journey import burst, keeping_up, told_within
from tests.bench.pace import seconds_of, start_python
from tests.bench.table import Table

BROKER = "broker"
OTHERS = ("nginx", "database", BROKER, "epmd")


def measure(table: Table, folder: Path, *, short: bool) -> None:
    """Take every figure of the served profile."""
    table.head("Served: a process for each duty, RabbitMQ and PostgreSQL")
    messages = carrier(table, folder)
    port, notes = free_port(), folder / "served-mails.txt"
    sink = start_python("-m", "tests.bench.sink", str(port), str(notes))
    hub = ServedHub(folder / "served")
    hub.environment = {"ONWARD_SMTP_PORT": str(port)}
    try:
        with hub:
            commits(table, hub, 3)
            idle(table, hub, 5 if short else 15)
            floor = bare(hub, messages, port, folder)
            journeys(table, hub, notes, floor, short=short)
            memory(table, hub)
    finally:
        sink.kill()
        sink.wait()


def carrier(table: Table, folder: Path) -> tuple[float, float]:
    """Compare relay and consumer with bare pika and bare kombu on the same broker.

    Return the processor milliseconds of one event sent, and of one delivery taken, by these two.
    """
    with Broker(folder / "bus", bus.USERS) as broker:
        bus.declare(broker)
        relayed = bus.relay_ratio(broker, folder / "relay")
        bus.declare(broker)
        consumed = bus.consumer_ratio(broker, folder / "consumer")
        bus.declare(broker)
        messages = bus.message_costs(broker, folder / "messages")
    half, kept = "at least 50 % of floor", 0.5
    table.add(
        "relay, beside bare pika with 500 in flight", f"{relayed:.0%}", half, kept=relayed >= kept
    )
    table.add("worker, beside bare kombu", f"{consumed:.0%}", half, kept=consumed >= kept)
    return messages


def commits(table: Table, hub: ServedHub, seconds: float) -> None:
    """Count how often one connection can insert a row and commit."""
    with psycopg.connect(hub.plan.databases["notify"], autocommit=True) as connection:
        connection.execute("CREATE TABLE floor (id serial PRIMARY KEY, at timestamptz)")
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            connection.execute("INSERT INTO floor (at) VALUES (now())")
            count += 1
        connection.execute("DROP TABLE floor")
    table.add("floor: bare PostgreSQL, insert and commit", f"{count / seconds:.0f}/s")


def journeys(table: Table, hub: ServedHub, notes: Path, each: Journey, *, short: bool) -> None:
    """Run whole journeys at three paces; *each* is what their parts take when done bare."""
    seconds = 10 if short else 60
    keeping_up(table, hub, 100, seconds)
    told_within(table, hub, notes, (50, seconds / 2), 400)
    weigh(table, hub, each, 5 if short else 10)


def weigh(table: Table, hub: ServedHub, each: Journey, seconds: float) -> None:
    """Run journeys in a burst, counting processor time by process, beside their floor."""
    census = Census.of(hub)
    held, before = counted(census), used(hub)
    accepted, whole, count = burst(hub, seconds)
    after, parts = used(hub), counted(census).since(held, count)
    floor = parts.costing(each)
    most = (os.cpu_count() or 1) * 1000 / floor
    table.add(f"floor: {parts}, bare", f"{floor:.1f} ms = {most:.0f}/s")
    table.add("burst: accepted while everything runs", f"{accepted:.0f}/s")
    figure = f"{whole:.0f}/s = {whole / most:.0%} of floor"
    table.add("burst and drain: whole journeys", figure, "at least 130/s", kept=whole >= 130)
    spent = {name: (after[name] - before.get(name, 0.0)) * 1000 / count for name in after}
    total = sum(spent.values())
    figure = f"{total:.1f} ms = {total / floor:.1f} floors"
    table.add("processor time for each request", figure, "at most 14 ms", kept=total <= 14)
    for name, taken in sorted(spent.items(), key=lambda one: -one[1]):
        if taken >= 0.05:
            table.add(f"  of it {name}", f"{taken:.1f} ms")


def idle(table: Table, hub: ServedHub, seconds: float) -> None:
    """Weigh what a hub costs that has nothing to do."""
    before = sum(used(hub).values())
    time.sleep(seconds)
    share = (sum(used(hub).values()) - before) / seconds
    table.add("idle: share of a core", f"{share:.2f}", "under 0.3", kept=share < 0.3)


def memory(table: Table, hub: ServedHub) -> None:
    """Weigh each process after all that."""
    weights = hub.memory()
    ours = {name: size for name, size in weights.items() if name.split(":")[0] not in OTHERS}
    heaviest = max(ours, key=lambda name: ours[name])
    broker = sum(size for name, size in weights.items() if name.startswith(BROKER))
    figure = f"{ours[heaviest]:.0f} MB ({heaviest.split(':')[0]})"
    kept = ours[heaviest] < 130
    table.add("memory: heaviest Python process", figure, "under 130 MB", kept=kept)
    table.add("memory: RabbitMQ", f"{broker:.0f} MB", "under 500 MB", kept=broker < 500)


def used(hub: ServedHub) -> dict[str, float]:
    """Return the processor seconds of each program so far, with its children's."""
    return {name: sum(seconds_of(pid) for pid in hub.pids(name)) for name in hub.states()}
