"""What agreements between agencies forbid at the door: 422 that names the rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.desk import Desk, pointers
from intake.telling import ADVICE, GONE, HOMES, NOW, REFERRER, a_body
from intake.test_consents_api import an_answer, asks

from services.intake.domain.agreements import Agreement, Party, in_force, why_not
from shared.ids import new_id

TODAY = NOW.date()
KINDS = ["identity", "contact", "address", "story", "access_needs"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def party(agency: UUID, stage: str = "full", **how: Any) -> dict[str, Any]:
    return {"agency_id": agency, "stage": stage, "may_refer": True, "may_receive": True, **how}


def hears(desk: Desk, *parties: dict[str, Any], number: int = 1, **told: Any) -> UUID:
    agreement = told.pop("id", None) or new_id()
    desk.hears(
        "agreement.changed.v1",
        agreement,
        number,
        **{
            "agreement_id": agreement,
            "starts_on": "2026-01-01",
            "ends_on": None,
            "categories": KINDS,
            "parties": parties,
            "required": False,
            **told,
        },
    )
    return agreement


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({}, None),
        ({"ends_on": "2026-11-22"}, "AGREEMENT_EXPIRED"),
        ({"starts_on": "2026-12-01"}, None),
        ({"starts_on": "2026-12-01", "required": True}, "AGREEMENT_NOT_BEGUN"),
        ({"receiver": party(ADVICE, "suspended")}, "AGREEMENT_SUSPENDED"),
        ({"receiver": party(ADVICE, "ended")}, "AGREEMENT_ENDED"),
        ({"receiver": party(ADVICE, may_receive=False)}, "AGREEMENT_ONE_WAY"),
        ({"receiver": party(HOMES)}, None),
        ({"receiver": party(HOMES), "required": True}, "AGREEMENT_MISSING"),
    ],
)
def test_a_named_service_that_no_agreement_lets_be_asked_is_refused_by_rule(
    desk: Desk, told: dict[str, Any], rule: str | None
) -> None:
    receiver = told.pop("receiver", party(ADVICE))
    hears(desk, party(REFERRER), receiver, **told)

    answer = desk.posts(a_body())

    if rule is None:
        assert answer.status_code == 201, answer.text
    else:
        assert answer.status_code == 422
        assert pointers(answer) == {"/referrals/0/service"}
        assert rule in answer.text


def test_a_category_that_the_agreement_does_not_cover_is_refused_with_its_place(
    desk: Desk,
) -> None:
    hears(desk, party(REFERRER), party(ADVICE), categories=["identity", "contact", "address"])

    answer = desk.posts(a_body())

    assert answer.status_code == 422
    assert "AGREEMENT_DATA" in answer.text
    assert all(pointer.startswith("/consent/grants/0/categories/") for pointer in pointers(answer))


def test_a_later_yes_goes_no_further_than_the_agreement_of_who_records_it(desk: Desk) -> None:
    hears(desk, party(REFERRER), party(ADVICE), party(HOMES), categories=KINDS)
    hears(desk, party(REFERRER), party(GONE), categories=["health"])
    path = f"/api/v1/requests/{desk.posts(a_body()).get_json()['id']}/consents"

    refused = asks(desk, "POST", path, an_answer(grants=[yes("identity", "risk")]))
    taken = asks(desk, "POST", path, an_answer(grants=[yes("identity")]))

    assert refused.status_code == 422
    assert pointers(refused) == {"/grants/0/categories/1"}
    assert "AGREEMENT_DATA" in refused.text
    assert taken.status_code == 201, taken.text


def yes(*categories: str) -> dict[str, Any]:
    told = {"purpose": "refer", "recipient": str(HOMES), "decision": "given"}
    return {**told, "categories": list(categories)}


def test_an_older_telling_never_undoes_a_newer(desk: Desk) -> None:
    agreement = hears(desk, party(REFERRER), party(ADVICE, "suspended"), number=2)
    hears(desk, party(REFERRER), party(ADVICE), number=1, id=agreement)

    assert desk.posts(a_body()).status_code == 422


def test_who_asks_for_themselves_is_held_to_no_agreement(desk: Desk) -> None:
    hears(desk, party(REFERRER), party(HOMES), required=True)

    assert desk.takes_in()


AGENCIES = st.sampled_from((REFERRER, ADVICE, HOMES))
STAGES = st.sampled_from(("invited", "trial", "full", "suspended", "ended"))
PARTIES = st.builds(Party, AGENCIES, STAGES, st.booleans(), st.booleans())
AGREEMENTS = st.lists(
    st.builds(
        Agreement,
        st.dates(),
        st.none() | st.dates(),
        st.just(frozenset(KINDS)),
        st.tuples(PARTIES, PARTIES),
    )
)


@given(AGREEMENTS, st.booleans())
def test_nothing_is_forbidden_that_an_agreement_in_force_allows(
    agreements: list[Agreement], required: bool
) -> None:
    held = in_force(agreements, REFERRER, ADVICE, TODAY)

    sentence = why_not(agreements, REFERRER, ADVICE, TODAY, required=required)

    assert not (held and sentence)
    assert not required or held or sentence
