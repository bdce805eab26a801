"""Every mishap has its answer: a problem for programs, a page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import OnwardError
from shared.web.access import unguarded
from shared.web.pages import PAGES, helplines
from shared.web.problems import STATUSES, URN, pointers
from tests.web.conftest import SECRET

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ANSWERS = {
    "invalid": (422, "invalid"),
    "hidden": (404, "not-found"),
    "conflict": (409, "conflict"),
    "stale": (412, "stale"),
    "forbidden": (403, "forbidden"),
    "permanent": (400, "permanent"),
    "full": (503, "storage-unavailable"),
    "clock": (503, "clock-behind"),
    "transient": (503, "transient"),
    "onward": (500, "onward"),
    "unforeseen": (500, "internal-server-error"),
}


@pytest.mark.parametrize(("kind", "answer"), ANSWERS.items())
def test_every_error_class_has_one_status_and_one_stable_type(
    client: FlaskClient, kind: str, answer: tuple[int, str]
) -> None:
    response = client.get(f"/api/v1/raise/{kind}")

    assert response.mimetype == "application/problem+json"
    assert (response.status_code, response.json["type"]) == (answer[0], URN + answer[1])
    assert response.json["status"] == answer[0]
    assert response.json["instance"] == "urn:uuid:" + response.headers["X-Request-Id"]


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("prefix", ["/api/v1", "/tiny"])
def test_no_answer_repeats_what_an_error_may_quote(
    client: FlaskClient, kind: str, prefix: str
) -> None:
    text = client.get(f"{prefix}/raise/{kind}").get_data(as_text=True)

    assert "Kowalska" not in text
    assert "900123" not in text
    assert "Traceback" not in text


def test_faults_carry_pointers_and_members(client: FlaskClient) -> None:
    invalid = client.get("/api/v1/raise/invalid").json
    stale = client.get("/api/v1/raise/stale").json

    assert invalid["errors"] == [{"pointer": "/consent/grants/0/recipient", "detail": "Unknown."}]
    assert (stale["version"], stale["title"]) == (7, "Someone else was quicker.")


def test_what_is_hidden_answers_like_what_is_absent(client: FlaskClient) -> None:
    hidden, absent = client.get("/api/v1/raise/hidden").json, client.get("/api/v1/nothing").json

    assert {**hidden, "instance": ""} == {**absent, "instance": ""}


def test_every_known_error_of_ours_is_in_the_table() -> None:
    def below(kind: type[OnwardError]) -> set[type[OnwardError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    ours = {kind for kind in below(OnwardError) if kind.__module__ == "shared.errors"}

    assert ours == set(STATUSES)


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    response = client.delete("/api/v1/wishes")

    assert response.status_code == 405
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize(("kind", "status"), [(k, a[0]) for k, a in ANSWERS.items()])
def test_people_get_a_page_that_says_what_to_do(
    client: FlaskClient, kind: str, status: int
) -> None:
    response = client.get(f"/tiny/raise/{kind}")
    html = response.get_data(as_text=True)

    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert html.count("<h1") == 1
    assert "What to do now" in html
    assert 'href="tel:999"' in html
    assert ("safe" in html) or ("lost" in html)


def test_only_our_own_sentences_reach_an_error_page(client: FlaskClient) -> None:
    assert "Only a coordinator" in client.get("/tiny/raise/forbidden").get_data(as_text=True)
    assert SECRET not in client.get("/tiny/raise/hidden").get_data(as_text=True)


def test_error_pages_use_short_sentences() -> None:
    sentences = [
        sentence
        for page in PAGES.values()
        for text in (page.title, page.happened, page.lost, *page.next)
        for sentence in text.split(". ")
    ] + [s for line in helplines() for s in line.when.split(". ")]

    assert [s for s in sentences if len(s.split()) > 20] == []


def test_pointers_are_escaped_as_rfc_6901_asks() -> None:
    messages = {"a/b": {"~c": ["wrong"]}, "_schema": ["whole"], "list": {0: {"x": ["bad"]}}}

    assert list(pointers(messages)) == [("/a~1b/~0c", "wrong"), ("", "whole"), ("/list/0/x", "bad")]


def test_every_route_of_the_layer_says_who_may_call_it(app: Flask) -> None:
    assert unguarded(app) == []
