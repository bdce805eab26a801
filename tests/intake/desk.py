"""A driver of intake's core: it hears other services, takes requests in and is looked into."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson
from intake.telling import (
    ADVICE,
    AGENCIES,
    AREA,
    DEBT,
    NOTICE,
    NOW,
    REFERRER,
    SERVICES,
    a_submission,
)
from sqlalchemy import func, select

from services.intake import create_app, create_store, create_worker
from services.intake.usecases import Submitted, publish_notice, submit_request
from shared.bus.envelope import Message
from shared.identity import Principal
from shared.ids import new_id
from shared.settings import Settings
from shared.testing.clock import FixedClock
from shared.testing.sign_on import PretendIssuer

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from flask import Flask

    from services.intake.domain.submission import Submission


class Desk:
    """Intake on a fresh database, told of a small partnership."""

    def __init__(self, var: Path) -> None:
        self.clock = FixedClock(NOW)
        self.settings = Settings(var=var)
        self.store = create_store(self.settings, self.clock)
        self.worker = create_worker(self.settings, self.store)
        self._seq = itertools.count(1)
        with self.store.begin() as tx:
            publish_notice({"id": NOTICE, "language": "en", "text": "We keep what you tell."}, tx)
        for agency in AGENCIES:
            self.hears_of_agency(agency)
        for service in SERVICES:
            self.hears_of_service(service)

    @cached_property
    def app(self) -> Flask:
        """Its pages, for those who ask for one."""
        return create_app(self.settings, self.store)

    @cached_property
    def issuer(self) -> PretendIssuer:
        """Whoever says who may ask."""
        return PretendIssuer(self.app)

    def hears(self, type_: str, subject: UUID, sequence: int | None = None, **data: Any) -> None:
        """Deliver one message from another service, and insist that it is not parked."""
        message = Message(
            id=new_id(),
            type=type_,
            producer=data.pop("producer", "matching"),
            subject=str(subject),
            time=data.pop("told_at", None) or self.clock.now(),
            sequence=sequence,
            actor={"kind": "system"},
            correlation_id=None,
            causation_id=None,
            expires=None,
            producer_epoch=str(new_id()),
            producer_seq=next(self._seq),
            producer_prev="",
            body=orjson.dumps(data),
        )
        assert self.worker.hears(type_), type_
        assert self.worker.deliver([message]) == {}

    def hears_of_agency(self, agency: UUID, **changes: Any) -> None:
        name, kind, active = AGENCIES[agency]
        told = {"agency_id": agency, "name": name, "kind": kind, "active": active, "phone": "020"}
        self.hears("agency.changed.v1", agency, **{**told, "mailbox": "", **changes})

    def hears_of_service(self, service: UUID, **changes: Any) -> None:
        agency, name, needs, status = SERVICES[service]
        told = {
            "service_id": service,
            "agency_id": agency,
            "name": name,
            "description": "Help",
            "needs": needs,
            "area_codes": [AREA],
            "minimum_age": 18,
            "maximum_age": None,
            "categories": ["identity"],
            "status": status,
            "listed": "public",
        }
        self.hears("service.published.v1", service, **{**told, **changes})

    def hears_of_referral(
        self,
        state: str,
        request: UUID,
        referral: UUID,
        sequence: int,
        agency: UUID = ADVICE,
        service: UUID = DEBT,
        **more: Any,
    ) -> None:
        ids = {"referral_id": referral, "request_id": request}
        places = {"service_id": service, "agency_id": agency}
        reason = {"reason": "NO_CAPACITY"} if state == "declined" else {}
        self.hears(f"referral.{state}.v1", referral, sequence, **ids, **places, **reason, **more)

    def takes_in(self, submission: Submission | None = None) -> Submitted:
        with self.store.begin(actor=Principal.public()) as tx:
            return submit_request(submission or a_submission(), tx)

    def put_to(self, submitted: Submitted, *states: str, agency: UUID = ADVICE) -> UUID:
        """Let matching tell of a referral of this request, state by state."""
        referral = new_id()
        for sequence, state in enumerate(states, start=1):
            self.hears_of_referral(state, submitted.id, referral, sequence, agency)
        return referral

    def posts(self, body: Any, key: str | None = None, **how: Any) -> Any:
        """POST a request as the referrer's own system."""
        headers = self.issuer.bearer("request.submit", agency_id=str(REFERRER))
        headers["Idempotency-Key"] = key or str(new_id())
        headers |= how.pop("headers", {})
        sent = how or {"json": body}
        return self.app.test_client().post("/api/v1/requests", headers=headers, **sent)

    def gets(self, path: str, *scopes: str, agency: UUID = ADVICE) -> Any:
        headers = self.issuer.bearer(*scopes, agency_id=str(agency))
        return self.app.test_client().get(path, headers=headers)

    def announced(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the bodies of what was announced, in order."""
        outbox = self.store.metadata.tables["outbox"]
        with self.store.read() as tx:
            rows = tx.all(select(outbox.c.type, outbox.c.body).order_by(outbox.c.id))
        return [orjson.loads(row.body) for row in rows if kind in {None, row.type}]

    def actors(self, kind: str) -> list[dict[str, Any]]:
        """Return who caused each announcement of this kind, in order."""
        outbox = self.store.metadata.tables["outbox"]
        with self.store.read() as tx:
            rows = tx.all(select(outbox.c.headers).where(outbox.c.type == kind))
        return [row.headers["actor"] for row in rows]

    def rows(self) -> dict[str, int]:
        """Return how many rows each table holds that a submission may add to."""
        names = ("person", "request", "vault_key", "consent_record", "idempotency", "outbox")
        tables = self.store.metadata.tables
        with self.store.read() as tx:
            return {
                name: tx.execute(select(func.count()).select_from(tables[name])).scalar_one()
                for name in names
            }

    def everything_stored(self) -> bytes:
        """Return the bytes of every file of this deployment."""
        files = [file for file in self.settings.var.rglob("*") if file.is_file()]
        return b"".join(file.read_bytes() for file in files)


def pointers(answer: Any) -> set[str]:
    """Return the places named in a refusal."""
    return {fault["pointer"] for fault in answer.get_json()["errors"]}
