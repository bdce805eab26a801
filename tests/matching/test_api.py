"""The partner API: exact shapes, versions, scopes, and nothing for strangers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.web.access import unguarded
from tests.matching.drivers import ADVICE, ALL_SCOPES, MONEY, SURGERY, Matching, a_service

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from shared.testing.sign_on import PretendIssuer

SERVICE_KEYS = {
    "id", "agency_id", "agency", "name", "description", "needs", "status", "places", "reserved",
    "waiting", "forecast_wait_days", "capacity_as_of", "review_due", "contact", "clock_profile",
    "threshold", "listed", "version", "who_for", "eligibility", "what_to_bring", "area_codes",
    "minimum_age", "maximum_age", "groups", "languages", "interpreters", "threshold_guide",
    "occasional_support", "categories", "location", "contact_public", "website", "address",
    "postcode", "place", "agency_phone", "over_promised", "reviewed_on", "closure", "inherited",
    "rules",
}  # fmt: skip
REFERRAL_KEYS = {
    "id", "request_id", "reference", "service_id", "agency_id", "referrer_agency_id", "state",
    "version", "overdue", "sent_at", "due", "needs", "urgency", "explanation", "history", "actions",
    "forecast_start", "started_on", "extended_until", "occasional_support", "reopens",
    "assigned_to", "team", "withheld",
}  # fmt: skip


class Partner:
    """One agency's own system."""

    def __init__(self, app: Flask, issuer: PretendIssuer, agency_id: UUID, *teams: UUID) -> None:
        self._app, self._issuer, self.agency_id = app, issuer, agency_id
        self._teams = [str(team) for team in teams]

    def calls(
        self, method: str, path: str, *scopes: str, version: int | None = None, **how: Any
    ) -> TestResponse:
        headers = self._issuer.bearer(
            *(scopes or ALL_SCOPES),
            agency_id=str(self.agency_id),
            client_id="c",
            sub="c",
            teams=self._teams,
        )
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        headers |= how.pop("headers", {})
        client = self._app.test_client()
        return client.open(f"/api/v1{path}", method=method, headers=headers, **how)


@pytest.fixture
def advice(app: Flask, issuer: PretendIssuer) -> Partner:
    return Partner(app, issuer, ADVICE)


@pytest.fixture
def money(app: Flask, issuer: PretendIssuer) -> Partner:
    return Partner(app, issuer, MONEY)


@pytest.fixture
def surgery(app: Flask, issuer: PretendIssuer) -> Partner:
    return Partner(app, issuer, SURGERY)


@pytest.fixture
def sent(matching: Matching) -> Any:
    matching.publishes(a_service(ADVICE, places=3, threshold=[1, 2], forecast_wait_days=5))
    return matching.the_referral(matching.asks(ADVICE))


def problem(answer: TestResponse) -> str:
    assert answer.mimetype == "application/problem+json"
    return str(answer.get_json()["type"].rpartition(":")[2])


def pointers(answer: TestResponse) -> list[str]:
    return [fault["pointer"] for fault in answer.get_json()["errors"]]


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    assert unguarded(app) == []


def test_the_guide_shows_free_places_and_exactly_the_documented_keys(
    advice: Partner, sent: Any
) -> None:
    (item,) = advice.calls("GET", "/services").get_json()["items"]

    assert set(item) == SERVICE_KEYS
    assert (item["status"], item["places"], item["reserved"]) == ("open", 2, 1)
    assert item["agency"] == "Wandle Advice"
    assert item["threshold"] == [1, 2]
    assert item["review_due"] == "2027-11-23"
    assert advice.calls("GET", f"/services/{item['id']}").get_json() == item
    assert sent.service_id == UUID(item["id"])


def test_a_stale_figure_is_shown_as_not_known(
    matching: Matching, advice: Partner, sent: Any
) -> None:
    matching.clock.advance(timedelta(days=15))

    (item,) = advice.calls("GET", "/services").get_json()["items"]

    assert (item["status"], item["places"]) == ("unknown", None)
    assert item["capacity_as_of"].startswith("2026-11-23T10:00:00")
    assert sent.state == "sent"


def test_the_guide_comes_in_pages_that_hold_everything_once(
    matching: Matching, advice: Partner
) -> None:
    known = matching.publishes(*(a_service(ADVICE) for _ in range(5)))
    seen: list[str] = []
    cursor: str | None = ""

    while cursor is not None:
        page = advice.calls("GET", f"/services?limit=2{cursor}").get_json()
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None

    assert seen == sorted(map(str, known))


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "cursor=x"])
def test_a_query_that_breaks_a_rule_is_refused(advice: Partner, query: str) -> None:
    assert advice.calls("GET", f"/services?{query}").status_code == 422


def test_an_agency_says_its_places_and_others_may_not(
    advice: Partner, money: Partner, sent: Any
) -> None:
    path = f"/services/{sent.service_id}/capacity"
    body = {"places": 9, "takes_waiting_list": True}

    said = advice.calls("PUT", path, json=body)

    assert (said.status_code, said.get_json()["places"]) == (200, 8)
    assert money.calls("PUT", path, json=body).status_code == 403
    assert advice.calls("PUT", f"/services/{new_id()}/capacity", json=body).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"takes_waiting_list": True}, "/places"),
        ({"places": -1, "takes_waiting_list": True}, "/places"),
        ({"places": "5", "takes_waiting_list": True}, "/places"),
        ({"places": 5, "takes_waiting_list": True, "as_of": "2031-01-01T00:00:00Z"}, "/as_of"),
        ({"places": 5, "takes_waiting_list": True, "as_of": "2020-01-01T00:00:00Z"}, "/as_of"),
        ({"places": 5, "takes_waiting_list": True, "as_of": "2026-01-01T00:00:00"}, "/as_of"),
        ({"places": 5, "takes_waiting_list": True, "colour": "red"}, "/colour"),
    ],
)
def test_a_figure_that_breaks_a_rule_is_refused_with_its_place(
    advice: Partner, sent: Any, body: dict[str, Any], pointer: str
) -> None:
    refused = advice.calls("PUT", f"/services/{sent.service_id}/capacity", json=body)

    assert (refused.status_code, pointers(refused)) == (422, [pointer])


@pytest.mark.parametrize("as_of", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_first_figure_from_a_moment_that_utc_cannot_name_is_refused(
    matching: Matching, advice: Partner, as_of: str
) -> None:
    (service_id,) = matching.publishes(a_service(ADVICE, places=None))
    body = {"places": 5, "takes_waiting_list": True, "as_of": as_of}

    refused = advice.calls("PUT", f"/services/{service_id}/capacity", json=body)

    assert (refused.status_code, pointers(refused)) == (422, ["/as_of"])


def test_a_check_tells_what_fits_what_does_not_and_what_to_ask(
    matching: Matching, surgery: Partner
) -> None:
    fits, elsewhere, unsure = matching.publishes(
        a_service(ADVICE),
        a_service(MONEY, area_codes=["E09000024"]),
        a_service(MONEY, groups=["carers"]),
    )
    body = {"needs": ["debt"], "age": 46, "postcode": "sw18 2pu", "language": "en", "threshold": 2}

    told = surgery.calls("POST", "/eligibility-checks", json=body).get_json()

    assert [(item["service"], item["result"], item["rank"]) for item in told["items"]] == [
        (str(fits), "met", 1),
        (str(unsure), "unknown", 2),
        (str(elsewhere), "not_met", None),
    ]
    assert set(told["items"][0]) == {
        "service", "result", "criteria", "status", "forecast_wait_days", "rank", "why_this_rank",
    }  # fmt: skip
    assert {"rules_version", "geography_version"} < set(told)
    assert "SW18" not in str(told)
    assert "46" not in str([item["criteria"] for item in told["items"]])


def test_a_check_with_only_a_need_asks_for_the_rest(matching: Matching, surgery: Partner) -> None:
    matching.publishes(a_service(ADVICE))

    (item,) = surgery.calls("POST", "/eligibility-checks", json={"needs": ["debt"]}).get_json()[
        "items"
    ]

    asked = {c["criterion"] for c in item["criteria"] if c["ask"]}
    assert (item["result"], asked) == ("unknown", {"area", "age"})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/needs"),
        ({"needs": ["gold"]}, "/needs/0"),
        ({"needs": ["debt"], "age": 131}, "/age"),
        ({"needs": ["debt"], "postcode": "not one"}, "/postcode"),
        ({"needs": ["debt"], "name": "Agnieszka"}, "/name"),
    ],
)
def test_a_check_that_breaks_a_rule_is_refused(
    surgery: Partner, body: dict[str, Any], pointer: str
) -> None:
    refused = surgery.calls("POST", "/eligibility-checks", json=body)

    assert (refused.status_code, pointers(refused)) == (422, [pointer])


def test_the_receiver_sees_the_referral_with_what_it_may_do(advice: Partner, sent: Any) -> None:
    answer = advice.calls("GET", f"/referrals/{sent.id}")

    told = answer.get_json()
    assert set(told) == REFERRAL_KEYS
    assert answer.headers["ETag"] == '"2"'
    assert (told["state"], told["actions"]) == ("sent", ["open", "ask", "decline", "reassign"])
    assert told["due"][0] == {"clock": "K2", "at": "2026-11-30T23:59:59+00:00"}
    assert [due["clock"] for due in told["due"]] == ["K2", "K5", "K6"]
    assert [event["event"] for event in told["history"]] == ["referral.proposed", "referral.sent"]
    assert "fits everything" in told["explanation"]["why_this_rank"]


def test_a_token_that_may_only_read_is_offered_no_action(advice: Partner, sent: Any) -> None:
    told = advice.calls("GET", f"/referrals/{sent.id}", "referral.read").get_json()

    assert told["actions"] == []


def test_the_whole_way_to_yes(advice: Partner, sent: Any) -> None:
    opened = advice.calls("POST", f"/referrals/{sent.id}/open", version=2)
    accepted = advice.calls(
        "POST",
        f"/referrals/{sent.id}/accept",
        version=3,
        json={"forecast_start": "2026-12-01", "note": "See you soon"},
    )

    assert (opened.status_code, opened.headers["ETag"]) == (200, '"3"')
    assert (accepted.status_code, accepted.headers["ETag"]) == (200, '"4"')
    told = accepted.get_json()
    assert told["state"] == "accepted"
    assert [due["clock"] for due in told["due"]] == ["K4", "K5", "K6"]
    assert told["history"][-1]["by_agency"] == str(ADVICE)


def test_after_a_no_the_receiver_keeps_only_reference_dates_and_reason(
    advice: Partner, surgery: Partner, sent: Any
) -> None:
    body = {"reason": "AGE_CRITERION"}
    declined = advice.calls("POST", f"/referrals/{sent.id}/decline", version=2, json=body)

    told = declined.get_json()
    assert (told["state"], told["needs"], told["explanation"]) == ("declined", [], None)
    assert told["history"][-1]["reason"] == "AGE_CRITERION"
    for_referrer = surgery.calls("GET", f"/referrals/{sent.id}").get_json()
    assert for_referrer["needs"] == ["debt"]


def test_the_referrer_reads_the_note_that_came_with_the_yes(
    matching: Matching, surgery: Partner, money: Partner, sent: Any
) -> None:
    matching.opens(sent)
    matching.accepts(sent, note="Ring the side door")

    (note,) = surgery.calls("GET", f"/referrals/{sent.id}/notes").get_json()["items"]

    assert (note["kind"], note["text"]) == ("accept_note", "Ring the side door")
    assert note["by_agency"] == str(ADVICE)
    assert money.calls("GET", f"/referrals/{sent.id}/notes").status_code == 404


def test_a_command_without_a_version_is_428_and_with_an_old_one_412(
    advice: Partner, sent: Any
) -> None:
    path = f"/referrals/{sent.id}/open"

    missing = advice.calls("POST", path)
    anything = advice.calls("POST", path, headers={"If-Match": "*"})
    stale = advice.calls("POST", path, version=1)
    nonsense = advice.calls("POST", path, headers={"If-Match": '"abc"'})
    endless = advice.calls("POST", path, headers={"If-Match": f'"{"9" * 5000}"'})

    answers = (missing, anything, stale, nonsense, endless)
    assert [answer.status_code for answer in answers] == [428, 428, 412, 412, 412]
    assert problem(missing) == "version-missing"
    assert problem(stale) == "stale-version"
    assert stale.get_json()["version"] == 2


def test_a_command_out_of_turn_is_409_and_says_what_is_possible(advice: Partner, sent: Any) -> None:
    body = {"forecast_start": "2026-12-01"}
    refused = advice.calls("POST", f"/referrals/{sent.id}/accept", version=2, json=body)

    assert (refused.status_code, problem(refused)) == (409, "not-possible")
    assert refused.get_json()["actions"] == ["open", "ask", "decline", "reassign"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/forecast_start"),
        ({"forecast_start": "2026-11-22"}, "/forecast_start"),
        ({"forecast_start": "2027-02-30"}, "/forecast_start"),
        ({"forecast_start": "2027-03-01"}, "/forecast_start"),
        ({"forecast_start": "2026-12-01", "note": "x" * 4001}, "/note"),
        ({"forecast_start": "2026-12-01", "colour": "red"}, "/colour"),
    ],
)
def test_an_acceptance_that_breaks_a_rule_is_refused_with_its_place(
    advice: Partner, sent: Any, body: dict[str, Any], pointer: str
) -> None:
    advice.calls("POST", f"/referrals/{sent.id}/open", version=2)

    refused = advice.calls("POST", f"/referrals/{sent.id}/accept", version=3, json=body)

    assert (refused.status_code, pointers(refused)) == (422, [pointer])


def test_a_stranger_cannot_tell_a_hidden_referral_from_none_at_all(
    money: Partner, sent: Any
) -> None:
    def told(answer: TestResponse) -> dict[str, Any]:
        body = answer.get_json()
        return {"status": answer.status_code, **{k: v for k, v in body.items() if k != "instance"}}

    for method, action in (("GET", ""), ("POST", "/open")):
        hidden = money.calls(method, f"/referrals/{sent.id}{action}", version=2)
        absent = money.calls(method, f"/referrals/{new_id()}{action}", version=2)
        assert told(hidden) == told(absent)
        assert hidden.status_code == 404


def test_lists_hold_what_was_received_or_made_and_nothing_else(
    matching: Matching, advice: Partner, surgery: Partner, money: Partner, sent: Any
) -> None:
    matching.clock.advance(timedelta(days=8))
    later = matching.the_referral(matching.asks(ADVICE))
    matching.opens(later)

    def ids(partner: Partner, query: str = "") -> list[str]:
        page = partner.calls("GET", f"/referrals?{query}").get_json()
        return [item["id"] for item in page["items"]]

    assert ids(advice) == [str(sent.id), str(later.id)]
    assert ids(advice, "role=receiver&state=opened") == [str(later.id)]
    assert ids(advice, "overdue=true") == [str(sent.id)]
    assert ids(surgery) == []
    assert ids(surgery, "role=referrer") == [str(sent.id), str(later.id)]
    assert ids(money) == ids(money, "role=referrer") == []


def test_lists_of_referrals_come_in_pages(matching: Matching, advice: Partner) -> None:
    matching.publishes(a_service(ADVICE, places=9))
    made = [str(matching.the_referral(matching.asks(ADVICE)).id) for _ in range(3)]

    first = advice.calls("GET", "/referrals?limit=2").get_json()
    rest = advice.calls("GET", f"/referrals?limit=2&cursor={first['next']}").get_json()

    assert [item["id"] for item in first["items"] + rest["items"]] == made
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/services", "referral.read"),
        ("PUT", f"/services/{ADVICE}/capacity", "guide.read"),
        ("GET", "/referrals", "guide.read"),
        ("POST", f"/referrals/{ADVICE}/open", "referral.read"),
    ],
)
def test_a_token_without_the_scope_is_refused(
    advice: Partner, method: str, path: str, scope: str
) -> None:
    assert advice.calls(method, path, scope, json={}).status_code == 403


def test_the_description_names_every_path(app: Flask) -> None:
    paths = app.test_client().get("/matching/openapi.json").get_json()["paths"]

    assert "/api/v1/referrals/{referral_id}/decline" in paths
    assert "/api/v1/eligibility-checks" in paths
