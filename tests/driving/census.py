"""Counting what became of requests, straight from the databases of a hub of either profile.

The one invariant: accepted is a subset of effects, and each effect stands there once.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Self

from deploy.readers import readers
from driving.ledgers import Files, Ledgers, Servers
from driving.running import RunningHub
from driving.served import ServedHub

SERVICES = ("identity", "intake", "matching", "notify", "audit")
AUDIENCES = ("receiver", "referrer", "person")
ROOT = Path(__file__).parent.parent.parent


class Census:
    """What the databases of one hub hold."""

    def __init__(self, var: Path, urls: Mapping[str, str] | None = None) -> None:
        """Count in the files under *var*, or in the databases at *urls*, by service."""
        self.var = var
        self._urls = dict(urls or {})
        self._ledgers: Ledgers = Servers(self._urls) if urls else Files(var)

    @classmethod
    def of(cls, hub: RunningHub | ServedHub) -> Self:
        """Count what *hub* did, wherever it keeps it."""
        if isinstance(hub, ServedHub):
            return cls(hub.plan.folder, hub.plan.databases)
        return cls(hub.var)

    def rows(self, service: str, query: str, *values: Any) -> list[Any]:
        """Return the rows of *query* on the database of *service*; values stand for its ?."""
        return self._ledgers.rows(service, query, *values)

    def count(self, service: str, query: str) -> int:
        """Return the one number that *query* asks for."""
        number: int = self.rows(service, query)[0][0]
        return number

    def unfinished(self) -> int:
        """Return how many messages and deliveries are still on their way."""
        waiting = sum(
            self.count(service, "SELECT count(*) FROM outbox WHERE published_at IS NULL")
            for service in SERVICES
        )
        open_ = "SELECT count(*) FROM delivery WHERE done_at IS NULL"
        known = waiting + self.count("notify", open_)
        # A broker has taken what is published; the embedded bus has handed it over.
        return known or (self._between() if self._urls else 0)

    def _between(self) -> int:
        """Return how many messages lie between an outbox and the inboxes of its readers."""
        said: Counter[str] = Counter()
        for service in SERVICES:
            said.update(dict(self.rows(service, "SELECT type, count(*) FROM outbox GROUP BY 1")))
        heard = {name: self.count(name, "SELECT count(*) FROM inbox") for name in SERVICES}
        due = {
            name: sum(count for kind, count in said.items() if types is None or kind in types)
            for name, types in readers().items()
        }
        return sum(max(0, due[name] - heard[name]) for name in SERVICES)

    def until_settled(self, seconds: float = 60.0) -> None:
        """Wait until nothing is on its way any more."""
        deadline = time.monotonic() + seconds
        while left := self.unfinished():
            assert time.monotonic() < deadline, f"{left} messages or deliveries never settled"
            time.sleep(0.05)

    def faults(self, accepted: Collection[str]) -> list[str]:
        """Return every way in which the promise is broken for the *accepted* request ids."""
        requests = {_hex(row[0]) for row in self.rows("intake", "SELECT id FROM request")}
        return [
            *(f"accepted but not kept: {one}" for one in {_hex(a) for a in accepted} - requests),
            *self._unmatched(requests),
            *self._untold(requests),
            *self._unheard(),
            *self._unlogged(),
            *self._parked(),
            *self._over_promised(),
        ]

    def _unmatched(self, requests: set[str]) -> list[str]:
        query = "SELECT request_id, count(*) FROM referral GROUP BY request_id"
        referrals = {_hex(row[0]): row[1] for row in self.rows("matching", query)}
        gaps = {_hex(row[0]) for row in self.rows("matching", "SELECT request_id FROM gap")}
        return [
            *(f"neither matched nor a gap: {one}" for one in requests - set(referrals) - gaps),
            *(f"matched {n} times: {one}" for one, n in referrals.items() if n != 1),
            *(f"matched out of nothing: {one}" for one in set(referrals) - requests),
        ]

    def _untold(self, requests: set[str]) -> list[str]:
        query = "SELECT request_id, template, audience, count(*) FROM delivery GROUP BY 1, 2, 3"
        told: dict[str, set[str]] = {}
        faults = []
        for request_id, template, audience, times in self.rows("notify", query):
            told.setdefault(_hex(request_id), set()).add(audience)
            if times != 1:
                faults.append(f"told {times} times: {template} to {audience} of {request_id}")
        query = "SELECT state, reason, count(*) FROM delivery WHERE state != 'sent' GROUP BY 1, 2"
        faults += [f"not sent: {row}" for row in self.rows("notify", query)]
        faults += [f"nobody told of {one}" for one in requests - set(told)]
        faults += [f"told of nothing: {one}" for one in set(told) - requests]
        return faults

    def _unheard(self) -> list[str]:
        query = "SELECT message_id, type FROM outbox"
        said = {_hex(row[0]): row[1] for name in SERVICES for row in self.rows(name, query)}
        faults = []
        for name, types in readers().items():
            heard = {_hex(row[0]) for row in self.rows(name, "SELECT message_id FROM inbox")}
            due = {one for one, kind in said.items() if types is None or kind in types}
            faults += [f"{name} has not heard {said[one]} {one}" for one in due - heard]
            faults += [f"{name} heard out of nothing: {one}" for one in heard - set(said)]
        return faults

    def _unlogged(self) -> list[str]:
        logged = [_hex(row[0]) for row in self.rows("audit", "SELECT event_id FROM entry")]
        announced = {
            _hex(row[0])
            for service in SERVICES
            for row in self.rows(service, "SELECT message_id FROM outbox")
        }
        faults = [f"announced but not in the log: {one}" for one in announced - set(logged)]
        if len(logged) != len(set(logged)):
            faults.append("an event is in the log twice")
        waiting = self.count("audit", "SELECT count(*) FROM waiting")
        return faults + ([f"{waiting} entries wait for a hole to close"] if waiting else [])

    def _parked(self) -> list[str]:
        query = "SELECT error, count(*) FROM inbox_failure GROUP BY 1"
        return [
            f"{service} parked: {row}" for service in SERVICES for row in self.rows(service, query)
        ]

    def _over_promised(self) -> list[str]:
        query = """SELECT service_id, places, reserved, accepted FROM capacity
                   WHERE over_promised OR reserved + accepted > places"""
        faults = [f"over-allocated: {row}" for row in self.rows("matching", query)]
        query = """SELECT capacity.service_id, reserved, count(place.referral_id) FROM capacity
                   LEFT JOIN place ON place.service_id = capacity.service_id
                   AND taken_at IS NULL AND released_at IS NULL
                   GROUP BY capacity.service_id, reserved
                   HAVING reserved != count(place.referral_id)"""
        return faults + [f"miscounted: {row}" for row in self.rows("matching", query)]

    def verdict(self) -> subprocess.CompletedProcess[str]:
        """Run the verifier over the log, as an officer would."""
        own = {f"ONWARD_DATABASE_URL_{name.upper()}": url for name, url in self._urls.items()}
        return subprocess.run(
            [sys.executable, "-m", "deploy.verify"],
            cwd=ROOT,
            env={"ONWARD_VAR": str(self.var), "PATH": "", **own},
            capture_output=True,
            text=True,
            check=False,
        )


def _hex(value: Any) -> str:
    return str(value).replace("-", "")
