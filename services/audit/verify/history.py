"""What the entries say, read in order: unique events, unbroken counts, time that runs forward."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from services.audit.domain.counters import Count, Place
from services.audit.verify.report import Finding

if TYPE_CHECKING:
    from services.audit.verify.report import Report

SKEW = timedelta(seconds=120)
VERSIONS = {1}
VERSIONED = {"request", "referral", "consent", "agency", "staff", "client"}
OWN = "log."
EPOCH_STARTED = "log.epoch_started.v1"


class Malformed(ValueError):  # noqa: N818 - used as a word for an entry
    """The entry does not read as a leaf."""


class History:
    """Follows every producer through the log."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._events: dict[str, int] = {}
        self._counts: dict[str, Count] = {}
        self._announced: dict[str, tuple[str, int]] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self._latest: dict[str, datetime] = {}
        self._seen: defaultdict[str, int] = defaultdict(int)
        self._found: list[Finding] = []

    def take(self, seq: int, entry: bytes) -> None:
        """Read one entry; what is wrong with it goes into the report."""
        try:
            leaf = _read(entry)
            self._unique(seq, leaf["event_id"])
            at = datetime.fromisoformat(leaf["occurred_at"])
            producer = "log" if leaf["type"].startswith(OWN) else leaf["producer"]
            self._forward(seq, producer, at)
            if producer == "log":
                self._own(leaf)
            else:
                self._counted(seq, leaf)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            says = f"the entry does not read as an audit event ({type(error).__name__})"
            self._found.append(Finding("entry-malformed", says, seq=seq))
            return
        self._seen[producer] += 1
        when = leaf["occurred_at"]
        self._report.first_at = min(self._report.first_at or when, when)
        self._report.last_at = max(self._report.last_at or when, when)

    def close(self) -> None:
        """Write figures and findings into the report: call when the entries can be believed."""
        self._report.findings += self._found
        self._report.producers = dict(self._seen)

    def _unique(self, seq: int, event_id: str) -> None:
        earlier = self._events.setdefault(event_id, seq)
        if earlier != seq:
            says = f"the event of entry {earlier} stands here a second time"
            self._found.append(Finding("duplicate-event", says, seq=seq))

    def _forward(self, seq: int, producer: str, at: datetime) -> None:
        latest = self._latest.get(producer)
        if latest is not None and at < latest - SKEW:
            behind = round((latest - at).total_seconds())
            says = f"{producer}'s clock went back {behind} seconds here"
            self._found.append(Finding("clock-moved-back", says, seq=seq))
        self._latest[producer] = max(at, latest or at)

    def _own(self, leaf: dict[str, Any]) -> None:
        if leaf["type"] == EPOCH_STARTED:
            told = leaf["data"]
            self._announced[told["producer"]] = (told["epoch"], told["first_seq"])

    def _counted(self, seq: int, leaf: dict[str, Any]) -> None:
        producer, epoch, number = leaf["producer"], leaf["producer_epoch"], leaf["producer_seq"]
        count = self._counts.get(producer, Count(epoch))
        if count.place(epoch, number) is Place.NEW_EPOCH:
            count = self._new_epoch(seq, leaf)
        self._in_turn(seq, leaf, count)
        self._versioned(seq, leaf["object"])
        self._counts[producer] = count.after(number, leaf["producer_this"])

    def _versioned(self, seq: int, told: dict[str, Any]) -> None:
        """Each change of a record takes the next number; a jump means one was lost unannounced."""
        if told.get("type") not in VERSIONED or told.get("version") is None:
            return
        last = self._versions.get((told["type"], told["id"]), 0)
        if told["version"] > last + 1:
            says = f"changes {last + 1} to {told['version'] - 1} of this {told['type']} are missing"
            self._found.append(Finding("version-gap", says, seq=seq))
        self._versions[told["type"], told["id"]] = max(last, told["version"])

    def _new_epoch(self, seq: int, leaf: dict[str, Any]) -> Count:
        producer, epoch, number = leaf["producer"], leaf["producer_epoch"], leaf["producer_seq"]
        if self._announced.get(producer) != (epoch, number):
            says = f"{producer} begins to count anew without the log saying so"
            self._found.append(Finding("epoch-unannounced", says, seq=seq))
        self._report.notes.append(f"{producer} began to count anew at entry {seq}.")
        return Count(epoch, number, leaf["producer_prev"])

    def _in_turn(self, seq: int, leaf: dict[str, Any], count: Count) -> None:
        producer, number = leaf["producer"], leaf["producer_seq"]
        place = count.place(leaf["producer_epoch"], number)
        if place is Place.EARLY:
            says = f"{producer}'s events {count.next_seq} to {number - 1} are missing before this"
            self._found.append(Finding("producer-gap", says, seq=seq))
        elif place is Place.SEEN:
            says = f"{producer}'s event {number} comes after its event {count.next_seq - 1}"
            self._found.append(Finding("producer-order", says, seq=seq))
        elif leaf["producer_prev"] != count.this:
            says = f"{producer}'s event {number} does not follow from its event {number - 1}"
            self._found.append(Finding("producer-chain", says, seq=seq))


def _read(entry: bytes) -> dict[str, Any]:
    leaf = json.loads(entry, object_pairs_hook=_no_doubles, parse_float=_no_float)
    if not isinstance(leaf, dict) or leaf.get("v") not in VERSIONS:
        message = "not a leaf of a known version"
        raise Malformed(message)
    return leaf


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        message = "a key stands twice"
        raise Malformed(message)
    return told


def _no_float(text: str) -> float:
    message = f"a fraction: {text[:20]}"
    raise Malformed(message)
