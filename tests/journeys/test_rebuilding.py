"""Each service loses every copy it keeps of others' state, hears it again, and works as before.

Over the real bus of a running hub: nothing is placed, sent or told a second time.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import delete

from driving.asking import answers, walks
from driving.census import Census
from driving.load import open_wide, partners, with_scope
from driving.partner import Partner
from driving.running import ROOT, RunningHub
from driving.served import ServedHub
from driving.stories import a_story
from driving.visitor import Visitor
from shared.storage.database import open_database

TABLES = {
    "audit": "services.audit.tables",
    "identity": "services.identity.storage",
    "intake": "services.intake.storage.tables",
    "matching": "services.matching.storage.tables",
    "notify": "services.notify.storage.tables",
}
WHEN_HEARD = {"heard_at", "revoked_at"}
PROFILES = {"embedded": RunningHub, "served": ServedHub}
DONE = {
    "intake": ("request", "consent_event", "opening"),
    "matching": ("referral", "referral_event", "place", "gap", "placed"),
    "notify": ("delivery",),
    "identity": ("account", "client", "sign_on"),
}


class Partnership:
    """A hub in which one request was accepted, one declined, and one still waits."""

    def __init__(self, hub: RunningHub | ServedHub) -> None:
        self.hub, self.census = hub, Census.of(hub)
        self.recipient = open_wide(hub)
        (own, *_) = [c for c in with_scope(hub, "person.read") if c["agency_id"] == self.recipient]
        self.receiver = Partner(hub.credentials, own)
        self.referrer = partners(hub, 1)[0]
        self.requests = [self.asks() for _ in range(3)]
        self.census.until_settled()
        self.referrals = [self.referral_of(one) for one in self.requests]
        self.answers(0, "accept", {"forecast_start": _in_days(3)})
        self.answers(1, "decline", {"reason": "CANNOT_MATCH", "comment": "We know them."})
        self.signed_in = self.signs_in(0)
        self.census.until_settled()

    def asks(self) -> str:
        story = a_story(self.referrer.notice, [self.recipient])
        request: str = self.referrer.submit(story).json["id"]
        return request

    def referral_of(self, request: str) -> str:
        told = self.receiver.call("GET", "/api/v1/referrals?role=receiver&limit=200").json["items"]
        (referral,) = [one["id"] for one in told if one["request_id"] == request]
        return str(referral)

    def answers(self, which: int, action: str, body: dict[str, Any]) -> None:
        path = f"/api/v1/referrals/{self.referrals[which]}"
        for step, content in (("open", {}), (action, body)):
            etag = self.receiver.call("GET", path).headers["ETag"]
            done = self.receiver.call("POST", f"{path}/{step}", content, {"If-Match": etag})
            assert done.status == 200, done.body

    def sees(self, which: int) -> Any:
        """Return the status, and what the receiver is shown of one request's person."""
        path = f"/api/v1/requests/{self.requests[which]}/person?referral={self.referrals[which]}"
        answer = self.receiver.call("GET", path)
        return answer.status, answer.json.get("contact")

    def signs_in(self, which: int) -> Visitor:
        """Sign one of the staff in at the portal, each time another: a code is good once."""
        staff = [who for who in self.hub.credentials["staff"] if "worker" in who["roles"]]
        member, visitor = staff[which], Visitor(self.hub.base_url).get("/agency/")
        known = {"email": member["email"], "password": member["password"]}
        visitor.submit(visitor.form("sign-in"), known)
        code = pyotp.TOTP(member["totp_secret"]).now()
        return visitor.submit(visitor.form("code"), {"code": code})

    def offered(self) -> str:
        """Return the page of /ask that lists whom a person may agree to."""
        return walks(Visitor(self.hub.base_url), answers()).html

    def copies(self, service: str) -> dict[str, list[Any]]:
        return {table: self.rows(service, table) for table in self.read_models(service)}

    def rows(self, service: str, table: str) -> list[Any]:
        """Return the rows of one table, as they can be compared."""
        columns = import_module(TABLES[service]).metadata.tables[table].c.keys()
        kept = ", ".join(f'"{name}"' for name in columns if name not in WHEN_HEARD)
        query = f'SELECT {kept} FROM "{table}"'  # noqa: S608 - our own tables
        return sorted(self.census.rows(service, query), key=repr)

    def done(self) -> dict[str, int]:
        """Return how much has been done by all, which no restatement may add to."""
        counts = {
            table: len(self.rows(service, table))
            for service, tables in DONE.items()
            for table in tables
        }
        var = self.hub.plan.folder if isinstance(self.hub, ServedHub) else self.hub.var
        mails = [*(var / "demo" / "mail" / "new").iterdir()]
        return {**counts, "mails": len(mails), "announced": self.announced()}

    def announced(self) -> int:
        """Return how many events were announced for the first time."""
        query = "SELECT CAST(headers AS TEXT) FROM outbox"
        told = [row[0] for service in TABLES for row in self.census.rows(service, query)]
        return sum("restates" not in headers for headers in told)

    def loses_its_copies(self, service: str) -> None:
        place = open_database(self._place_of(service))
        with place.writing() as connection:
            for table in self.read_models(service):
                connection.execute(delete(import_module(TABLES[service]).metadata.tables[table]))
        place.close()

    def _place_of(self, service: str) -> Path | str:
        if isinstance(self.hub, ServedHub):
            return self.hub.plan.databases[service]
        return self.hub.var / f"{service}.sqlite3"

    def tells_again(self) -> None:
        known = {"ONWARD_VAR": str(self.hub.var), "PATH": ""}
        command = [sys.executable, "-m", "deploy.announce", "--state"]
        subprocess.run(command, cwd=ROOT, env=known, check=True)
        self.census.until_settled()

    @staticmethod
    def read_models(service: str) -> tuple[str, ...]:
        models: tuple[str, ...] = import_module(TABLES[service]).READ_MODELS
        return models


@pytest.fixture(scope="module", params=list(PROFILES))
def partnership(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Partnership]:
    if request.param == "served" and not request.config.getoption("--long"):
        pytest.skip("a minute and a half more; asked for by --long")
    hub = PROFILES[request.param](tmp_path_factory.mktemp("rebuilt") / "var")
    try:
        hub.start()
        known = Partnership(hub)
        known.tells_again()  # an entry is told again with the number of its places, if newer
        yield known
    finally:
        hub.forget() if isinstance(hub, ServedHub) else hub.stop()


@pytest.mark.parametrize("service", sorted(TABLES))
def test_a_service_that_lost_its_copies_hears_them_again_and_nothing_is_done_twice(
    partnership: Partnership, service: str
) -> None:
    copies, done = partnership.copies(service), partnership.done()
    assert any(copies.values())
    partnership.loses_its_copies(service)
    assert not any(partnership.copies(service).values())

    partnership.tells_again()

    assert partnership.copies(service) == copies
    assert partnership.done() == done


def test_after_all_that_everything_works_as_it_did(partnership: Partnership) -> None:
    assert partnership.sees(0)[0] == 200
    assert partnership.sees(0)[1] is not None
    assert partnership.sees(1)[0] == 404
    assert partnership.sees(2) == (200, None)

    assert partnership.signed_in.get("/agency/").path == "/agency/"
    assert partnership.signs_in(1).path.startswith("/agency/")

    assert partnership.recipient in partnership.offered()

    before = partnership.done()
    request = partnership.asks()
    partnership.census.until_settled()
    assert partnership.referral_of(request)
    assert partnership.done()["mails"] == before["mails"] + 3
    assert partnership.census.verdict().returncode == 0


def _in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
