"""The partner API of consents: what is recorded and taken back, and to whom there is none."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from intake.desk import Desk, pointers
from intake.ledger_driver import Ledger
from intake.telling import ADVICE, GONE, HOMES, NOTICE, PERSONAL, REFERRER, a_body

from shared.ids import new_id

NUMBER = itertools.count()


def asks(desk: Desk, method: str, path: str, body: Any = None, agency: Any = REFERRER) -> Any:
    headers = desk.issuer.bearer("consent.read", "consent.record", agency_id=str(agency))
    return desk.app.test_client().open(path, method=method, headers=headers, json=body)


def an_answer(**changes: Any) -> dict[str, Any]:
    grant = {"purpose": "refer", "recipient": str(HOMES), "categories": ["identity"]}
    answer = {
        "notice": NOTICE,
        "language": "en",
        "method": "in_person_verbal",
        "given_by": "self",
        "witness": "Wilhelmina Witness",
        "valid_until": "2027-11-01",
        "grants": [{**grant, "decision": "given"}],
    }
    return {**answer, **changes}


@pytest.fixture(scope="module")
def desk(shared_desk: Desk) -> Desk:
    """One desk for all: each test has a request of its own."""
    return shared_desk


@pytest.fixture
def request_id(desk: Desk) -> str:
    """A request made by the referrer's own system, of a person of its own."""
    return posted(desk, a_body())


def posted(desk: Desk, body: dict[str, Any]) -> str:
    body["person"]["given_name"] = f"Marigold {next(NUMBER)}"
    told: str = desk.posts(body).get_json()["id"]
    return told


def all_of(desk: Desk, request_id: str) -> list[dict[str, Any]]:
    answer = asks(desk, "GET", f"/api/v1/requests/{request_id}/consents")
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_the_referrer_sees_each_consent_with_its_answers_and_history(
    desk: Desk, request_id: str
) -> None:
    (shown,) = all_of(desk, request_id)

    assert (shown["state"], shown["notice"], shown["version"]) == ("given", NOTICE, 1)
    assert (shown["capable_by"], shown["confirmation"]) == ("presumed", "due")
    assert {grant["category"] for grant in shown["grants"]} == {"identity", "story"}
    assert shown["events"][0]["change"] == "C2"
    assert "withdraw" in shown["actions"]


def test_what_the_person_said_is_recorded_and_its_receipt_is_named(
    desk: Desk, request_id: str
) -> None:
    answer = asks(desk, "POST", f"/api/v1/requests/{request_id}/consents", an_answer())

    told = answer.get_json()
    assert (answer.status_code, told["state"]) == (201, "given")
    assert answer.headers["Location"] == f"/api/v1/consents/{told['id']}/receipt"
    assert desk.announced("consent.given.v1")[-1]["consent_id"] == told["id"]
    assert asks(desk, "GET", answer.headers["Location"]).status_code == 200


def test_a_no_to_a_question_is_recorded_as_a_no(desk: Desk, request_id: str) -> None:
    asked = Ledger.of(desk, request_id).is_asked(HOMES)
    refusing = an_answer(answers=str(asked))
    refusing["grants"][0]["decision"] = "refused"

    answer = asks(desk, "POST", f"/api/v1/requests/{request_id}/consents", refusing)

    assert (answer.status_code, answer.get_json()["state"]) == (201, "refused")
    assert desk.announced("consent.refused.v1")[-1]["recipients"] == [str(HOMES)]


def test_a_part_is_taken_back_at_once_and_the_answer_shows_it(desk: Desk, request_id: str) -> None:
    (before,) = all_of(desk, request_id)
    story = next(g["id"] for g in before["grants"] if g["category"] == "story")
    body = {"grants": [story], "method": "phone"}

    answer = asks(desk, "POST", f"/api/v1/consents/{before['id']}/withdrawal", body)

    assert answer.status_code == 200
    ended = {g["category"]: bool(g["ended_at"]) for g in answer.get_json()["grants"]}
    assert ended == {"identity": False, "story": True}
    again = asks(desk, "POST", f"/api/v1/consents/{before['id']}/withdrawal", body)
    assert (again.status_code, pointers(again)) == (422, {"/grants/0"})


def test_whoever_was_told_takes_back_only_what_it_was_told(desk: Desk) -> None:
    body = a_body()
    body["consent"]["grants"].append({**body["consent"]["grants"][0], "recipient": str(HOMES)})
    request_id = posted(desk, body)
    (before,) = all_of(desk, request_id)
    path = f"/api/v1/consents/{before['id']}/withdrawal"
    others = [g["id"] for g in before["grants"] if g["recipient"] == str(ADVICE)]

    foreign = asks(desk, "POST", path, {"grants": others, "method": "phone"}, HOMES)
    own = asks(desk, "POST", path, {"grants": None, "method": "phone"}, HOMES)

    assert (foreign.status_code, own.status_code) == (404, 200)
    told = own.get_json()
    assert {g["recipient"] for g in told["grants"]} == {str(HOMES)}, "and nobody else"
    assert str(ADVICE) not in own.text
    assert (len(told["events"]), told["actions"]) == (1, [])
    (after,) = all_of(desk, request_id)
    assert after["state"] == "given"
    still = {g["recipient"] for g in after["grants"] if not g["ended_at"]}
    assert still == {str(ADVICE)}


WRONG: dict[str, tuple[dict[str, Any], set[str]]] = {
    "an unknown key": ({"colour": "blue"}, {"/colour"}),
    "nothing said": ({"grants": []}, {"/grants"}),
    "a closed agency": (
        {"grants": [{"purpose": "refer", "recipient": str(GONE), "categories": ["identity"],
                     "decision": "given"}]}, {"/grants/0/recipient"}),
    "an unknown category": (
        {"grants": [{"purpose": "refer", "recipient": str(HOMES), "categories": ["soul"],
                     "decision": "given"}]}, {"/grants/0/categories/0"}),
    "no witness": ({"witness": None}, {"/witness"}),
    "over already": ({"valid_until": "2026-11-22"}, {"/valid_until"}),
    "no such day": ({"valid_until": "2027-02-30"}, {"/valid_until"}),
    "longer than the notice": ({"valid_until": "2027-11-24"}, {"/valid_until"}),
    "a foreign notice": ({"notice": "elsewhere"}, {"/notice"}),
    "a parent nobody checked": ({"given_by": "parent_pr"}, {"/authority", "/given_by"}),
    "an attorney without papers": ({"given_by": "lpa"}, {"/authority", "/capacity"}),
    "an assessment of half a sentence": (
        {"capacity": {"outcome": "able"}}, {"/capacity/assessor", "/capacity/assessed_on"}),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_each_fault_of_an_answer_has_its_place(desk: Desk, request_id: str, case: str) -> None:
    changes, expected = WRONG[case]

    answer = asks(desk, "POST", f"/api/v1/requests/{request_id}/consents", an_answer(**changes))

    assert (answer.status_code, pointers(answer)) == (422, expected)
    assert len(all_of(desk, request_id)) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"grants": None}, {"/method"}),
        ({"grants": None, "method": "telepathy"}, {"/method"}),
        ({"grants": None, "method": "phone", "reason": "He found out"}, {"/reason"}),
        ({"grants": [], "method": "phone"}, {"/grants"}),
        ({"grants": ["x"], "method": "phone"}, {"/grants/0"}),
    ],
)
def test_each_fault_of_a_withdrawal_has_its_place(
    desk: Desk, request_id: str, body: Any, expected: set[str]
) -> None:
    (before,) = all_of(desk, request_id)

    answer = asks(desk, "POST", f"/api/v1/consents/{before['id']}/withdrawal", body)

    assert (answer.status_code, pointers(answer)) == (422, expected)
    assert all_of(desk, request_id) == [before]


def test_another_agencys_consent_answers_exactly_like_none(desk: Desk, request_id: str) -> None:
    (mine,) = all_of(desk, request_id)
    before = desk.rows()
    taking_back = {"grants": None, "method": "phone"}
    calls = [
        ("GET", "/api/v1/requests/{request}/consents", None),
        ("POST", "/api/v1/requests/{request}/consents", an_answer()),
        ("POST", "/api/v1/consents/{consent}/withdrawal", taking_back),
        ("POST", "/api/v1/consents/{consent}/confirmation", {"method": "letter"}),
        ("GET", "/api/v1/consents/{consent}/receipt", None),
    ]

    for method, path, body in calls:
        foreign = asks(
            desk, method, path.format(request=request_id, consent=mine["id"]), body, HOMES
        )
        absent = asks(desk, method, path.format(request=new_id(), consent=new_id()), body, HOMES)
        told, nothing = foreign.get_json(), absent.get_json()
        told.pop("instance"), nothing.pop("instance")
        assert (foreign.status_code, absent.status_code) == (404, 404), path
        assert told == nothing
    assert desk.rows() == before


def test_a_token_without_the_scope_reads_and_records_nothing(desk: Desk, request_id: str) -> None:
    headers = desk.issuer.bearer("request.read", agency_id=str(REFERRER))
    client = desk.app.test_client()
    path = f"/api/v1/requests/{request_id}/consents"

    assert client.get(path, headers=headers).status_code == 403
    assert client.post(path, headers=headers, json=an_answer()).status_code == 403


def test_the_confirmation_of_what_was_said_aloud_is_noted(desk: Desk, request_id: str) -> None:
    (before,) = all_of(desk, request_id)
    path = f"/api/v1/consents/{before['id']}/confirmation"

    wrong = asks(desk, "POST", path, {"method": "pigeon"})
    right = asks(desk, "POST", path, {"method": "letter"})

    assert (wrong.status_code, pointers(wrong)) == (422, {"/method"})
    assert (right.status_code, right.get_json()["confirmation"]) == (200, "done")


def test_no_answer_of_these_routes_names_the_person(desk: Desk, request_id: str) -> None:
    (entry,) = all_of(desk, request_id)
    receipt = asks(desk, "GET", f"/api/v1/consents/{entry['id']}/receipt")

    assert receipt.status_code == 200
    for words in (*PERSONAL, "Wilhelmina"):
        assert words not in receipt.get_data(as_text=True)
        assert words not in str(entry)
