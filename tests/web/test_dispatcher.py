"""One address for five services; health that tells the truth."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import Client

from shared.web.dispatcher import Dispatcher
from shared.web.paths import is_api, owner
from tests.web.conftest import make_tiny

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

OWNED = {
    "/": "intake",
    "/ask": "intake",
    "/my/stage": "intake",
    "/exit": "intake",
    "/static/x.css": "intake",
    "/docs": "intake",
    "/requests/1/person": "intake",
    "/api/v1/requests": "intake",
    "/api/v1/requests/1/consents": "intake",
    "/api/v1/consents/1/receipt": "intake",
    "/guide": "matching",
    "/guides": "intake",
    "/agency/desk": "matching",
    "/reports/": "matching",
    "/open-referral/services": "matching",
    "/api/v1/services/1/capacity": "matching",
    "/api/v1/referrals": "matching",
    "/api/v1/eligibility-checks": "matching",
    "/deliveries/": "notify",
    "/demo/mail": "notify",
    "/api/v1/webhooks": "notify",
    "/governance/": "audit",
    "/audit/log/checkpoint": "audit",
    "/audit/readyz": "audit",
    "/api/v1/audit/entries": "audit",
    "/sign-in": "identity",
    "/sign-out": "identity",
    "/account/": "identity",
    "/oauth/token": "identity",
    "/.well-known/openid-configuration": "identity",
}


@pytest.mark.parametrize(("path", "service"), OWNED.items())
def test_every_path_has_one_owner(path: str, service: str) -> None:
    assert owner(path) == service


def test_programs_and_people_are_told_apart_by_path() -> None:
    assert all(map(is_api, ["/api/v1/requests", "/oauth/token", "/audit/log/vkey", "/readyz"]))
    assert not any(map(is_api, ["/", "/apiary", "/oauthx", "/audit", "/agency/"]))


def test_a_page_is_for_people_whatever_somebody_put_at_the_end_of_its_address() -> None:
    # A form sent to what programs read would be taken without its token.
    assert is_api("/intake/metrics")
    assert not any(map(is_api, ["/agency/notes/metrics", "/demo/mail/healthz", "/my/a/readyz"]))


@pytest.fixture
def apps(tmp_path: Path) -> dict[str, Flask]:
    return {name: make_tiny(tmp_path, name) for name in ("intake", "matching", "audit")}


def test_a_request_reaches_the_service_that_owns_its_path(apps: dict[str, Flask]) -> None:
    browser = Client(Dispatcher(apps))

    assert browser.get("/matching/healthz").json["service"] == "matching"
    assert browser.get("/intake/healthz").json["service"] == "intake"
    assert browser.get("/nowhere").status_code == 404


def test_the_origin_is_ready_when_every_service_is(apps: dict[str, Flask]) -> None:
    answer = Client(Dispatcher(apps)).get("/readyz")

    assert answer.status_code == 200
    assert answer.json["status"] == "ready"
    assert set(answer.json["services"]) == set(apps)


def test_an_alarm_degrades_and_is_named_but_traffic_goes_on(apps: dict[str, Flask]) -> None:
    store = apps["matching"].extensions["store"]
    with store.begin() as tx:
        moment = datetime(2026, 11, 21, tzinfo=UTC)
        tx.insert(tx.table("alarms"), name="lag", since=moment, fact="61 s", anchor="lag")

    own = Client(apps["matching"]).get("/matching/readyz")
    whole = Client(Dispatcher(apps)).get("/readyz")

    assert (own.status_code, own.json["status"]) == (200, "degraded")
    assert own.json["alarms"] == [{"name": "lag", "since": "2026-11-21T00:00:00+00:00"}]
    assert (whole.status_code, whole.json["status"]) == (200, "degraded")


def test_a_service_without_its_database_is_not_ready(apps: dict[str, Flask]) -> None:
    store = apps["audit"].extensions["store"]
    store.close()
    store.database.path.write_bytes(b"this is no database" * 100)

    own = Client(apps["audit"]).get("/audit/readyz")
    whole = Client(Dispatcher(apps)).get("/readyz")

    assert (own.status_code, own.json["status"]) == (503, "unready")
    assert (whole.status_code, whole.json["status"]) == (503, "unready")
    assert Client(apps["audit"]).get("/audit/healthz").status_code == 200


def test_one_page_names_the_description_of_every_service(apps: dict[str, Flask]) -> None:
    browser = Client(Dispatcher(apps))

    page = browser.get("/docs").get_data(as_text=True)
    described = browser.get("/matching/openapi.json").json

    assert all(f"/{name}/openapi.json" in page for name in OWNED.values())
    assert described["openapi"] == "3.1.0"
    assert "/api/v1/wishes" in described["paths"]
    assert set(described["components"]["schemas"]["Problem"]["properties"]) >= {"type", "errors"}
