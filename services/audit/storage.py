"""The log's rows: entries, perfect subtrees and signed checkpoints, read and appended only."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, tuple_, update

from services.audit.domain.counters import Count
from services.audit.domain.errors import ProofError
from services.audit.domain.tree import Frontier, Node, peaks
from services.audit.signer import Head
from services.audit.tables import (
    agency,
    called,
    checkpoint,
    entry,
    followed,
    metadata,
    node,
    staff,
    waiting,
)
from shared.alarms import alarms
from shared.storage import Store, Transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sqlalchemy import Row

    from services.audit.domain.leaf import Value
    from services.audit.heard import RequestSubmitted
    from shared.clock import Clock
    from shared.settings import Settings

SERVICE = "audit"

# Built once, for every batch asks them. A column names a maximum: `limit` would be a parameter.
_LAST_SEQ = select(func.max(entry.c.seq).label("last"))
_newest = checkpoint.alias()
_LAST_CHECKPOINT = select(checkpoint).where(
    checkpoint.c.tree_size == select(func.max(_newest.c.tree_size)).scalar_subquery()
)
_COUNTS, _HELD = select(followed), select(waiting)
_FOLLOW = (
    update(followed)
    .where(followed.c.producer == bindparam("of"))
    .values({name: bindparam(name) for name in ("epoch", "next_seq", "this")})
)


class AuditTransaction(Transaction):
    """What the sequencer, the pages and the export read and write."""

    def size(self) -> int:
        """Return how many entries the log has."""
        ((last,),) = self.ask(_LAST_SEQ)
        return 0 if last is None else int(last) + 1

    def head(self) -> Head:
        """Return the last signed head."""
        row = self.last_checkpoint()
        return Head(row.tree_size, row.root) if row else Head()

    def last_checkpoint(self) -> Row[Any] | None:
        """Return the row of the last signed checkpoint."""
        return next(iter(self.ask(_LAST_CHECKPOINT)), None)

    def checkpoints(self) -> Iterator[Row[Any]]:
        """Yield every signed checkpoint, oldest first."""
        yield from self.execute(select(checkpoint).order_by(checkpoint.c.tree_size))

    def frontier(self, size: int) -> Frontier:
        """Return the right edge of the tree of *size* entries."""
        wanted = list(peaks(size))
        inner = [place for place in wanted if place[0]]
        rows = (
            self.all(select(node).where(tuple_(node.c.level, node.c.idx).in_(inner)))
            if inner
            else []
        )
        found = {(row.level, row.idx): row.hash for row in rows}
        if size & 1:
            found[0, size - 1] = self.subtree(0, size - 1)
        return Frontier(size, tuple(found[place] for place in wanted if place in found))

    def subtree(self, level: int, index: int) -> bytes:
        """Return the hash of one perfect subtree."""
        row = self.one(
            select(node.c.hash).where(node.c.level == level, node.c.idx == index)
            if level
            else select(entry.c.leaf_hash).where(entry.c.seq == index)
        )
        if row is None:
            message = f"the log has no subtree {index} of level {level}"
            raise ProofError(message)
        return bytes(row[0])

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """Return up to *count* hashes of one tree level, as stored."""
        table, place, value = (
            (node, node.c.idx, node.c.hash) if level else (entry, entry.c.seq, entry.c.leaf_hash)
        )
        query = select(value).where(place >= first, place < first + count).order_by(place)
        if level:
            query = query.where(table.c.level == level)
        return [bytes(row[0]) for row in self.all(query)]

    def leaves(self, first: int, count: int) -> list[bytes]:
        """Return up to *count* entries, as stored."""
        within = (entry.c.seq >= first) & (entry.c.seq < first + count)
        return [
            bytes(r[0]) for r in self.all(select(entry.c.leaf).where(within).order_by(entry.c.seq))
        ]

    def entry(self, seq: int) -> Row[Any] | None:
        """Return one entry."""
        return self.one(select(entry).where(entry.c.seq == seq))

    def last_entry(self) -> Row[Any] | None:
        """Return the newest entry."""
        return self.one(select(entry).order_by(entry.c.seq.desc()).limit(1))

    def has_event(self, event_id: UUID) -> bool:
        """Say whether the log holds this event."""
        return self.one(select(entry.c.seq).where(entry.c.event_id == event_id)) is not None

    def append(self, seq: int, leaf: Mapping[str, Value], stored: bytes, leaf_hash: bytes) -> None:
        """Write one entry."""
        actor, told = leaf.get("actor", {}), leaf.get("data", {})
        self.insert(
            entry,
            seq=seq,
            event_id=UUID(leaf["event_id"]),
            leaf=stored,
            leaf_hash=leaf_hash,
            recorded_at=self.now,
            type=leaf["type"],
            occurred_at=datetime.fromisoformat(leaf["occurred_at"]),
            request_id=_uuid(leaf.get("request_id")),
            referral_id=_uuid(leaf.get("referral_id")),
            consent_id=_uuid(leaf.get("consent_id")),
            actor_id=actor.get("id"),
            agency_id=_uuid(actor.get("agency_id")),
            about_agency_id=_uuid(leaf.get("recipient_agency_id") or told.get("agency_id")),
        )

    def keep_nodes(self, nodes: Iterable[Node]) -> None:
        """Write perfect subtrees that have just been completed."""
        for made in nodes:
            self.insert(node, level=made.level, idx=made.index, hash=made.hash)

    def keep_checkpoint(self, head: Head, note: str) -> None:
        """Write a signed checkpoint."""
        self.insert(checkpoint, tree_size=head.size, root=head.root, note=note)

    def counts(self) -> dict[str, Count]:
        """Return how far each producer has been followed."""
        return {r.producer: Count(r.epoch, r.next_seq, r.this) for r in self.ask(_COUNTS)}

    def keep_counts(self, counts: Mapping[str, Count]) -> None:
        """Write how far each of these producers has been followed."""
        for producer, count in counts.items():
            told = {"epoch": count.epoch, "next_seq": count.next_seq, "this": count.this}
            if not self.change(_FOLLOW, of=producer, **told):
                self.insert(followed, producer=producer, **told)

    def hold(self, leaf: Mapping[str, Value]) -> None:
        """Keep a leaf whose predecessor has not come yet."""
        key = {"producer": leaf["producer"], "epoch": leaf["producer_epoch"]}
        row = {**key, "seq": leaf["producer_seq"], "leaf": leaf, "since": self.now}
        self.insert_or_change(waiting, row, {"leaf": leaf, "since": self.now})

    def held(self) -> dict[tuple[str, str, int], Mapping[str, Value]]:
        """Return every leaf that waits, by producer, epoch and number."""
        return {(r.producer, r.epoch, r.seq): r.leaf for r in self.ask(_HELD)}

    def release(self, producer: str, epoch: str, seq: int) -> None:
        """Let go of a leaf that has been appended."""
        here = (waiting.c.producer == producer, waiting.c.epoch == epoch, waiting.c.seq == seq)
        self.execute(delete(waiting).where(*here))

    def oldest_waiting(self) -> Row[Any] | None:
        """Return the leaf that has waited longest for its predecessor."""
        return self.one(select(waiting).order_by(waiting.c.since).limit(1))

    def has_alarm(self) -> bool:
        """Say whether the log has something to complain of."""
        return bool(alarms(self))

    def keep_references(self, requests: Iterable[RequestSubmitted]) -> None:
        """Keep by which references people call these requests."""
        for request in requests:
            known = {"reference": request.reference, "request_id": request.request_id}
            self.add_unless_there(called, **known)

    def request_called(self, reference: str) -> UUID | None:
        """Return the request that people call by this reference."""
        row = self.one(select(called.c.request_id).where(called.c.reference == reference))
        return row.request_id if row else None

    def references(self, request_ids: Collection[UUID]) -> dict[str, str]:
        """Return what people call these requests."""
        rows = self.all(select(called).where(called.c.request_id.in_(request_ids)))
        return {str(row.request_id): row.reference for row in rows}

    def staff_names(self, agency_id: UUID | None = None) -> dict[str, str]:
        """Return the names of staff by id, of one agency or of all."""
        query = select(staff.c.staff_id, staff.c.name)
        if agency_id is not None:
            query = query.where(staff.c.agency_id == agency_id)
        return {str(row.staff_id): row.name for row in self.all(query)}

    def agency_names(self) -> dict[str, str]:
        """Return the names of agencies by id, in the order of the alphabet."""
        rows = self.all(select(agency.c.agency_id, agency.c.name).order_by(agency.c.name))
        return {str(r.agency_id): r.name for r in rows}

    def is_hub(self, agency_id: UUID | None) -> bool:
        """Say whether an agency is known to run the partnership now."""
        here = (agency.c.agency_id == agency_id, agency.c.is_hub.is_(True))
        return self.one(select(agency.c.agency_id).where(*here)) is not None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def open_store(settings: Settings, clock: Clock | None = None) -> Store[AuditTransaction]:
    """Open the log's database."""
    return Store(
        settings.database(SERVICE),
        metadata,
        transaction=AuditTransaction,
        clock=clock,
        migrations=Path(__file__).parent / "migrations",
    )
