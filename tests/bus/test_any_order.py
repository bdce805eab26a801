"""Whatever order events come in, however often and however late, each reader ends the same.

Some are told again as well, before or after their first telling: that changes nothing either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from shared.bus import Worker
from shared.bus.chain import fingerprint
from shared.bus.envelope import Message
from shared.clock import SystemClock
from shared.settings import Settings
from shared.storage import Store

GOLDEN = Path(__file__).parent.parent / "contracts"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WHEN_HEARD = {"heard_at", "revoked_at", "at"}  # only whether there is one
BESIDE = {"matching": ("placed", "gap"), "notify": ("delivery",)}
TABLES = {
    "audit": "services.audit.tables",
    "identity": "services.identity.storage",
    "intake": "services.intake.storage.tables",
    "matching": "services.matching.storage.tables",
    "notify": "services.notify.storage.tables",
}
PATHS = (
    ("proposed",),
    ("proposed", "sent"),
    ("proposed", "sent", "opened", "accepted"),
    ("proposed", "sent", "declined"),
)
AGENCIES, STAFF, SERVICES, REFERRALS = (
    [UUID(int=kind << 8 | n) for n in (1, 2)] for kind in (1, 2, 3, 4)
)
REQUEST = UUID(int=5)
TELLERS = ("matching", "identity", "intake")


@dataclass
class Teller:
    """A service that tells: it counts its messages, and each names the one before."""

    name: str
    said: list[Message] = field(default_factory=list)
    prev: str = ""

    def says(self, kind: str, subject: object, sequence: int, **told: Any) -> None:
        example = json.loads((GOLDEN / f"{kind}.v1" / "example.json").read_text())
        body = orjson.dumps({**example, **told})
        message = Message(
            id=uuid5(NAMESPACE_OID, f"{self.name} {len(self.said)}"),
            type=f"{kind}.v1",
            producer=self.name,
            subject=str(subject),
            time=NOON + timedelta(seconds=len(self.said)),
            sequence=sequence,
            actor={"kind": "system"},
            correlation_id=None,
            causation_id=None,
            expires=None,
            producer_epoch=str(UUID(int=9)),
            producer_seq=len(self.said) + 1,
            producer_prev=self.prev,
            body=body,
        )
        self.prev = fingerprint(message.id, body)
        self.said.append(message)


SEVERAL = st.integers(0, 3)


@st.composite
def stories(draw: st.DrawFn) -> list[Message]:
    """Return what three owners told, each in the order in which it happened."""
    matching, identity, intake = (Teller(name) for name in TELLERS)
    tell_of_the_guide(matching, draw)
    tell_of_referrals(matching, draw)
    tell_of_who_may_act(identity, draw)
    intake.says("request.submitted", REQUEST, 1, request_id=REQUEST, reference="HDJ2-123F")
    return [*matching.said, *identity.said, *intake.said]


def tell_of_the_guide(matching: Teller, draw: st.DrawFn) -> None:
    for agency in AGENCIES:
        for version in range(1, draw(SEVERAL) + 1):
            facts = {"name": f"Agency {version}", "active": draw(st.booleans())}
            matching.says("agency.changed", agency, version, agency_id=agency, **facts)
    for service in SERVICES:
        for told in range(1, draw(SEVERAL) + 1):
            kind = draw(st.sampled_from(["service.published", "capacity.changed"]))
            facts = {"status": draw(st.sampled_from(["open", "full", "unknown"]))}
            ids = {"service_id": service, "agency_id": AGENCIES[0]}
            matching.says(kind, service, told, **ids, **facts)


def tell_of_referrals(matching: Teller, draw: st.DrawFn) -> None:
    for referral in REFERRALS:
        for version, step in enumerate(draw(st.sampled_from(PATHS)), start=1):
            ids = {"referral_id": referral, "request_id": REQUEST}
            matching.says(f"referral.{step}", referral, version, **ids)


def tell_of_who_may_act(identity: Teller, draw: st.DrawFn) -> None:
    for member in STAFF:
        for version in range(1, draw(SEVERAL) + 1):
            facts = {"name": f"Name {version}", "active": draw(st.booleans())}
            identity.says("staff.changed", member, version, staff_id=member, **facts)
    for client in ("advice", "food"):
        for version in range(1, draw(SEVERAL) + 1):
            kind = draw(st.sampled_from(["client.registered", "client.revoked"]))
            identity.says(kind, client, version, client_id=client)


@st.composite
def disorders(draw: st.DrawFn) -> tuple[list[Message], list[list[Message]]]:
    """Return a story, and batches in which it may come instead."""
    story = draw(stories())
    doubled = draw(st.lists(st.sampled_from(story), max_size=5))
    again = told_again(story, draw(st.lists(st.sampled_from(story), max_size=5)))
    shuffled = draw(st.permutations([*story, *doubled, *again]))
    size = draw(st.integers(1, 8))
    return story, [shuffled[n : n + size] for n in range(0, len(shuffled), size)]


def told_again(story: list[Message], chosen: list[Message]) -> list[Message]:
    """Return the *chosen* as their tellers tell them again: after all else, counted on."""
    last = {message.producer: message for message in story}
    told = []
    for number, one in enumerate(chosen):
        before = last[one.producer]
        last[one.producer] = again = replace(
            one,
            id=uuid5(NAMESPACE_OID, f"again {number}"),
            restates=one.time,
            producer_seq=before.producer_seq + 1,
            producer_prev=fingerprint(before.id, before.body),
        )
        told.append(again)
    return told


@dataclass
class Reader:
    """One service that hears, and forgets everything between two tellings."""

    service: str
    store: Store[Any]
    worker: Worker

    @classmethod
    def of(cls, service: str, folder: Path) -> Reader:
        module, own = import_module(f"services.{service}"), Settings(folder)
        store = module.create_store(own, SystemClock())
        return cls(service, store, module.create_worker(own, store))

    def hears(self, batches: list[list[Message]]) -> dict[str, list[Any]]:
        """Return what its copies say after *batches*."""
        for batch in batches:
            mine = [message for message in batch if self.worker.hears(message.type)]
            assert self.worker.deliver(mine) == {}
        known = {name: self._rows(name) for name in self._models()}
        known["placed"] = self._rows("placed") if self.service == "matching" else []
        self._forget()
        return known

    def _rows(self, name: str) -> list[Any]:
        table = self.store.metadata.tables[name]
        kept = [c.is_(None) if c.name in WHEN_HEARD else c for c in table.c]
        with self.store.read() as tx:
            return sorted((tuple(row) for row in tx.all(select(*kept))), key=repr)

    def _forget(self) -> None:
        with self.store.begin() as tx:
            for name in (*self._models(), "inbox", "outbox", *BESIDE.get(self.service, ())):
                tx.execute(delete(self.store.metadata.tables[name]))

    def _models(self) -> tuple[str, ...]:
        models: tuple[str, ...] = import_module(TABLES[self.service]).READ_MODELS
        return models


@pytest.fixture(scope="module", params=sorted(set(TABLES) - {"audit"}))
def reader(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Reader]:
    reader = Reader.of(request.param, tmp_path_factory.mktemp(request.param))
    yield reader
    reader.store.close()


@given(told=disorders())
@settings(max_examples=40)
def test_a_story_shuffled_doubled_late_and_told_again_ends_as_the_story_told_in_order(
    reader: Reader, told: tuple[list[Message], list[list[Message]]]
) -> None:
    story, disordered = told

    expected = reader.hears([story])

    assert reader.hears(disordered) == expected


@given(told=disorders())
@settings(max_examples=10)
def test_the_log_keeps_every_event_of_a_disordered_story_once_and_in_its_tellers_order(
    tmp_path_factory: pytest.TempPathFactory, told: tuple[list[Message], list[list[Message]]]
) -> None:
    story, disordered = told
    orderly, other = (Reader.of("audit", tmp_path_factory.mktemp("log")) for _ in range(2))

    assert other.hears(disordered) == orderly.hears([story])

    with other.store.read() as tx:
        assert not tx.held()
        logged = [json.loads(leaf) for leaf in tx.leaves(0, tx.size())]
    for teller in TELLERS:
        numbers = [leaf["producer_seq"] for leaf in logged if leaf.get("producer") == teller]
        assert numbers == sorted(set(numbers))
        assert len(numbers) >= sum(message.producer == teller for message in story)
    for one in (orderly, other):
        one.store.close()
