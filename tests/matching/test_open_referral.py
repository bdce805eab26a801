"""The public feed: what the standard asks is there, and what is not public is not."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.matching.errors import STATUSES
from services.matching.http import open_referral
from services.matching.import_loop import import_file
from services.matching.open_referral.shape import Service, page_of
from shared.codes import codes
from shared.ids import new_id
from shared.web import build_app
from shared.web.api import register
from tests.matching.drivers import ADVICE, MONEY, Matching, a_service

if TYPE_CHECKING:
    from flask import Flask

BASE = "http://127.0.0.1:8080"
OPEN = {"listed": "public", "location": "shown", "contact_public": "named"}
PLACE = {"address": "1 High Street", "postcode": "SW18 2PU"}
CONTACT = {
    "name": "Priya Nair",
    "role": "Team lead",
    "phone": "07700 900101",
    "email": "priya@wandle-advice.example.org",
}


def an_app(hub: Matching) -> Flask:
    app = build_app(
        "matching",
        settings=hub.settings,
        store=hub.store,
        package="services.matching",
        statuses=STATUSES,
    )
    register(app, open_referral.bp)
    return app


@pytest.fixture
def app(matching: Matching) -> Flask:
    return an_app(matching)


def reads(app: Flask, path: str, **query: Any) -> Any:
    answer = app.test_client().get(f"/open-referral/{path}", query_string=query, base_url=BASE)
    assert answer.status_code == 200, answer.text
    return answer.json


def names(page: Any) -> list[str]:
    return [record["name"] for record in page["contents"]]


def publishes(matching: Matching, **values: Any) -> dict[str, Any]:
    entry = a_service(ADVICE, **{**OPEN, **PLACE, "contact": CONTACT, **values})
    matching.publishes(entry)
    return entry


def test_the_front_page_names_the_profile(app: Flask) -> None:
    told = reads(app, "")

    assert told["version"] == "HSDS-UK-3.0"
    assert told["openapi_url"].startswith(BASE)


def test_any_site_may_read_it_without_a_key(matching: Matching, app: Flask) -> None:
    publishes(matching)

    answer = app.test_client().get("/open-referral/services", base_url=BASE)

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json["total_items"] == 1


def test_a_record_is_what_the_standard_asks_for(matching: Matching, app: Flask) -> None:
    entry = publishes(matching)

    page = reads(app, "services")
    (record,) = page["contents"]

    page_of(Service)().load(page)
    assert record == reads(app, f"services/{entry['id']}")
    assert record["status"] == "active"
    assert record["contacts"][0]["email"] == CONTACT["email"]
    assert record["service_areas"][0]["extent"] == "E09000032"
    assert record["capacities"][0]["available"] == 3
    assert record["attributes"][0]["taxonomy_term"]["code"] == "debt"
    assert _nulls(record) == []


def _nulls(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [p for name, one in value.items() for p in _nulls(one, f"{path}/{name}")]
    if isinstance(value, list):
        return [p for number, one in enumerate(value) for p in _nulls(one, f"{path}/{number}")]
    return [path] if value is None else []


@pytest.mark.parametrize("listed", ["partners", "by_worker_only"])
def test_what_is_not_public_is_in_no_part_of_the_feed(
    matching: Matching, app: Flask, listed: str
) -> None:
    hidden = publishes(matching, name="Safe house", listed=listed)

    for path in ("services", "service_at_locations", "organizations"):
        assert reads(app, path)["contents"] == []
    client = app.test_client()
    for path in (f"services/{hidden['id']}", f"organizations/{ADVICE}"):
        answer = client.get(f"/open-referral/{path}", base_url=BASE)
        assert answer.status_code == 404
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("location", ["area_only", "hidden"])
def test_a_place_that_is_not_shown_is_told_to_nobody(
    matching: Matching, app: Flask, location: str
) -> None:
    publishes(matching, location=location)

    text = json.dumps([reads(app, "services"), reads(app, "service_at_locations")])

    assert "High Street" not in text
    assert "SW18" not in text


@pytest.mark.parametrize(
    ("rule", "told"),
    [("none", []), ("role", ["Team lead", "07700 900101"]), ("named", list(CONTACT.values()))],
)
def test_only_what_an_entry_opens_of_its_contact_is_told(
    matching: Matching, app: Flask, rule: str, told: list[str]
) -> None:
    publishes(matching, contact_public=rule, website="https://advice.example.org")

    text = json.dumps(reads(app, "services"))

    assert ("https://advice.example.org" in text) is (rule != "none")

    assert [value for value in CONTACT.values() if value in text] == sorted(
        told, key=list(CONTACT.values()).index
    )
    assert ("@" in text) is (rule == "named")


def test_a_figure_past_its_shelf_life_is_not_told(matching: Matching, app: Flask) -> None:
    entry = publishes(matching)
    matching.clock.advance(timedelta(days=15))

    record = reads(app, f"services/{entry['id']}")

    assert "capacities" not in record
    assert record["onward"]["status"] == "unknown"


def test_a_closed_service_says_so(matching: Matching, app: Flask) -> None:
    entry = publishes(matching, status="closed_to_referrals")

    record = reads(app, f"services/{entry['id']}")

    assert record["status"] == "temporarily closed"
    assert record["alert"]


def test_pages_say_where_they_stand(matching: Matching, app: Flask) -> None:
    for number in range(3):
        publishes(matching, name=f"Service {number}")

    first, last, beyond = (reads(app, "services", page=n, per_page=2) for n in (1, 2, 3))

    assert (first["total_items"], first["total_pages"], first["size"]) == (3, 2, 2)
    assert (first["first_page"], first["last_page"]) == (True, False)
    assert (last["size"], last["last_page"]) == (1, True)
    assert (beyond["empty"], beyond["contents"]) == (True, [])
    assert names(first) + names(last) == ["Service 0", "Service 1", "Service 2"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "HOUSING help"}, ["Housing help"]),
        ({"minimum_age": 70}, ["Debt advice", "Housing help"]),
        ({"maximum_age": 17}, ["Play"]),
        ({"postcode": "SW18 2PU"}, ["Debt advice", "Play"]),
        ({"postcode": "ZZ1 1ZZ"}, ["Debt advice", "Housing help", "Play"]),
        ({"organization_id": str(MONEY)}, []),
        ({"day": "MO"}, ["Debt advice", "Housing help", "Play"]),
    ],
)
def test_services_are_found_by_what_is_asked(
    matching: Matching, app: Flask, query: dict[str, Any], found: list[str]
) -> None:
    publishes(matching)
    publishes(matching, name="Housing help", needs=["housing"], area_codes=["E09000024"])
    publishes(matching, name="Play", minimum_age=0, maximum_age=16)

    assert sorted(names(reads(app, "services", **query))) == found


def test_services_are_found_by_the_terms_of_our_list(matching: Matching, app: Flask) -> None:
    publishes(matching)
    publishes(matching, name="Housing help", needs=["housing"])
    (taxonomy,) = reads(app, "taxonomies")["contents"]
    terms = {t["code"]: t["id"] for t in reads(app, "taxonomy_terms", per_page=100)["contents"]}

    assert set(terms) == set(codes("needs"))
    assert names(reads(app, "services", taxonomy_term_id=terms["housing"])) == ["Housing help"]
    assert len(names(reads(app, "services", taxonomy_id=taxonomy["id"]))) == 2
    assert names(reads(app, "services", taxonomy_id=str(new_id()))) == []
    assert reads(app, f"taxonomy_terms/{terms['debt']}")["name"] == "Debt"
    assert reads(app, f"taxonomies/{taxonomy['id']}") == taxonomy


def test_a_service_stands_at_its_place(matching: Matching, app: Flask) -> None:
    entry = publishes(matching)
    (place,) = reads(app, "service_at_locations")["contents"]

    assert place["location"]["addresses"][0]["postal_code"] == "SW18 2PU"
    assert place["service"]["id"] == entry["id"]
    assert reads(app, f"service_at_locations/{place['id']}") == place


def test_an_agency_is_told_once(matching: Matching, app: Flask) -> None:
    publishes(matching, name="One")
    publishes(matching, name="Two")

    (agency,) = reads(app, "organizations")["contents"]

    assert agency["name"] == "Wandle Advice"
    assert reads(app, f"organizations/{ADVICE}") == agency


@pytest.mark.parametrize("query", [{"page": 0}, {"per_page": 100_000}, {"minimum_age": "x"}])
def test_a_question_that_makes_no_sense_is_refused(app: Flask, query: dict[str, Any]) -> None:
    answer = app.test_client().get("/open-referral/services", query_string=query, base_url=BASE)

    assert answer.status_code == 422


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20)
ENTRIES = st.fixed_dictionaries(
    {
        "name": WORDS.filter(bool),
        "description": WORDS,
        "who_for": WORDS,
        "eligibility": WORDS,
        "what_to_bring": WORDS,
        "needs": st.lists(st.sampled_from(list(codes("needs"))), min_size=1, unique=True),
        "area_codes": st.lists(st.sampled_from(["E09000032", "E05014024"]), unique=True),
        "languages": st.lists(st.sampled_from(list(codes("languages"))), unique=True),
        "groups": st.lists(st.sampled_from(list(codes("groups"))), unique=True),
        "categories": st.lists(st.sampled_from(list(codes("categories"))), unique=True),
        "interpreters": st.sampled_from([None, True, False]),
        "minimum_age": st.sampled_from([None, 0, 18]),
        "maximum_age": st.sampled_from([None, 18, 60]),
        "rules": st.sampled_from(
            [[], [{"rule": "referrer", "any_of": ["self"]}], [{"rule": "age", "from": 60}]]
        ),
        "threshold": st.sampled_from([None, [1, 3], [2, 2]]),
        "forecast_wait_days": st.sampled_from([None, 0, 30]),
        "clock_profile": st.sampled_from(["advice", "home_start", "default"]),
        "threshold_guide": WORDS,
        "occasional_support": WORDS,
        "website": st.sampled_from(["", "https://example.org/help"]),
        "address": st.sampled_from(["", "1 High Street", "2 High Street, Wandsworth"]),
        "postcode": st.sampled_from(["", "SW18 2PU", "M1 1AE"]),
        "contact": st.sampled_from([{}, CONTACT, {**CONTACT, "phone": ""}]),
        "location": st.sampled_from(["shown", "area_only", "hidden"]),
        "contact_public": st.sampled_from(["role", "named", "none"]),
        "listed": st.just("public"),
        "status": st.sampled_from(["open", "closed_to_referrals", "paused_by_network"]),
        "places": st.sampled_from([None, 0, 4]),
        "takes_waiting_list": st.booleans(),
    }
)


def a_hub(folder: Path) -> tuple[Matching, Flask]:
    hub = Matching(folder)
    hub.publishes()
    return hub, an_app(hub)


@given(entries=st.lists(ENTRIES, min_size=3, max_size=8))
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each example opens two databases: shrinking would take minutes
)
def test_what_is_published_and_imported_elsewhere_is_published_the_same(
    entries: list[dict[str, Any]],
) -> None:
    with TemporaryDirectory() as folder:
        here, app = a_hub(Path(folder) / "here")
        there, other = a_hub(Path(folder) / "there")
        here.publishes(*(a_service(ADVICE, **values) for values in entries))
        feed = reads(app, "services", per_page=1000)
        _takes(there, feed)
        before = here.announced()
        _takes(here, feed)
        after = here.announced()
        again = reads(other, "services", per_page=1000)
        back = reads(app, "services", per_page=1000)
        here.store.close()
        there.store.close()

    assert _without_own_time(again) == _without_own_time(feed)
    assert back == feed
    assert after == before


def _takes(hub: Matching, feed: Any) -> None:
    found = import_file(orjson.dumps(feed), hub.store)
    assert (found.refused, found.remarks) == ([], [])


def _without_own_time(feed: Any) -> Any:
    """A copy changes when it is taken, and is assured by nobody at its new home."""
    own = {"last_modified"}
    contents = [
        {name: value for name, value in one.items() if name not in own} for one in feed["contents"]
    ]
    for record in contents:
        record["onward"] = {n: v for n, v in record["onward"].items() if n != "status"}
    return {**feed, "contents": contents}
