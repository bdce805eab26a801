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
from driving.waiting import looks
from services.notify.domain import ANSWER_WITHIN
from shared.bus.catalogue import CATALOGUE

SERVICES = ("identity", "intake", "matching", "notify", "audit")
AUDIENCES = ("receiver", "referrer", "person")
ROOT = Path(__file__).parent.parent.parent
USABLE_FOR = ANSWER_WITHIN.total_seconds()  # an address is of no use any more, and is asked anew


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
            return cls(hub.var, hub.plan.databases)
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
        left = sum(max(0, due[name] - heard[name]) for name in SERVICES)
        return left - len(self._expired()) if left else 0

    def until_settled(self, seconds: float = 180.0) -> None:
        """Wait until nothing is on its way any more."""
        settled = any(self.unfinished() == 0 for _ in looks(seconds))
        assert settled, f"{self.unfinished()} messages or deliveries never settled"

    def faults(self, accepted: Collection[str]) -> list[str]:
        """Return every way in which the promise is broken for the *accepted* request ids."""
        return [
            *self.lost(accepted),
            *self.doubled(),
            *self.invented(),
            *self.parked(),
            *self.over_allocated(),
        ]

    def lost(self, accepted: Collection[str]) -> list[str]:
        """Return what was accepted, or said, and has not had all its effects."""
        requests, told = self._requests(), {key[0] for key in self._deliveries()}
        known = set(self._referrals()) | self._ids("matching", "SELECT request_id FROM gap")
        unsent = "SELECT state, reason, count(*) FROM delivery WHERE state != 'sent' GROUP BY 1, 2"
        waiting = self.count("audit", "SELECT count(*) FROM waiting")
        return [
            *(f"accepted but not kept: {one}" for one in {_hex(a) for a in accepted} - requests),
            *(f"neither matched nor a gap: {one}" for one in requests - known),
            *(f"nobody told of {one}" for one in requests - told),
            *(f"not sent: {row}" for row in self.rows("notify", unsent)),
            *self._unheard(),
            *(f"announced but not in the log: {one}" for one in set(self._said()) - self._logged()),
            *([f"{waiting} entries wait for a hole to close"] if waiting else []),
        ]

    def doubled(self) -> list[str]:
        """Return what had its effect more than once."""
        entries = self.count("audit", "SELECT count(*) FROM entry")
        return [
            *(f"matched {n} times: {one}" for one, n in self._referrals().items() if n != 1),
            *(f"told {n} times: {key}" for key, n in self._deliveries().items() if n != 1),
            *(["an event is in the log twice"] if entries != len(self._logged()) else []),
        ]

    def invented(self) -> list[str]:
        """Return effects of what nobody asked for or said."""
        requests, said = self._requests(), set(self._said())
        told = {key[0] for key in self._deliveries()}
        heard = {(name, one) for name in SERVICES for one in self._heard(name)}
        return [
            *(f"matched out of nothing: {one}" for one in set(self._referrals()) - requests),
            *(f"told of nothing: {one}" for one in told - requests),
            *(f"{name} heard out of nothing: {one}" for name, one in heard if one not in said),
        ]

    def parked(self) -> list[str]:
        """Return what was set aside, and why."""
        query = "SELECT error, count(*) FROM inbox_failure GROUP BY 1"
        return [
            f"{service} parked: {row}" for service in SERVICES for row in self.rows(service, query)
        ]

    def _requests(self) -> set[str]:
        return self._ids("intake", "SELECT id FROM request")

    def _referrals(self) -> dict[str, int]:
        query = "SELECT request_id, count(*) FROM referral GROUP BY request_id"
        return {_hex(row[0]): row[1] for row in self.rows("matching", query)}

    def _deliveries(self) -> dict[tuple[str, str, str], int]:
        """Return how often each audience was told of a request by a template."""
        query = "SELECT request_id, template, audience, count(*) FROM delivery GROUP BY 1, 2, 3"
        return {(_hex(row[0]), row[1], row[2]): row[3] for row in self.rows("notify", query)}

    def _unheard(self) -> list[str]:
        said, expired = self._said(), self._expired()
        return [
            f"{name} has not heard {said[one]} {one}"
            for name, one in self._missed(said)
            if (name, one) not in expired
        ]

    def _missed(self, said: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return which service has not heard which of the messages *said*."""
        missed = []
        for name, types in readers().items():
            due = {one for one, kind in said.items() if types is None or kind in types}
            missed += [(name, one) for one in due - self._heard(name)]
        return missed

    def _expired(self) -> set[tuple[str, str]]:
        """Return what was lost with its queue, is never sent twice and of no use any more.

        Whoever waited for it asks anew; what they wait for counts as unfinished until it is done.
        """
        once = {one: kind for one, kind in self._said().items() if not CATALOGUE[kind].replayable}
        old = {one: kind for one, kind in once.items() if _age(one) > USABLE_FOR}
        return set(self._missed(old)) if old else set()

    def _said(self) -> dict[str, str]:
        query = "SELECT message_id, type FROM outbox"
        return {_hex(row[0]): row[1] for name in SERVICES for row in self.rows(name, query)}

    def _heard(self, service: str) -> set[str]:
        return self._ids(service, "SELECT message_id FROM inbox")

    def _logged(self) -> set[str]:
        return self._ids("audit", "SELECT event_id FROM entry")

    def _ids(self, service: str, query: str) -> set[str]:
        return {_hex(row[0]) for row in self.rows(service, query)}

    def over_allocated(self) -> list[str]:
        """Return services that promised more places than they have, or miscounted them."""
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
        return subprocess.run(
            [sys.executable, "-m", "deploy.verify"],
            cwd=ROOT,
            env={"ONWARD_VAR": str(self.var), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )


def _hex(value: Any) -> str:
    return str(value).replace("-", "")


def _age(message_id: str) -> float:
    """Return how many seconds ago a message was made: its id says it (RFC 9562, 5.7)."""
    return time.time() - int(message_id[:12], 16) / 1000
