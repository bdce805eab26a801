"""Two small services that pass messages: `bell` announces, `ear` hears and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Column, Integer, Table, Uuid, select

from shared.bus import Worker, announces, hears
from shared.bus.pace import Company
from shared.errors import Permanent
from shared.ids import new_id
from shared.storage import Store, Transaction, metadata_for

if TYPE_CHECKING:
    from shared.clock import Clock


@announces("bell.rang.v1", subject="ring_id")
@dataclass(frozen=True, slots=True)
class BellRang:
    ring_id: UUID
    loud: int


@hears("bell.rang.v1")
@dataclass(frozen=True, slots=True)
class Rang:
    ring_id: UUID
    loud: int


@announces("ear.heard.v1", subject="ring_id")
@dataclass(frozen=True, slots=True)
class EarHeard:
    ring_id: UUID


@hears("ear.heard.v1")
@dataclass(frozen=True, slots=True)
class Echo:
    ring_id: UUID


UNBEARABLE = 13
QUICK = Company(least=0.001)
bells = metadata_for("bell")
echoes = Table("echo", bells, Column("ring_id", Uuid, primary_key=True), Column("n", Integer))
ears = metadata_for("ear")
rings = Table("ring", ears, Column("ring_id", Uuid, primary_key=True), Column("loud", Integer))


def note_ring(event: Rang, tx: Transaction) -> None:
    if event.loud == UNBEARABLE:
        message = "too loud to bear"
        raise Permanent(message)
    tx.insert(rings, ring_id=event.ring_id, loud=event.loud)
    tx.announce(EarHeard(event.ring_id))


def note_echo(event: Echo, tx: Transaction) -> None:
    tx.insert(echoes, ring_id=event.ring_id, n=1)


ANNOUNCERS = {"bell.rang.v1": frozenset({"bell"}), "ear.heard.v1": frozenset({"ear"})}
READERS = {"bell": {"ear.heard.v1"}, "ear": {"bell.rang.v1"}}


class Parish:
    """Both services, in one folder or wherever *place* says; opened again is started again."""

    def __init__(
        self, place: Path | Callable[[str], Path | str], clock: Clock | None = None
    ) -> None:
        where = (lambda name: place / f"{name}.sqlite3") if isinstance(place, Path) else place
        self.bell: Store[Any] = Store(where("bell"), bells, clock=clock)
        self.ear: Store[Any] = Store(where("ear"), ears, clock=clock)
        self.listener = Worker("ear", self.ear, handlers={Rang: note_ring}, company=QUICK)
        self.ringer = Worker("bell", self.bell, handlers={Echo: note_echo}, company=QUICK)

    @property
    def stores(self) -> list[Store[Any]]:
        return [self.bell, self.ear]

    @property
    def workers(self) -> list[Worker]:
        return [self.listener, self.ringer]

    def ring(self, loud: int = 1) -> UUID:
        ring_id = new_id()
        with self.bell.begin() as tx:
            tx.announce(BellRang(ring_id, loud))
        return ring_id

    def heard(self) -> list[UUID]:
        with self.ear.read() as tx:
            return [row.ring_id for row in tx.all(select(rings).order_by(rings.c.ring_id))]

    def echoed(self) -> list[UUID]:
        with self.bell.read() as tx:
            return [row.ring_id for row in tx.all(select(echoes).order_by(echoes.c.ring_id))]

    def rows(self, store: Store[Any], table: str) -> list[Any]:
        with store.read() as tx:
            return tx.all(select(tx.table(table)))
