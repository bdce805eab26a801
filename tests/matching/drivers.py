"""A hub's matching service as a test drives it: agencies, services, requests, answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from services.matching import create_store
from services.matching.domain.declining import TEACHES
from services.matching.heard import Grant, RequestSubmitted
from services.matching.storage import tables as t
from services.matching.usecases import (
    Acceptance,
    Decline,
    accept,
    decline,
    open_referral,
    place_request,
    publish_guide,
    set_capacity,
)
from shared.identity import Principal
from shared.ids import new_id
from shared.settings import Settings
from shared.testing.clock import FixedClock

ADVICE = UUID("019a0000-0000-7000-8000-a9e0000000a1")
MONEY = UUID("019a0000-0000-7000-8000-a9e0000000a2")
SURGERY = UUID("019a0000-0000-7000-8000-a9e0000000a3")
WANDSWORTH = "E09000032"
ALL_SCOPES = frozenset(
    {
        "guide.read",
        "guide.write",
        "capacity.write",
        "referral.read",
        "referral.respond",
        "referral.submit",
    }
)


def an_agency(agency_id: UUID, name: str = "An agency") -> dict[str, Any]:
    mailbox = f"{agency_id.hex[-4:]}@example.org"
    return {"id": str(agency_id), "name": name, "kind": "voluntary", "mailbox": mailbox}


def a_service(agency_id: UUID = ADVICE, *, places: int | None = 3, **values: Any) -> dict[str, Any]:
    waiting = values.pop("takes_waiting_list", False)
    known = {"places": places, "takes_waiting_list": waiting, "as_of_days_ago": 0}
    return {
        "id": str(new_id()),
        "agency_id": str(agency_id),
        "name": "Debt advice",
        "needs": ["debt"],
        "area_codes": [WANDSWORTH],
        "minimum_age": 18,
        "listed": "public",
        "location": "shown",
        "contact_public": "named",
        "capacity": known if places is not None else None,
        **values,
    }


def a_client(agency_id: UUID, scopes: Iterable[str] = ALL_SCOPES) -> Principal:
    name = f"client-{agency_id.hex[-4:]}"
    return Principal(kind="client", id=name, agency_id=agency_id, scopes=frozenset(scopes))


class Matching:
    """The service on a folder of its own; every method is one transaction."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock()
        self.settings = Settings(var=folder)
        self.store = create_store(self.settings, self.clock)
        self.agencies = [
            an_agency(ADVICE, "Wandle Advice"),
            an_agency(MONEY, "Money Centre"),
            an_agency(SURGERY, "The Surgery"),
        ]

    def hub_is(self, agency_id: UUID) -> None:
        """Let this agency run the partnership."""
        for agency in self.agencies:
            agency["kind"] = "hub" if agency["id"] == str(agency_id) else agency["kind"]

    def publishes(self, *services: dict[str, Any], nation: str = "england") -> list[UUID]:
        guide = {"agencies": self.agencies, "services": services, "partnership": {"nation": nation}}
        with self.store.begin() as tx:
            publish_guide(guide, tx)
        return [UUID(service["id"]) for service in services]

    def a_request(self, *agreed: UUID, **values: Any) -> RequestSubmitted:
        grants = tuple(Grant("refer", agency, ("identity", "story")) for agency in agreed)
        request = RequestSubmitted(
            request_id=new_id(),
            reference="HDJ-2RF",
            consent_id=new_id(),
            submitted_at=self.clock.now(),
            needs=("debt",),
            area_codes=(WANDSWORTH, "E05014024"),
            geography_version="areas-1",
            age=46,
            language="en",
            interpreter=None,
            access_needs=(),
            groups=(),
            threshold=2,
            urgency="routine",
            source="PARTNER_API",
            referrer_agency_id=SURGERY,
            recipients=grants,
        )
        return replace(request, **values)

    def hears(self, *requests: RequestSubmitted) -> None:
        with self.store.begin() as tx:
            for request in requests:
                place_request(request, tx)

    def asks(self, *agreed: UUID, **values: Any) -> RequestSubmitted:
        request = self.a_request(*agreed, **values)
        self.hears(request)
        return request

    def referrals(self, request: RequestSubmitted | None = None) -> list[Any]:
        query = select(t.referral).order_by(t.referral.c.id)
        if request is not None:
            query = query.where(t.referral.c.request_id == request.request_id)
        with self.store.read() as tx:
            return tx.all(query)

    def the_referral(self, request: RequestSubmitted) -> Any:
        (referral,) = self.referrals(request)
        return referral

    def opens(self, referral: Any) -> Any:
        with self.store.begin(actor=a_client(referral.agency_id)) as tx:
            open_referral(referral.id, self._version(referral), tx)
        return self._now(referral)

    def accepts(
        self, referral: Any, start: date | None = None, *, note: str = "", places: int | None = None
    ) -> Any:
        day = start or (self.clock.now() + timedelta(days=3)).date()
        with self.store.begin(actor=a_client(referral.agency_id)) as tx:
            answer = Acceptance(day, note, places)
            accept(referral.id, self._version(referral), answer, tx)
        return self._now(referral)

    def declines(self, referral: Any, reason: str = "NO_CAPACITY", **values: Any) -> Any:
        if reason in TEACHES:
            values = {"would_have_been_right_if": "Somebody with another level of need.", **values}
        with self.store.begin(actor=a_client(referral.agency_id)) as tx:
            decline(referral.id, self._version(referral), Decline(reason, **values), tx)
        return self._now(referral)

    def says_places(
        self, service_id: UUID, places: int, *, takes_waiting_list: bool = False, **how: Any
    ) -> None:
        with self.store.begin() as tx:
            set_capacity(
                service_id,
                places,
                how.get("as_of"),
                tx,
                takes_waiting_list=takes_waiting_list,
            )

    def capacity(self, service_id: UUID) -> Any:
        with self.store.read() as tx:
            return tx.capacity(service_id)

    def announced(self, kind: str | None = None) -> list[dict[str, Any]]:
        with self.store.read() as tx:
            outbox = tx.table("outbox")
            rows = tx.all(select(outbox).order_by(outbox.c.id))
        return [
            {"type": row.type, **orjson.loads(row.body)}
            for row in rows
            if kind is None or row.type == f"{kind}.v1"
        ]

    def gaps(self) -> list[Any]:
        with self.store.read() as tx:
            return tx.all(select(t.gap).order_by(t.gap.c.id))

    def history(self, referral: Any) -> list[Any]:
        with self.store.read() as tx:
            return tx.history([referral.id])[referral.id]

    def _version(self, referral: Any) -> int:
        return int(self._now(referral).version)

    def _now(self, referral: Any) -> Any:
        with self.store.read() as tx:
            return tx.one(select(t.referral).where(t.referral.c.id == referral.id))
