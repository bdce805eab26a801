"""A log in a folder of its own, and producers that count as the outbox does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import text

from services.audit.export import export, into_folder
from services.audit.handlers import learn
from services.audit.signer import Signer
from services.audit.storage import AuditTransaction, open_store
from services.audit.usecases import Sequencer
from shared.bus import Message
from shared.bus.chain import fingerprint
from shared.ids import new_id
from shared.settings import Settings
from shared.testing.clock import FixedClock

if TYPE_CHECKING:
    from pathlib import Path

    from shared.storage import Store

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ORIGIN = "hub.example/audit/log"


@dataclass
class Producer:
    """Announces like a service: counts, and names the one before."""

    name: str = "intake"
    epoch: str = "0192aaaa-0000-7000-8000-000000000001"
    at: datetime = NOON
    seq: int = 0
    prev: str = ""

    def says(self, kind: str = "request.submitted.v1", /, **told: Any) -> Message:
        subject = told.pop("subject", None) or str(new_id())
        actor = told.pop("actor", {"kind": "public"})
        sequence = told.pop("sequence", None)
        if kind == "request.submitted.v1":
            told.setdefault("reference", f"{self.name[:2]}-{self.seq}")
        body = orjson.dumps({"request_id": subject, **told})
        self.seq += 1
        self.at += timedelta(milliseconds=10)
        message = Message(
            id=new_id(),
            type=kind,
            producer=self.name,
            subject=subject,
            time=self.at,
            sequence=sequence,
            actor=actor,
            correlation_id=str(new_id()),
            causation_id=None,
            expires=None,
            producer_epoch=self.epoch,
            producer_seq=self.seq,
            producer_prev=self.prev,
            body=body,
        )
        self.prev = fingerprint(message.id, body)
        return message

    def says_many(self, count: int, **told: Any) -> list[Message]:
        return [self.says(needs=["debt"], urgency="routine", **told) for _ in range(count)]


def unguard(tx: AuditTransaction, *guards: str) -> None:
    """Do what only whoever owns the database can: take guards off the log."""
    on_table = tx._connection.dialect.name == "postgresql"
    for guard in guards:
        table = guard.partition("_")[0]
        tx.execute(text(f"DROP TRIGGER IF EXISTS {guard}{f' ON {table}' if on_table else ''}"))


@dataclass
class Log:
    """The audit service without its web pages."""

    folder: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))

    def __post_init__(self) -> None:
        self.settings = Settings(var=self.folder)
        self.signer = Signer(self.settings.keys, ORIGIN)
        self.store: Store[AuditTransaction] = open_store(self.settings, self.clock)
        self.sequencer = Sequencer(self.signer, learn)

    def hears(self, *messages: Message) -> None:
        with self.store.begin() as tx:
            self.sequencer.react(messages, tx)

    def hears_in_batches(self, messages: list[Message], size: int = 10) -> None:
        for start in range(0, len(messages), size):
            self.hears(*messages[start : start + size])

    @property
    def size(self) -> int:
        with self.store.read() as tx:
            return tx.size()

    def leaves(self) -> list[dict[str, Any]]:
        with self.store.read() as tx:
            return [orjson.loads(data) for data in tx.leaves(0, tx.size())]

    def alarms(self) -> list[str]:
        with self.store.read() as tx:
            return [row.name for row in tx.all(tx.table("alarms").select())]

    def policy(self) -> Path:
        path = self.folder / "policy.txt"
        path.write_text(f"log {self.signer.vkey}\nquorum none\n", encoding="utf-8")
        return path

    def exported(self, name: str = "export") -> Path:
        target = self.folder / name
        export(self.store, self.signer.vkey, into_folder(target))
        return target
