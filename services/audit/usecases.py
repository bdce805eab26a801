"""Growing the log: what was heard becomes leaves, in the order its producers counted.

Promise: one batch is one transaction: leaves, subtrees, counts and one signed checkpoint, or
nothing. The log never has a hole: what came early waits. When signing fails, events are still
appended, an alarm stands, and the next checkpoint covers them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from services.audit.domain.counters import Count, Place
from services.audit.domain.leaf import Kind, Origin, Told, Value, leaf
from services.audit.domain.proofs import consistency_proof
from services.audit.domain.tiles import MAX_ENTRY
from services.audit.domain.tree import Frontier, Node, leaf_hash
from services.audit.errors import SignerRefusedError, SignerUnavailableError
from services.audit.signer import Head
from shared.alarms import clear_alarm, raise_alarm
from shared.bus.catalogue import CATALOGUE
from shared.bus.chain import fingerprint
from shared.bus.envelope import UnreadableMessageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from services.audit.domain.proofs import Subtree
    from services.audit.signer import Signer
    from services.audit.storage import AuditTransaction
    from shared.bus import Message

Leaf = dict[str, Value]

HEARTBEAT = "log.heartbeat.v1"
EPOCH_STARTED = "log.epoch_started.v1"
OWN = Kind(action="E", outcome=0, object_type="log", kept=("producer", "epoch", "first_seq"))
PATIENCE = timedelta(seconds=60)
ROOMY = 32_000  # a leaf holds less than its body and some two thousand bytes of envelope
SIGNING = "checkpoint_signing"
GAP = "log_gap"
CHAIN = "log_chain"


def canonical(made: Leaf) -> bytes:
    """Write a leaf as RFC 8785 would: sorted keys, no spaces, and no floats by construction."""
    return orjson.dumps(made, option=orjson.OPT_SORT_KEYS)


def leaf_of(message: Message) -> Leaf:
    """Return what the log keeps of *message*: by allow-list, or ids alone for unknown types."""
    known = CATALOGUE.get(message.type)
    kind = Kind(known.action, known.outcome, known.object_type, known.leaf) if known else Kind()
    origin = Origin(
        message.producer,
        message.producer_epoch,
        message.producer_seq,
        message.producer_prev,
        fingerprint(message.id, message.body),
    )
    told = Told(
        str(message.id),
        message.type,
        message.time,
        message.subject,
        message.sequence,
        message.actor,
        message.correlation_id,
        _readable(message),
        origin,
        message.restates,
    )
    made = leaf(told, kind)
    return made if len(message.body) < ROOMY else fitted(made)


def _readable(message: Message) -> dict[str, Value]:
    """Return the body; what cannot be read still has its place in the count, and in the log."""
    try:
        return message.data
    except UnreadableMessageError:
        return {}


def own_leaf(tx: AuditTransaction, kind: str, data: dict[str, Value]) -> Leaf:
    """Return an entry that the log makes about itself."""
    actor = {"kind": "system", "id": "audit"}
    told = Told(str(tx.new_id()), kind, tx.now, "log", None, actor, None, data, None)
    return leaf(told, OWN)


def fitted(made: Leaf) -> Leaf:
    """Return the leaf, without its lists when it would not fit into a tile."""
    if len(canonical(made)) <= MAX_ENTRY:
        return made
    rest = {name: value for name, value in made.items() if name not in {"data", "fields_accessed"}}
    return {**rest, "data": {"omitted": "too long"}}


def in_order(messages: Iterable[Message], tx: AuditTransaction) -> list[Leaf]:
    """Return the leaves that may be appended now; keep those that came early."""
    line = _Line(tx)
    for message in messages:
        line.take(leaf_of(message))
    tx.keep_counts(line.changed)
    return line.ready


class _Line:
    """Producers' messages, put in the order in which they were counted."""

    def __init__(self, tx: AuditTransaction) -> None:
        self.ready: list[Leaf] = []
        self.changed: dict[str, Count] = {}
        self._tx = tx
        self._counts = tx.counts()
        self._held = tx.held()

    def take(self, made: Leaf) -> None:
        """Put one leaf where it belongs: into the line, aside, or away."""
        producer, epoch, seq = made["producer"], made["producer_epoch"], made["producer_seq"]
        count = self._counts.setdefault(producer, Count(epoch))
        place = count.place(epoch, seq)
        if place is Place.NEW_EPOCH:
            told = {"producer": producer, "epoch": epoch, "first_seq": seq}
            self.ready.append(own_leaf(self._tx, EPOCH_STARTED, told))
            self._counts[producer] = Count(epoch, seq, made["producer_prev"])
            place = Place.NEXT
        if place is Place.NEXT:
            self._append(made)
            self._drain(producer, epoch)
        elif place is Place.EARLY:
            self._held[producer, epoch, seq] = made
            self._tx.hold(made)
        elif not self._tx.has_event(UUID(made["event_id"])):
            fact = f"{producer} used its number {seq} twice; the second event is not in the log"
            raise_alarm(self._tx, CHAIN, fact, "log-chain")

    def _append(self, made: Leaf) -> None:
        producer, seq = made["producer"], made["producer_seq"]
        count = self._counts[producer]
        if made["producer_prev"] != count.this:
            fact = f"{producer}'s event {seq} does not follow from the one before it"
            raise_alarm(self._tx, CHAIN, fact, "log-chain")
        self.ready.append(made)
        self._counts[producer] = self.changed[producer] = count.after(seq, made["producer_this"])

    def _drain(self, producer: str, epoch: str) -> None:
        while self._held:
            seq = self._counts[producer].next_seq
            made = self._held.pop((producer, epoch, seq), None)
            if made is None:
                return
            self._append(dict(made))
            self._tx.release(producer, epoch, seq)


class Sequencer:
    """Appends leaves and signs the head; the only code that makes the log grow."""

    def __init__(
        self,
        signer: Signer,
        learn: Callable[[Sequence[Message], AuditTransaction], None] | None = None,
    ) -> None:
        self.signer = signer
        self._learn = learn
        self._edge = Frontier()

    def react(self, messages: Sequence[Message], tx: AuditTransaction) -> None:
        """Append what *messages* tell; this is the worker's batch function."""
        self.append(in_order(messages, tx), tx)
        if self._learn:
            self._learn(messages, tx)

    def append(self, leaves: Sequence[Leaf], tx: AuditTransaction) -> None:
        """Append *leaves* and sign one checkpoint over the log that results."""
        if not leaves:
            return
        head = tx.head()
        before = self._right_edge(head, tx)
        stored = [canonical(made) for made in leaves]
        hashes = [leaf_hash(data) for data in stored]
        after, nodes = before.extended(hashes)
        rows = zip(leaves, stored, hashes, strict=True)
        for seq, (made, data, value) in enumerate(rows, start=before.size):
            tx.append(seq, made, data, value)
        tx.keep_nodes(nodes)
        fresh = [Node(0, seq, value) for seq, value in enumerate(hashes, start=before.size)]
        self._sign(head, after, _subtrees((*before.nodes(), *fresh, *nodes), tx), tx)
        self._edge = after

    def _right_edge(self, head: Head, tx: AuditTransaction) -> Frontier:
        """Return the log's right edge: the one in hand, if what is signed last is its root."""
        size = tx.size()
        in_hand = self._edge.size == size == head.size and self._edge.root == head.root
        return self._edge if in_hand else tx.frontier(size)

    def sign_rest(self, tx: AuditTransaction) -> None:
        """Sign the head if entries were appended while signing was impossible."""
        head, size = tx.head(), tx.size()
        if size > head.size:
            self._sign(head, tx.frontier(size), tx.subtree, tx)

    def _sign(self, base: Head, after: Frontier, subtree: Subtree, tx: AuditTransaction) -> None:
        new = Head(after.size, after.root)
        try:
            proof = consistency_proof(base.size, new.size, subtree) if base.size else []
            note = self.signer.sign(base, new, proof)
        except (SignerRefusedError, SignerUnavailableError) as error:
            raise_alarm(tx, SIGNING, str(error), "checkpoint-signing")
            return
        tx.keep_checkpoint(new, str(note))
        clear_alarm(tx, SIGNING)


def _subtrees(known: Iterable[Node], tx: AuditTransaction) -> Subtree:
    """Look up subtrees among those in hand before asking the database."""
    hashes = {(n.level, n.index): n.hash for n in known}

    def subtree(level: int, index: int) -> bytes:
        return hashes.get((level, index)) or tx.subtree(level, index)

    return subtree


def watch_gaps(tx: AuditTransaction) -> None:
    """Raise an alarm while an event has waited more than a minute for the one before it."""
    oldest = tx.oldest_waiting()
    if oldest is None or tx.now - oldest.since < PATIENCE:
        clear_alarm(tx, GAP)
        return
    count = tx.counts().get(oldest.producer, Count(oldest.epoch))
    fact = f"{oldest.producer}'s event {count.next_seq} is missing; event {oldest.seq} waits for it"
    raise_alarm(tx, GAP, fact, "log-gap")
