"""Intake alone, in this process: its pages, its gate and its lists. Nothing else runs meanwhile."""

from __future__ import annotations

import resource
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from intake.desk import Desk
from intake.gate_pace import LIMIT, gate_seconds
from intake.outreach_site import Team
from intake.public_site import ADVICE, ANSWERS, DEBT, Site

from services.intake.storage.outreach_tables import lead
from tests.bench.pace import percentile, quietest
from tests.bench.table import Table

PAGES = ("", *(f"/{slug}" for slug in ANSWERS), "/sharing")
ROWS = 10_000
IN_A_ROW = 100
PAGE_LIMIT, LIST_LIMIT, GROWTH_LIMIT = 0.015, 10.0, 20.0


def measure(table: Table, folder: Path, *, short: bool) -> None:
    """Take every figure of intake."""
    table.head("Intake: what people and officers wait for")
    pages(table, folder / "pages", 20 if short else 100)
    gate(table, folder / "gate", 100 if short else 1_000)
    jobs_list(table, folder / "list", 1_000 if short else ROWS)


def pages(table: Table, folder: Path, rounds: int) -> None:
    """Render each question of /ask, answered before, over and over."""
    site = Site.at(folder)
    site.opens(ADVICE, "Advice", DEBT)
    site.answers()
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        for page in PAGES:
            began = time.perf_counter()
            assert site.get(f"/ask{page}").status_code == 200
            taken.setdefault(page, []).append(time.perf_counter() - began)
    site.store.close()
    slowest = max(taken, key=lambda page: percentile(taken[page], 0.95))
    worst = percentile(taken[slowest], 0.95)
    middle = percentile([one for page in taken.values() for one in page], 0.5)
    figure = f"{middle * 1000:.1f} / {worst * 1000:.1f} ms (/ask{slowest})"
    what = f"{len(PAGES)} pages of /ask: p50 of all, p95 of the slowest"
    table.add(what, figure, "p95 under 15 ms", kept=worst < PAGE_LIMIT)


def gate(table: Table, folder: Path, times: int) -> None:
    """Open the gate over and over, the audit row committed each time."""
    desk = Desk(folder)
    taken = gate_seconds(desk, times)
    desk.store.close()
    _bare_commits(table, folder, times)
    quiet = quietest(taken, IN_A_ROW)
    p50, p95 = percentile(quiet, 0.5), percentile(quiet, 0.95)
    every = f"{percentile(taken, 0.5) * 1000:.2f} / {percentile(taken, 0.95) * 1000:.2f} ms"
    table.add(f"  all {times} of them, p50 / p95", every)
    what = f"disclosure gate with its audit row committed, quietest {IN_A_ROW}, p50 / p95"
    figure = f"{p50 * 1000:.2f} / {p95 * 1000:.2f} ms"
    table.add(what, figure, "p95 under 3 ms", kept=p95 < LIMIT)


def _bare_commits(table: Table, folder: Path, times: int) -> None:
    """Write one row a commit to the same disk, as durably and with nothing around it."""
    taken = []
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as bare:
        bare.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE r (v)")
        for _ in range(times):
            began = time.perf_counter()
            bare.execute("INSERT INTO r VALUES (?)", ("x" * 800,))
            taken.append(time.perf_counter() - began)
    quiet = quietest(taken, IN_A_ROW)
    figure = f"{percentile(quiet, 0.5) * 1000:.2f} / {percentile(quiet, 0.95) * 1000:.2f} ms"
    table.add(f"floor: one row committed to this disk, quietest {IN_A_ROW}, p50 / p95", figure)


def jobs_list(table: Table, folder: Path, rows: int) -> None:
    """Hand in a list of doors, and wait until every row is kept or refused by name."""
    desk = Desk(folder)
    team = Team(desk)
    team.knocks_in()
    team.hands_in(_list_of(100))  # whatever is loaded once is loaded
    known, text = team.count(lead), _list_of(rows)
    before, began = _peak(), time.perf_counter()
    team.hands_in(text)
    seconds, grown = time.perf_counter() - began, _peak() - before
    assert team.count(lead) - known == rows
    desk.store.close()
    what = f"jobs list of {rows:,} rows, handed in to ready"
    table.add(what, f"{seconds:.1f} s", "under 10 s", kept=seconds < LIST_LIMIT * rows / ROWS)
    table.add("  memory grown by it", f"{grown:.0f} MB", "flat", kept=grown < GROWTH_LIMIT)


def _list_of(rows: int) -> str:
    head = "Job,Customer name,House,Street,Postcode,Tel,Details\n"
    line = "J{0},Quentin Quayle,{0},Zebra Lane,SW18 2PU,07700 900111,Bulky waste\n"
    return head + "".join(line.format(number) for number in range(rows))


def _peak() -> float:
    """Return the most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
