"""A driver of intake's core: it hears other services, takes requests in and is looked into."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from sqlalchemy import func, select

from services.intake import create_app, create_store, create_worker
from services.intake.domain.submission import (
    Address,
    Channel,
    Consent,
    Contact,
    Grant,
    NamedService,
    Person,
    Submission,
)
from services.intake.usecases import Submitted, publish_notice, submit_request
from shared.bus.envelope import Message
from shared.identity import Principal
from shared.ids import new_id
from shared.settings import Settings
from shared.testing.clock import FixedClock
from shared.testing.sign_on import PretendIssuer

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
REFERRER, ADVICE, HOMES, HUB, GONE = (UUID(int=number) for number in range(1, 6))
DEBT, RENT, SHUT = UUID(int=11), UUID(int=12), UUID(int=13)
AREA = "E09000032"
NOTICE = "wandle-2026-11"
EMAIL = "marigold@example.org"
STORY = "Letters keep coming and I dare not open them."
PERSONAL = ("Marigold", "Thistlewood", EMAIL, "1 High St", "SW18 2PU", "1980-01-02", STORY)
ALL = ("identity", "contact", "address", "story", "access_needs")

AGENCIES = {
    REFERRER: ("Alton Family Centre", "agency", True),
    ADVICE: ("Wandle Advice", "agency", True),
    HOMES: ("Homes First", "agency", True),
    HUB: ("Wandle Hub", "hub", True),
    GONE: ("Gone Away", "agency", False),
}
SERVICES = {
    DEBT: (ADVICE, "Debt advice", ["debt"], "open"),
    RENT: (HOMES, "Rent help", ["debt", "housing"], "full"),
    SHUT: (HOMES, "Hostel", ["housing"], "closed_to_referrals"),
}


def a_grant(recipient: UUID = ADVICE, *categories: str, **changes: Any) -> Grant:
    told = {"purpose": "refer", "decision": "given", **changes}
    return Grant(recipient=recipient, categories=categories or ALL, **told)


def a_consent(*grants: Grant, **changes: Any) -> Consent:
    told = {
        "notice": NOTICE,
        "language": "en",
        "method": "online_form",
        "given_by": "self",
        "valid_until": date(2027, 11, 1),
        "grants": grants or (a_grant(),),
    }
    return Consent(**{**told, **changes})


def an_email(value: str = EMAIL, safe: str = "yes", **changes: Any) -> Channel:
    return Channel("email", value, safe, **changes)


def a_submission(**changes: Any) -> Submission:
    told = {
        "person": Person(
            "Marigold", "Thistlewood", date(1980, 1, 2), Address(("1 High St",), "sw182pu")
        ),
        "contact": Contact("en", None, (an_email(),)),
        "needs": ("debt",),
        "story": STORY,
        "source": "SELF_WEB",
        "relationship": "self",
        "consent": a_consent(),
        "access_needs": ("bsl",),
    }
    return Submission(**{**told, **changes})


def naming(service: UUID = DEBT, **changes: Any) -> tuple[NamedService, ...]:
    return (NamedService(service, why_this_service="They know the family.", **changes),)


def a_body(**changes: Any) -> dict[str, Any]:
    """Return a whole valid body of POST /api/v1/requests."""
    grant = {"purpose": "refer", "recipient": str(ADVICE), "categories": ["identity", "story"]}
    channel = {"kind": "email", "value": EMAIL, "safe": "yes", "leave_message": False}
    consent = {
        "notice": NOTICE,
        "language": "en",
        "method": "in_person_verbal",
        "given_by": "self",
        "witness": "Wilhelmina Witness",
        "valid_until": "2027-11-01",
        "grants": [{**grant, "decision": "given"}],
    }
    body = {
        "person": {
            "given_name": "Marigold",
            "family_name": "Thistlewood",
            "date_of_birth": "1980-01-02",
            "address": {"lines": ["1 High St"], "postcode": "SW18 2PU"},
            "no_fixed_abode": False,
        },
        "contact": {"language": "en", "interpreter": None, "channels": [channel]},
        "needs": ["debt", "housing"],
        "threshold": 2,
        "urgency": "routine",
        "story": STORY,
        "source": "PARTNER_API",
        "relationship": "professional",
        "consent": consent,
        "referrals": [
            {
                "service": str(DEBT),
                "why_this_service": "They know the family.",
                "how_eligible": "Lives here",
                "discussed_with": {
                    "name": "Petronella Phone",
                    "channel": "phone",
                    "at": "2026-11-22T10:00:00Z",
                    "agreed": True,
                },
            }
        ],
    }
    return {**json.loads(json.dumps(body)), **changes}


class Desk:
    """Intake on a fresh database, told of a small partnership."""

    def __init__(self, var: Path) -> None:
        self.clock = FixedClock(NOW)
        self.settings = Settings(var=var)
        self.store = create_store(self.settings, self.clock)
        self.app = create_app(self.settings, self.store)
        self.worker = create_worker(self.settings, self.store)
        self.issuer = PretendIssuer(self.app)
        self.delay = timedelta()
        self._seq = itertools.count(1)
        with self.store.begin() as tx:
            publish_notice({"id": NOTICE, "language": "en", "text": "We keep what you tell."}, tx)
        for agency in AGENCIES:
            self.hears_of_agency(agency)
        for service in SERVICES:
            self.hears_of_service(service)

    def hears(self, type_: str, subject: UUID, sequence: int | None = None, **data: Any) -> None:
        """Deliver one message from another service, and insist that it is not parked."""
        message = Message(
            id=new_id(),
            type=type_,
            producer="matching",
            subject=str(subject),
            time=self.clock.now() - self.delay,
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
