"""The links at the top: each to its reader, and each to a page that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.hub import Hub
from shared.identity import Principal
from shared.settings import Settings
from shared.web import navigation
from shared.web.paths import owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC = Principal.public()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(Settings(var=tmp_path))
    yield hub
    for store in hub.stores.values():
        store.close()


def a_member_of_staff(*roles: str) -> Principal:
    return Principal("staff", "s", roles=frozenset(roles))


def test_every_link_leads_to_a_page(hub: Hub) -> None:
    for link in (*navigation.PUBLIC, *navigation.STAFF):
        routes = hub.apps[owner(link.href)].url_map.bind("127.0.0.1")

        assert routes.match(link.href), link.href


def test_the_public_sees_public_links_and_staff_their_own() -> None:
    seen = {
        area: [link["href"] for link in navigation.items(area, who, "/")]
        for area, who in (("public", PUBLIC), ("staff", a_member_of_staff("worker")))
    }

    assert seen == {
        "public": ["/guide", "/ask", "/my"],
        "staff": [
            "/agency/",
            "/agency/services",
            "/agency/guide",
            "/requests/",
            "/agency/feedback",
            "/agency/case-review/",
            "/outreach/",
            "/account/",
        ],
    }


def test_before_signing_in_a_staff_page_offers_nothing() -> None:
    assert navigation.items("staff", PUBLIC, "/sign-in") == []


def test_a_role_adds_its_own_link() -> None:
    links = navigation.items("staff", a_member_of_staff("governance_lead"), "/")

    assert "/governance/" in [link["href"] for link in links]


@pytest.mark.parametrize(
    ("path", "marked"),
    [("/agency/referrals/1", "Inbox"), ("/agencyx", None), ("/account", "Account")],
)
def test_the_link_one_is_under_is_marked(path: str, marked: str | None) -> None:
    links = navigation.items("staff", a_member_of_staff("worker"), path)

    assert [link["text"] for link in links if link["active"]] == ([marked] if marked else [])
