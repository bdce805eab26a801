"""A refuge that told us nothing but what a worker needs: looked for in everything others can open.

Each word that would lead to it is one nobody else uses. Every route of every service is opened by
each who is not entitled, with every id they could know; then mails and messages are searched.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule as Route

from deploy.demo.load import guide, notices, read_demo
from deploy.hub import Hub
from driving.waiting import looks
from services.intake.http.public.around import around
from services.intake.usecases import fitting_services, publish_notice
from services.intake.usecases.finding import PARTNERS, WORKERS
from services.matching.http.entry_shapes import Reading
from services.matching.http.guide_print import told
from services.matching.usecases import publish_guide
from services.notify.sink import demo_mailbox, start_sink
from shared.identity import Principal
from shared.settings import Settings
from shared.testing.sign_on import PretendIssuer, sign_in
from shared.web.access import _rule_for

REFUGE = UUID("019a0000-0000-7000-8000-a9e000000010")
SERVICE = UUID("019a0000-0000-7000-8000-5e0000000014")
ADVICE = UUID("019a0000-0000-7000-8000-a9e000000002")
MONEY = UUID("019a0000-0000-7000-8000-a9e000000003")
DEBT = "019a0000-0000-7000-8000-5e0000000004"
NEW = "Ferrandine"
"""A refuge that joined and has no entry in the guide yet: nobody elsewhere knows of it at all."""
NAMES = ("Zaffrequay", "Quillonbrae", "Marlwhistle", "Ondleberry", "Brackenfell")
SECRETS = (
    "Zibbetfold",
    "SW18 2PT",
    "07700 900777",
    "07700900777",
    "020 7946 0777",
    "02079460777",
    "whisperfen",
    "tarnhollow",
    "Peverellis",
    "glimmerstow",
    NEW,
)
PARTNER_SCOPES = (
    "guide.read", "guide.write", "capacity.write", "referral.read", "referral.respond",
    "referral.submit", "request.submit", "request.read", "consent.read", "consent.record",
    "person.read", "notification.read", "webhook.manage",
)  # fmt: skip
QUERIES = (
    "",
    "?need=domestic_abuse&postcode=SW18+2PU&age=30",
    "?limit=1000",
    "?per_page=100",
    "?search=Zaffr",
    "?role=referrer",
)
SECONDS = 30
BASE = "https://localhost"  # cookies of a sign-in travel no other way


def the_demo() -> dict[str, Any]:
    """Return the partnership with a refuge in it, and the words of the refuge in every field."""
    demo = copy.deepcopy(read_demo("referral-guide"))
    agency = next(one for one in demo["agencies"] if one["id"] == str(REFUGE))
    agency |= {
        "name": "Quillonbrae Trust",
        "mailbox": "tarnhollow@example.org",
        "phone": "020 7946 0777",
        "shared": {"website": "https://glimmerstow.example.org/", "postcode": "SW18 2PT"},
    }
    service = next(one for one in demo["services"] if one["id"] == str(SERVICE))
    newcomer = {"name": f"{NEW} Shelter", "mailbox": "tarnhollow@example.org"}
    demo["agencies"].append({**agency, **newcomer, "id": str(uuid.uuid4())})
    contact = {"name": "Peverellis", "role": "Keyholder", "phone": "07700 900777"}
    service |= {
        "name": "Zaffrequay House",
        "description": "Marlwhistle, and a safe bed.",
        "who_for": "Ondleberry",
        "eligibility": "Brackenfell",
        "needs": ["domestic_abuse", "debt"],
        "address": "17 Zibbetfold Lane",
        "contact": {**contact, "email": "whisperfen@example.org"},
        "listed": "by_worker_only",
        "location": "hidden",
        "contact_public": "none",
    }
    return demo


class World:
    """The whole hub in one process, with somebody asking about debts and about danger."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(var=folder, demo="referral-guide")
        self.sink = start_sink(settings)
        self.hub = Hub(replace(settings, smtp_port=self.sink.port))
        demo = the_demo()
        with self.hub.stores["matching"].begin() as tx:
            publish_guide(guide(demo), tx)
        with self.hub.stores["intake"].begin() as tx:
            for notice in notices(demo):
                publish_notice(notice, tx)
        self.notice = demo["partnership"]["current_notice"]
        self.issuers = {name: PretendIssuer(app) for name, app in self.hub.apps.items()}
        self.hub.start()
        self.wait(lambda: len(self.rows("intake", "guide")) == len(demo["services"]))
        self.request = self._asks()
        self.wait(lambda: len(self.rows("matching", "referral")) > 0)
        self.wait(self._has_mail)
        self.known = self._ids()
        self.ids = {one for known in self.known.values() for one in known}

    def rows(self, service: str, table: str) -> list[Any]:
        with self.hub.stores[service].read() as tx:
            return list(tx.all(select(tx.table(table))))

    def wait(self, there: Any) -> None:
        assert any(there() for _ in looks(SECONDS)), "it did not come in time"

    def mails(self) -> list[str]:
        box = demo_mailbox(self.hub.settings)
        return [(box.read(name) or b"").decode(errors="replace") for name in box.names()]

    def _has_mail(self) -> bool:
        return len(self.mails()) > 1

    def _asks(self) -> str:
        """Ask for help as another agency: the guide offers the refuge for both needs."""
        body = {
            "person": {"given_name": "Ottilie", "family_name": "Quill", "no_fixed_abode": True},
            "contact": {"language": "en", "interpreter": None, "channels": []},
            "needs": ["debt", "domestic_abuse"],
            "threshold": 2,
            "urgency": "routine",
            "story": "The letters frighten me.",
            "source": "PARTNER_API",
            "relationship": "professional",
            "consent": {
                "notice": self.notice,
                "language": "en",
                "method": "in_person_verbal",
                "valid_until": f"{datetime.now(UTC) + timedelta(days=300):%Y-%m-%d}",
                "given_by": "self",
                "witness": "Sam Lee",
                "grants": [
                    {
                        "purpose": "refer",
                        "recipient": str(MONEY),
                        "categories": ["identity", "contact", "story"],
                        "decision": "given",
                    }
                ],
            },
            "referrals": [],
        }
        headers = {**self.bearer("intake", ADVICE), "Idempotency-Key": str(uuid.uuid4())}
        answer = (
            self.hub.apps["intake"]
            .test_client()
            .post(
                "/api/v1/requests", json=body, headers=headers, base_url=self.hub.settings.base_url
            )
        )
        assert answer.status_code == 201, answer.text
        made: str = answer.get_json()["id"]
        return made

    def bearer(self, service: str, agency_id: UUID) -> dict[str, str]:
        return self.issuers[service].bearer(
            *PARTNER_SCOPES, agency_id=str(agency_id), client_id="c", sub="c"
        )

    def _ids(self) -> dict[str, list[Any]]:
        referrals = [row.id for row in self.rows("matching", "referral")]
        return {
            "service_id": [SERVICE, UUID(DEBT)],
            "agency_id": [REFUGE, MONEY],
            "request_id": [UUID(self.request)],
            "referral_id": referrals,
            "id": [SERVICE, REFUGE, *referrals],
        }

    def paths(self, service: str, kinds: tuple[str, ...]) -> Iterator[str]:
        """Yield every address of *service* for callers of *kinds*, every known id tried."""
        app = self.hub.apps[service]
        for route in app.url_map.iter_rules():
            if "session" in route.rule or "sign-out" in route.rule:
                continue  # these end the sign-in of whoever looks
            rule = _rule_for(app, route.endpoint, "GET")
            if "GET" in (route.methods or ()) and rule is not None and rule.kind in kinds:
                yield from self._filled(route)

    def _filled(self, route: Route) -> Iterator[str]:
        choices = {name: self._choices(name, kind) for name, kind in route._converters.items()}
        most = max((len(found) for found in choices.values()), default=1)
        for turn in range(most):
            values = {name: found[turn % len(found)] for name, found in choices.items()}
            built = route.build(values, append_unknown=False)
            assert built is not None
            yield built[1]

    def _choices(self, name: str, converter: Any) -> list[Any]:
        kind = type(converter).__name__
        if kind == "AnyConverter":
            return sorted(converter.items)
        if kind == "IntegerConverter":
            return [0, 1]
        return self.known.get(name, self.known["id"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("refuge"))
    yield world
    world.hub.stop()
    world.sink.stop()


def opened(
    client: FlaskClient, world: World, paths: Iterator[str], headers: dict[str, str] | None = None
) -> dict[str, str]:
    """Return what each address shows, each with every query."""
    seen: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        for query in QUERIES if not any(str(one) in path for one in world.ids) else QUERIES[:1]:
            answer = client.get(path + query, base_url=BASE, headers=headers)
            seen[path + query] = answer.data.decode(errors="replace")
            answer.close()
    return seen


def leaks(seen: dict[str, str], words: tuple[str, ...]) -> list[tuple[str, str]]:
    return [
        (where, word)
        for where, text in seen.items()
        for word in words
        if word.lower() in text.lower()
    ]


def staff_browser(app: Flask, *roles: str) -> FlaskClient:
    browser = app.test_client()
    sign_in(app, browser, *roles, agency_id=MONEY)
    return browser


def test_the_public_finds_no_word_of_it_on_any_route(world: World) -> None:
    seen: dict[str, str] = {}
    for name, app in world.hub.apps.items():
        paths = (p for p in world.paths(name, ("public", "person")) if "/demo/mail" not in p)
        seen |= opened(app.test_client(), world, paths)

    assert len(seen) > 60
    assert "Debt casework" in seen["/guide"]
    assert leaks(seen, NAMES + SECRETS) == []


def test_a_partners_system_finds_no_word_of_it_on_any_route(world: World) -> None:
    seen: dict[str, str] = {}
    for name, app in world.hub.apps.items():
        paths = world.paths(name, ("client",))
        seen |= opened(app.test_client(), world, paths, world.bearer(name, MONEY))

    assert "Debt casework" in seen["/api/v1/services"]
    assert leaks(seen, NAMES + SECRETS) == []


def test_whoever_checks_who_would_fit_is_not_told_of_it(world: World) -> None:
    answer = (
        world.hub.apps["matching"]
        .test_client()
        .post(
            "/api/v1/eligibility-checks",
            json={"needs": ["domestic_abuse", "debt"], "age": 30, "postcode": "SW18 2PU"},
            headers=world.bearer("matching", MONEY),
            base_url=world.hub.settings.base_url,
        )
    )

    assert answer.status_code == 200
    assert DEBT in answer.text
    assert str(SERVICE) not in answer.text


def test_no_stranger_is_told_that_it_exists_by_a_refusal(world: World) -> None:
    client, base = world.hub.apps["matching"].test_client(), world.hub.settings.base_url
    figure = {"places": 1, "takes_waiting_list": False}
    entry = {"name": "Mine", "needs": ["debt"]}
    asks = [
        ("PUT", "/capacity", figure),
        ("PUT", "", entry),
        ("POST", "/closure", {"decided_by": "x"}),
        ("POST", "/reopening", {}),
        ("POST", "/review", {}),
    ]

    def answers(service: UUID) -> list[Any]:
        return [
            client.open(
                f"/api/v1/services/{service}{what}",
                method=method,
                json=body,
                base_url=base,
                headers=world.bearer("matching", MONEY),
            ).get_json()
            for method, what, body in asks
        ]

    hidden, absent = answers(SERVICE), answers(uuid.uuid4())

    assert [one["status"] for one in hidden] == [404] * len(asks)
    assert [one["title"] for one in hidden] == [one["title"] for one in absent]


@pytest.mark.parametrize("role", ["trustee", "agency_admin"])
def test_staff_elsewhere_who_refer_nobody_find_no_word_of_it(world: World, role: str) -> None:
    seen: dict[str, str] = {}
    for name, app in world.hub.apps.items():
        seen |= opened(staff_browser(app, role), world, world.paths(name, ("staff",)))

    assert "Debt advice by phone" in seen["/agency/services"]
    assert leaks(seen, NAMES + SECRETS) == []


def test_a_worker_elsewhere_may_name_it_but_never_learns_where_it_is(world: World) -> None:
    seen: dict[str, str] = {}
    for name, app in world.hub.apps.items():
        browser = staff_browser(app, "worker", "manager")
        seen |= opened(browser, world, world.paths(name, ("staff",)))

    assert "Zaffrequay House" in seen[f"/agency/guide/{SERVICE}"]
    assert leaks(seen, SECRETS) == []


def test_no_guide_on_paper_has_it(world: World) -> None:
    with world.hub.stores["matching"].read() as tx:
        worker = Principal("staff", "s", agency_id=MONEY, roles=frozenset({"worker"}))
        editions = [told(Reading(who, tx), tx) for who in (Principal.public(), worker)]

    assert all("Debt casework" in str(edition) for edition in editions)
    assert leaks({str(n): str(one) for n, one in enumerate(editions)}, NAMES + SECRETS) == []


def test_no_list_of_agencies_or_services_offers_it_to_the_public(world: World) -> None:
    with world.hub.stores["intake"].read() as tx:
        named = [str(option) for option in around(tx).agencies]
        offered = {
            who: [one.name for one in fitting_services(("domestic_abuse",), (), None, tx, *who)]
            for who in ((), (PARTNERS,), (WORKERS,))
        }

    assert any("Wandle Advice" in one for one in named)
    assert leaks(dict(enumerate(named)), (*NAMES, NEW)) == []  # type: ignore[arg-type]
    assert list(offered.values()) == [[], [], ["Zaffrequay House"]]


def test_no_mail_to_anybody_else_speaks_of_it(world: World) -> None:
    others = [mail for mail in world.mails() if "To: tarnhollow@" not in mail]

    assert others
    assert leaks({mail[:80]: mail for mail in others}, NAMES + SECRETS) == []


def test_no_message_between_services_says_where_it_is(world: World) -> None:
    sent = {
        f"{name}:{row.type}:{row.id}": bytes(row.body).decode()
        for name in world.hub.stores
        for row in world.rows(name, "outbox")
        if row.type != "agency.changed.v1"  # its mailbox and phone are how mail reaches it
    }

    assert any("service.published" in where for where in sent)
    assert leaks(sent, SECRETS) == []
