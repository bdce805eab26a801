"""The same person's live request is known again, and only the agency that made it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.desk import Desk
from intake.telling import ADVICE, EMAIL, HOMES, REFERRER, a_body, a_submission, an_email
from sqlalchemy import select

from driving.databases import Places
from services.intake.domain.sameness import MOST, Known, probes
from services.intake.domain.submission import Address, Contact, Submission
from services.intake.errors import DuplicateRequestError
from services.intake.storage import IntakeTransaction
from services.intake.storage.sameness import sameness
from services.intake.usecases import submit_request
from services.intake.usecases.ending import withdraw_request
from services.intake.usecases.sameness import digests_of, live_duplicate_of
from shared.identity import Principal
from shared.storage import asking, inserting


@pytest.fixture
def place(where: Places, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "var")
    yield desk
    desk.store.close()


def takes_in(desk: Desk, agency: UUID | None = REFERRER, submission: Any = None) -> Any:
    kind = "staff" if agency else "public"
    who = Principal(kind, id=str(UUID(int=900)) if agency else None, agency_id=agency)
    with desk.store.begin(actor=who) as tx:
        return submit_request(submission or a_submission(), tx)


def someone(**changes: Any) -> Any:
    told = a_submission()
    return replace(told, person=replace(told.person, **changes))


def test_the_agency_that_made_the_first_is_told_its_reference(place: Desk) -> None:
    first = takes_in(place)

    with pytest.raises(DuplicateRequestError) as refused:
        takes_in(place)

    assert refused.value.members == {"reference": first.reference}
    assert len(place.announced("request.submitted.v1")) == 1


def test_the_api_answers_409_naming_the_reference_and_keeps_nothing(desk: Desk) -> None:
    first = desk.posts(a_body()).get_json()
    before = desk.rows()

    answer = desk.posts(a_body())

    assert answer.status_code == 409
    assert answer.get_json()["reference"] == first["reference"]
    assert answer.get_json()["type"] == "urn:onward:problem:duplicate-request"
    assert desk.rows() == before


def test_the_same_key_again_is_answered_as_before_not_as_a_duplicate(desk: Desk) -> None:
    first = desk.posts(a_body(), "once")

    assert desk.posts(a_body(), "once").get_json() == first.get_json()


@pytest.mark.parametrize("agency", [None, ADVICE])
def test_anyone_else_gets_an_ordinary_answer(place: Desk, agency: UUID | None) -> None:
    first = takes_in(place)

    again = takes_in(place, agency)

    assert again.reference != first.reference
    assert again.state == first.state


@pytest.mark.parametrize("agency", [None, ADVICE, REFERRER])
def test_the_person_themselves_is_never_told(desk: Desk, agency: UUID | None) -> None:
    takes_in(desk, None)

    assert takes_in(desk, agency).state == "submitted"


def test_the_same_statements_run_whether_or_not_somebody_is_known(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.app  # in the hub whoever answers has read which nation's days are holidays
    said: list[str] = []
    for module in (asking, inserting):
        monkeypatch.setattr(module, "send", noting(said, module.send))
    monkeypatch.setattr(inserting, "send_many", noting(said, inserting.send_many))

    def work(agency: UUID | None, submission: Any) -> list[str]:
        said.clear()
        takes_in(desk, agency, submission)
        # What agencies may ask of each other is looked up by who sends, whoever it is about.
        return sorted(one for one in said if "agreement_copy" not in one)

    unknown = work(ADVICE, someone(given_name="Nobody"))
    takes_in(desk, REFERRER)
    known = work(ADVICE, a_submission())
    alone = work(None, someone(given_name="Hazel"))

    assert unknown == known == alone
    assert len([s for s in known if s.startswith("SELECT") and "sameness" in s]) == 1
    assert len([s for s in known if s.startswith("INSERT INTO sameness")]) == 1


def noting(said: list[str], real: Any) -> Any:
    def run(connection: Any, text: str, *values: Any) -> Any:
        said.append(text)
        return real(connection, text, *values)

    return run


@pytest.mark.parametrize(
    "changes",
    [
        {"given_name": "MARIGOLD", "family_name": "thistlewood"},
        {"given_name": " Mari-gold ", "family_name": "Thistle Wood"},
        {"address": Address(("Elsewhere",), "SW18 2PU")},
        {"address": Address(("Moved",), "ZE1 0AA")},
        {"date_of_birth": None},
    ],
)
def test_one_is_known_however_it_is_spelled_and_by_either_way(
    place: Desk, changes: dict[str, Any]
) -> None:
    first = takes_in(place)

    with pytest.raises(DuplicateRequestError, match=first.reference):
        takes_in(place, submission=someone(**changes))


@pytest.mark.parametrize(
    "other",
    [
        {"given_name": "Rosemary"},
        {"date_of_birth": date(1990, 1, 2), "address": None, "given_name": "Marigolda"},
    ],
)
def test_twins_of_one_household_are_two_people(desk: Desk, other: dict[str, Any]) -> None:
    takes_in(desk)

    assert takes_in(desk, submission=someone(**other)).state == "submitted"


def test_other_help_for_the_same_person_is_not_a_repeat(desk: Desk) -> None:
    takes_in(desk)

    assert takes_in(desk, submission=a_submission(needs=("housing",))).state == "submitted"


def test_what_has_ended_is_no_duplicate(desk: Desk) -> None:
    first = takes_in(desk)
    with desk.store.begin(actor=Principal("person", id=str(first.id))) as tx:
        withdraw_request(first.id, None, tx)

    assert takes_in(desk).reference != first.reference


def test_who_told_next_to_nothing_is_not_taken_for_another(desk: Desk) -> None:
    little = replace(someone(date_of_birth=None, address=None), contact=Contact("en", None, ()))
    takes_in(desk, submission=little)

    assert takes_in(desk, submission=little).state == "submitted"
    with desk.store.read() as tx:
        assert tx.all(select(sameness)) == []


def repeats(story: Submission, tx: IntakeTransaction) -> str | None:
    return live_duplicate_of(story, digests_of(story, tx), REFERRER, tx)


def test_a_corrected_name_is_known_and_the_old_one_is_not(desk: Desk) -> None:
    first = takes_in(desk)
    other = someone(given_name="Saffron")
    with desk.store.begin() as tx:
        assert repeats(other, tx) is None
        from services.intake.domain.request_transitions import Who
        from services.intake.usecases.amending import amend_request

        amend_request(
            first.id, {"person": {"given_name": "Saffron"}}, None, tx, version=None, part=Who.PERSON
        )

    with desk.store.read() as tx:
        assert repeats(other, tx) == first.reference
        assert repeats(a_submission(), tx) is None


def test_indexes_are_short_keyed_hashes_and_tell_nothing(desk: Desk) -> None:
    takes_in(desk)

    with desk.store.read() as tx:
        rows = tx.all(select(sameness))
    assert {len(row.digest_odd) for row in rows} == {16}
    assert EMAIL.encode() not in b"".join(row.digest_odd for row in rows)


TEXT = st.text(max_size=20)


@given(
    st.builds(
        Known,
        TEXT,
        TEXT,
        st.none() | st.dates().map(str),
        st.none() | TEXT,
        st.lists(st.tuples(st.sampled_from(["email", "phone", "text", "letter"]), TEXT)).map(tuple),
    )
)
def test_a_birth_date_a_name_or_a_number_is_never_indexed_alone(known: Known) -> None:
    found = probes(known)

    assert len(found) <= MOST
    for _, parts in found:
        fields = {field for field, value in parts if value}
        assert len(parts) >= 3
        assert "name" in fields
        assert fields & {"postcode", "email", "phone"}


def test_another_ones_email_does_not_make_them_the_same(desk: Desk) -> None:
    told = a_submission(contact=Contact("en", None, (an_email("other@example.org"),)))
    takes_in(desk, HOMES, told)

    assert takes_in(desk, HOMES, someone(given_name="Basil")).state == "submitted"
