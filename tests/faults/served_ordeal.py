"""Load on a served hub while something is done to it, and the promise counted afterwards."""

from __future__ import annotations

import http.client
import time
from types import TracebackType
from typing import Self

from driving.census import Census
from driving.load import Load, open_wide, partners
from driving.partner import Partner
from driving.served import ServedHub
from driving.stories import a_story
from tests.faults.enduring import more_accepted, until
from tests.faults.served_table import Row, Table

READY_WITHIN = 5.0
WELL_WITHIN = 90.0
SETTLED_WITHIN = 240.0  # an address that was lost on its way is asked for again after minutes
CALM = {"RUNNING", "STOPPED"}
# What is measured is how long a fault lasts, not how much can be carried; beside other tests, less.
PAUSE = {True: 0.1, False: 0.25}
TOLD = "SELECT 1 FROM delivery WHERE request_id = ? AND audience = 'receiver' AND state = 'sent'"


class Ordeal:
    """What one kind of fault did; every accepted request goes request -> matching -> notify."""

    def __init__(self, hub: ServedHub, table: Table, fault: str, threads: int = 2) -> None:
        self.hub, self.census = hub, Census.of(hub)
        self.row, self._table = Row(fault), table
        self.recipient = open_wide(hub)
        self.load = Load(hub, self.recipient, threads, PAUSE[table.thorough])
        self._prober = partners(hub, 1)[0]

    def __enter__(self) -> Self:
        self.load.__enter__()
        more_accepted(self.load)
        return self

    def __exit__(
        self,
        failed: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.load.__exit__(failed, error, trace)
        if failed is None:
            self._judge()

    def kill(self, *names: str) -> None:
        """kill -9 of these programs; wait until people are told again."""
        began = time.monotonic()
        self.hub.kill(*names)
        self.endured(began, len(names))

    def endured(self, began: float, times: int = 1) -> None:
        """Note how long it takes, from *began*, until it is ready and people are told again."""
        until(lambda: self.hub.readiness()[0] == 200, "ready again", WELL_WITHIN)
        self.row.to_ready = max(self.row.to_ready, time.monotonic() - began)
        self.is_told(self.submitted())
        self.row.to_told = max(self.row.to_told, time.monotonic() - began)
        self.row.times += times
        more_accepted(self.load, 5)
        # What ends within two seconds of its start is held back longer each time, and should be.
        until(lambda: set(self.hub.states().values()) <= CALM, "all run", WELL_WITHIN)

    def submitted(self) -> str:
        """Submit a request of our own, again and again until it is accepted; return its id."""
        accepted: list[str] = []
        until(lambda: _submit(self._prober, self.recipient, accepted), "accepted", WELL_WITHIN)
        self.load.accepted.extend(accepted)
        return accepted[0]

    def is_told(self, request_id: str) -> None:
        """Wait until the receiving agency was told of a request: both hops are behind it."""
        until(lambda: self.census.rows("notify", TOLD, request_id), "told", WELL_WITHIN)

    def _judge(self) -> None:
        """Assert the promise and note the counts."""
        row, load, census = self.row, self.load, self.census
        census.until_settled(SETTLED_WITHIN)
        row.accepted, row.refused, row.cut_off = len(load.accepted), len(load.refused), load.cut_off
        lost, doubled, over = (
            census.lost(load.accepted),
            census.doubled(),
            census.over_allocated(),
        )
        row.lost, row.doubled, row.over_allocated = len(lost), len(doubled), len(over)
        self._table.rows.append(row)
        print(row)
        assert census.faults(load.accepted) == []
        assert {status for status, _ in load.refused} <= {503}
        if self._table.thorough:
            log_is_intact(census)


def log_is_intact(census: Census) -> None:
    """Assert that the log verifies from its first entry to its last, with no hole."""
    verdict = census.verdict()
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def _submit(partner: Partner, recipient: str, accepted: list[str]) -> bool:
    try:
        answer = partner.submit(a_story(partner.notice, [recipient]))
    except (OSError, http.client.HTTPException, AssertionError):
        return False
    if answer.status == 201:
        accepted.append(answer.json["id"])
    return bool(accepted)
