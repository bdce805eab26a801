"""How fast whom to ask is chosen, on a fixed guide: 10,000 services, 50 needs, 200 wards.

Each service offers 1-5 needs in 1-30 wards; each request names two needs and one ward. What is
measured is the whole of it: chosen, a place held, the explanation stored, told, committed.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from services.matching import create_store
from services.matching.heard import Grant, RequestSubmitted
from services.matching.storage import tables as t
from services.matching.usecases import place_request
from services.matching.usecases.freezing import situation_of
from shared.ids import new_id
from shared.settings import Settings
from shared.testing.clock import FixedClock

if TYPE_CHECKING:
    from services.matching.storage import MatchingTransaction
    from shared.storage import Store
    from tests.bench.table import Table

SEED, AGENCIES = 20261122, 200
NEEDS = [f"need_{n:02}" for n in range(50)]
WARDS = [f"E05{n:06}" for n in range(200)]
PLACES, BATCH = 50, 50
SLOWEST_MS, FEWEST, SURVIVING = 10.0, 300.0, 60


@dataclass(frozen=True, slots=True)
class Figures:
    """What one size of guide cost: milliseconds of processor for one, requests a second."""

    services: int
    surviving: float
    one_p50: float
    one_p99: float
    batch: float
    load_seconds: float


def measure(table: Table, folder: Path, *, short: bool = False) -> None:
    """Add what choosing costs at 1x, and how it grows."""
    table.head("Choosing whom to ask (matching)")
    sizes = (100, 1000, 10_000) if not short else (1000, 10_000)
    for services in sizes:
        figures = run(folder / f"guide-{services}", services, requests=500 if short else 1000)
        whole = services == sizes[-1]
        name = f"{services} services, {figures.surviving:.0f} candidates"
        table.add(
            f"one request, p99 ({name})",
            f"{figures.one_p99:.1f} ms",
            f"{SLOWEST_MS:.0f} ms" if whole else "",
            kept=figures.one_p99 < SLOWEST_MS if whole else None,
        )
        table.add(
            f"in batches of {BATCH} ({name})",
            f"{figures.batch:.0f} requests/s",
            f"{FEWEST:.0f} requests/s" if whole else "",
            kept=figures.batch >= FEWEST if whole else None,
        )


def run(folder: Path, services: int, requests: int = 1000) -> Figures:
    """Measure one size of guide on a database of its own."""
    folder.mkdir(parents=True)
    chance = random.Random(SEED)  # noqa: S311 - a fixed distribution
    store = create_store(Settings(var=folder), FixedClock())
    agencies = [UUID(int=n + 1) for n in range(AGENCIES)]
    with store.begin() as tx:
        write_guide(tx, agencies, services, chance)
    asked = [a_request(agencies, chance, store) for _ in range(requests * 2)]
    started = time.process_time()
    surviving = _surviving(store, asked[:200])
    loading = time.process_time() - started
    for one in asked[:BATCH]:  # until SQLite has written back what publishing left in its log
        hear(store, [one])
    ones = sorted(_timed(store, [one]) for one in asked[BATCH:requests])
    batches = [asked[at : at + BATCH] for at in range(requests, len(asked), BATCH)]
    spent = sum(_timed(store, batch) for batch in batches)
    store.close()
    return Figures(
        services=services,
        surviving=surviving,
        one_p50=statistics.median(ones) * 1000,
        one_p99=ones[int(len(ones) * 0.99)] * 1000,
        batch=requests / spent,
        load_seconds=loading,
    )


def write_guide(
    tx: MatchingTransaction, agencies: list[UUID], services: int, chance: random.Random
) -> None:
    """Write the guide's rows as publishing would; nobody is told of them."""
    for agency in agencies:
        tx.insert(t.agency, id=agency, version=1, name="An agency", kind="voluntary",
                  active=True, mailbox="a@example.org", phone="")  # fmt: skip
    for number in range(services):
        entry = an_entry(chance)
        service_id = UUID(int=1_000_000 + number)
        tx.keep_service(service_id, 1, {
            "agency_id": chance.choice(agencies), "entry": orjson.dumps(entry).decode(),
            "listed": "public", "reviewed_on": tx.now.date(), "closed": False, "paused": False,
            "closure": None,
        })  # fmt: skip
        tx.begin_capacity(service_id)
    tx.execute(t.capacity.update().values(places=PLACES, as_of=tx.now))


def an_entry(chance: random.Random) -> dict[str, Any]:
    """Return what one service says: 1-5 needs, 1-30 wards, often limits of its own."""
    return {
        "name": "A service",
        "description": "",
        "needs": chance.sample(NEEDS, chance.randint(1, 5)),
        "area_codes": chance.sample(WARDS, chance.randint(1, 30)),
        "minimum_age": chance.choice([None, None, 16, 18]),
        "maximum_age": chance.choice([None, None, None, 65]),
        "groups": [],
        "threshold": chance.choice([None, [1, 2], [1, 4]]),
        "languages": chance.choice([[], ["en"]]),
        "interpreters": True,
        "categories": ["identity", "story"],
        "contact": {},
        "clock_profile": "advice",
        "forecast_wait_days": chance.choice([None, 5, 10]),
    }


def a_request(
    agencies: list[UUID], chance: random.Random, store: Store[MatchingTransaction]
) -> RequestSubmitted:
    """Return one request: two needs, one ward, twenty agencies agreed to."""
    agreed = chance.sample(agencies, 20)
    return RequestSubmitted(
        request_id=new_id(),
        reference="HDJ-2RF",
        consent_id=new_id(),
        submitted_at=store.clock.now(),
        needs=tuple(chance.sample(NEEDS, 2)),
        area_codes=("E09000032", chance.choice(WARDS)),
        geography_version="areas-1",
        age=chance.randint(18, 64),
        language="en",
        interpreter=None,
        access_needs=(),
        groups=(),
        threshold=2,
        urgency="routine",
        source="PARTNER_API",
        referrer_agency_id=agencies[0],
        recipients=tuple(Grant("refer", agency, ("identity", "story")) for agency in agreed),
    )


def hear(store: Store[MatchingTransaction], requests: list[RequestSubmitted]) -> None:
    """Place *requests* in one transaction, as a worker does with a batch."""
    with store.begin() as tx:
        for request in requests:
            place_request(request, tx)


def _timed(store: Store[MatchingTransaction], requests: list[RequestSubmitted]) -> float:
    started = time.process_time()
    hear(store, requests)
    return time.process_time() - started


def _surviving(store: Store[MatchingTransaction], requests: list[RequestSubmitted]) -> float:
    with store.read() as tx:
        found = [len(tx.options(situation_of(one, one.source))) for one in requests]
    return statistics.median(found)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="onward-choice-") as name:
        for size in (100, 1000, 10_000):
            print(run(Path(name) / str(size), size))
