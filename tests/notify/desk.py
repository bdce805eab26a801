"""Notify on a folder of its own, a real SMTP server, and an intake that answers as told."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import orjson
from joserfc import jwe
from joserfc.jwk import ECKey
from sqlalchemy import select

from services.notify import create_chores, create_store, create_worker
from services.notify.sealing import ALGORITHMS
from services.notify.sink import Mailbox, Sink, readable
from services.notify.storage import delivery
from shared.bus.envelope import Message
from shared.bus.message import ANNOUNCED
from shared.clock import SystemClock
from shared.ids import new_id
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Row

    from shared.clock import Clock

T = TypeVar("T")
HUB, ASKED, REFERRER = (UUID(f"019a0000-0000-7000-8000-a9e00000000{n}") for n in (1, 2, 3))
REFERENCE = "HDJ2-123F"
PATIENCE = 60.0
GOLDEN = Path(__file__).parent.parent / "contracts"


def heard(
    kind: str, data: dict[str, Any], *, expires: datetime | None = None, sequence: int | None = None
) -> Message:
    """Return a message of another service as the bus hands it over."""
    return Message(
        id=new_id(),
        type=kind,
        producer="another",
        subject="s",
        time=SystemClock().now(),
        sequence=sequence,
        actor={},
        correlation_id=str(new_id()),
        causation_id=None,
        expires=expires,
        producer_epoch="e",
        producer_seq=1,
        producer_prev="",
        body=orjson.dumps(data),
    )


class Desk:
    """Drives notify: says what it hears, shows what it keeps and what it announced."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.store = create_store(settings, self.clock)
        self.worker = create_worker(settings, self.store)
        self._stop = threading.Event()
        for number, agency in enumerate((HUB, ASKED, REFERRER)):
            self.hears("agency.changed.v1", self.agency(agency, number), sequence=1)

    @staticmethod
    def agency(agency_id: UUID, number: int, **changes: Any) -> dict[str, Any]:
        return {
            "agency_id": agency_id,
            "name": f"Agency {number}",
            "kind": "hub" if agency_id == HUB else "voluntary",
            "active": True,
            "mailbox": f"referrals@agency{number}.example.org",
            "phone": "020 7946 0100",
            **changes,
        }

    def hears(self, kind: str, data: dict[str, Any], **how: Any) -> Message:
        message = heard(kind, data, **how)
        self.hears_again(message)
        return message

    def hears_again(self, *messages: Message) -> None:
        parked = self.worker.deliver(messages)
        assert parked == {}

    def submitted(self, request_id: UUID | None = None) -> UUID:
        request_id = request_id or new_id()
        data = {"request_id": request_id, "reference": REFERENCE}
        self.hears("request.submitted.v1", data)
        return request_id

    def sent(self, referrer: UUID | None = None, **changes: Any) -> dict[str, Any]:
        data = {
            "referral_id": new_id(),
            "request_id": new_id(),
            "reference": REFERENCE,
            "agency_id": ASKED,
            "referrer_agency_id": referrer,
            "enquiry": False,
            "answer_by": "2026-11-26T17:00:00+00:00",
            **changes,
        }
        self.hears("referral.sent.v1", data)
        return data

    def rows(self, **where: Any) -> list[Row[Any]]:
        wanted = [delivery.c[name] == value for name, value in where.items()]
        with self.store.read() as tx:
            return tx.all(select(delivery).where(*wanted).order_by(delivery.c.id))

    def announced(self, kind: str) -> list[dict[str, Any]]:
        outbox = self.store.metadata.tables["outbox"]
        assert kind in {known.type for known in ANNOUNCED.values()}
        with self.store.read() as tx:
            rows = tx.all(select(outbox).where(outbox.c.type == kind).order_by(outbox.c.id))
        return [json.loads(row.body) for row in rows]

    def questions(self) -> list[dict[str, Any]]:
        return self.announced("contact.requested.v1")

    def answer(
        self, question: dict[str, Any], address: str, *, expires: datetime, language: str = "en"
    ) -> Message:
        """Return intake's answer to *question*, sealed as intake seals it."""
        return heard(
            "contact.released.v1",
            {
                "contact_request_id": question["contact_request_id"],
                "request_id": question["request_id"],
                "channel": "email",
                "language": language,
                "sealed": seal(question["public_key"], address),
            },
            expires=expires,
        )

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Run the sender while the block lasts."""
        stop = threading.Event()
        sender = create_chores(self.settings, self.store)[0]
        thread = threading.Thread(target=sender.run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def until(self, state: str, count: int = 1) -> list[Row[Any]]:
        """Wait until *count* deliveries are in *state*, and return them."""
        return self._waited(lambda: self.rows(state=state), count)

    def until_tried(self) -> list[Row[Any]]:
        """Wait until some delivery was tried in vain, and return those."""
        return self._waited(lambda: [row for row in self.rows() if row.attempts], 1)

    def until_asked(self, count: int) -> dict[str, Any]:
        """Wait until *count* questions about an address were put, and return the last."""
        return self._waited(self.questions, count)[-1]

    def _waited(self, look: Callable[[], list[T]], count: int) -> list[T]:
        ticker = threading.Event()
        for _ in range(int(PATIENCE / 0.01)):
            if len(found := look()) >= count:
                return found
            ticker.wait(0.01)
        states = [(row.audience, row.state, row.reason) for row in self.rows()]
        raise AssertionError(f"never {count}: {states}")

    @staticmethod
    def new_id() -> UUID:
        return new_id()


def seal(public_key: str, address: str) -> str:
    """Seal as intake does."""
    told = {"address": address, "name_to_ask_for": None, "leave_message": False}
    header = {"alg": ALGORITHMS[0], "enc": ALGORITHMS[1]}
    key = ECKey.import_key(json.loads(public_key))
    return jwe.encrypt_compact(header, orjson.dumps(told), key, algorithms=ALGORITHMS)


def told(kind: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Return a message as its golden example has it, between the agencies of this desk."""
    example = json.loads((GOLDEN / f"{kind}.v1" / "example.json").read_text())
    sides = {"agency_id": ASKED, "referrer_agency_id": REFERRER, "reference": REFERENCE}
    same = {name: value for name, value in sides.items() if name in example}
    return f"{kind}.v1", {**example, **same, **changes}


def of(known: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what makes a message one about the referral that is *known*."""
    return {name: known[name] for name in ("referral_id", "request_id")} | changes


def written(desk: Desk, request_id: UUID) -> set[tuple[str, str]]:
    """Return whom something is written to about a request, and what."""
    return {(row.audience, row.template) for row in desk.rows(request_id=request_id)}


class Post:
    """A real SMTP server, and what lies in its mailbox."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = Mailbox(folder)
        self.sink = Sink(self.mailbox).start()

    def mails(self) -> list[dict[str, str]]:
        """Return the mails, oldest first."""
        found = [self.mailbox.read(name) for name in reversed(self.mailbox.names())]
        return [readable(mail) for mail in found if mail is not None]

    def to(self) -> list[str]:
        return sorted(mail["to"] for mail in self.mails())
