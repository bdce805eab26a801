"""Household, safe times, the code word and whom to hide it from: told through the API as well."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk, pointers
from intake.telling import ADVICE, HOMES, a_body, a_submission
from sqlalchemy import select

from services.intake import sealing
from services.intake.storage.colleagues import staff_named
from services.intake.storage.hidden import hidden
from shared.ids import new_id

STAFF = UUID(int=77)
WAY = {
    "kind": "phone", "value": "020 7946 0018", "safe": "yes", "leave_message": False,
    "name_to_ask_for": "Auntie Canary", "times": ["weekend"], "who_else_sees": "my flatmate",
}  # fmt: skip
BESIDES: dict[str, Any] = {
    "contact": {"language": "en", "channels": [WAY], "code_word": "marmalade"},
    "access_needs": ["bsl"],
    "groups": ["carers"],
    "household": {"lives_with": ["partner", "pregnant"], "note": "Twins are coming."},
    "hidden_from_agencies": [str(HOMES)],
    "hidden_from_staff": [str(STAFF)],
}
PERSONAL = (b"Auntie Canary", b"my flatmate", b"marmalade", b"Twins are coming")


def opened(desk: Desk, request_id: str, category: str) -> dict[str, Any]:
    with desk.store.read() as tx:
        row = tx.person_row(tx.request_row(UUID(request_id)).person_id)
        return sealing.open_person(tx.vault, tx.key_of(row.id), row, category)


def test_all_of_it_is_taken_sealed_and_told_in_codes(desk: Desk) -> None:
    answer = desk.posts(a_body(**BESIDES))

    assert answer.status_code == 201, answer.text
    request_id = answer.get_json()["id"]
    assert opened(desk, request_id, "household")["note"] == "Twins are coming."
    contact = opened(desk, request_id, "contact")
    assert contact["code_word"] == "marmalade"
    (way,) = sealing.channels(contact)
    assert (way.times, way.who_else_sees) == (("weekend",), "my flatmate")
    (told,) = desk.announced("request.submitted.v1")
    assert told["hidden_from_agencies"] == [str(HOMES)]
    assert told["hidden_from_staff"] == [str(STAFF)]
    assert (told["access_needs"], told["groups"]) == (["bsl"], ["carers"])
    with desk.store.read() as tx:
        assert hidden(UUID(request_id), tx) == {("agency", HOMES), ("staff", STAFF)}
    assert not [word for word in PERSONAL if word in desk.everything_stored()]


def test_without_any_of_it_a_request_is_as_before(desk: Desk) -> None:
    request_id = desk.posts(a_body()).get_json()["id"]

    assert opened(desk, request_id, "household") == {}
    assert opened(desk, request_id, "contact")["code_word"] is None


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"household": {"lives_with": ["dragon"]}}, "/household/lives_with/0"),
        ({"household": {"note": "z" * 501}}, "/household/note"),
        ({"household": {"pets": 1}}, "/household/pets"),
        ({"hidden_from_agencies": [str(new_id())]}, "/hidden_from_agencies/0"),
        ({"hidden_from_agencies": [str(ADVICE)]}, "/hidden_from_agencies/0"),
        ({"hidden_from_staff": ["Bob"]}, "/hidden_from_staff/0"),
        ({"contact": {"channels": [WAY | {"times": ["never"]}]}}, "/contact/channels/0/times/0"),
        ({"contact": {"code_word": "w" * 41}}, "/contact/code_word"),
        ({"access_needs": ["a throne"]}, "/access_needs/0"),
    ],
)
def test_each_fault_of_it_is_named_with_its_place(
    shared_desk: Desk, changes: dict[str, Any], pointer: str
) -> None:
    refused = shared_desk.posts(a_body(**changes))

    assert refused.status_code == 422
    assert pointer in pointers(refused)


def test_an_age_is_as_good_as_a_birth_date_for_matching(desk: Desk) -> None:
    body = a_body()
    body["person"] |= {"date_of_birth": None, "age": 44}

    desk.posts(body)

    assert desk.announced("request.submitted.v1")[0]["age"] == 44


def test_a_name_finds_staff_however_it_is_written_and_only_those_who_still_work_there(
    desk: Desk,
) -> None:
    with desk.store.begin() as tx:
        colleague = tx.table("colleague")
        for number, name, active in ((1, "Zoë O'Hara", True), (2, "Zoë O'Hara", False)):
            tx.insert(
                colleague, staff_id=UUID(int=number), agency_id=ADVICE, name=name,
                roles=["worker"], active=active, version=1,
            )  # fmt: skip
        assert staff_named(["ZOË  OHARA"], tx) == (UUID(int=1),)
        assert staff_named(["Nobody", " "], tx) == ()


def test_nothing_is_read_or_written_of_hiding_where_nothing_is_hidden(desk: Desk) -> None:
    desk.takes_in(a_submission())

    with desk.store.read() as tx:
        assert tx.all(select(tx.table("hidden_from"))) == []
