"""How long the gate takes until its audit row is committed: `python -m tests.intake.gate_pace`.

Each asking is a transaction of its own, as a page makes it, and every one of them commits.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from intake.desk import Desk
from intake.telling import ADVICE, a_submission, naming

from services.intake.usecases import Disclosure, disclose
from shared.identity import Principal
from shared.ids import new_id

if TYPE_CHECKING:
    from uuid import UUID

LIMIT = 0.003  # seconds at p95, the audit row included


def gate_seconds(desk: Desk, times: int = 400, warm: int = 20) -> list[float]:
    """Return how long each of *times* disclosures of one accepted referral took."""
    submitted = desk.takes_in(a_submission(referrals=naming()))
    referral = desk.put_to(submitted, "proposed", "sent", "opened", "accepted")
    worker = Principal("staff", str(new_id()), ADVICE, frozenset({"worker"}), purpose="refer")
    taken = [_one(desk, submitted.id, referral, worker) for _ in range(times + warm)]
    return taken[warm:]


def _one(desk: Desk, request: UUID, referral: UUID, worker: Principal) -> float:
    begun = time.perf_counter()
    with desk.store.begin(actor=worker) as tx:
        answer = disclose(request, referral, ADVICE, "refer", tx)
    taken = time.perf_counter() - begun
    assert isinstance(answer, Disclosure)
    return taken


def p95(taken: list[float]) -> float:
    """Return the time within which 95 of 100 came back."""
    return statistics.quantiles(taken, n=100)[94]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        place = Desk(Path(folder) / "var")
        measured = gate_seconds(place)
        place.store.close()
    middle = statistics.median(measured)
    print(f"gate: p50 {middle * 1000:.2f} ms, p95 {p95(measured) * 1000:.2f} ms")
