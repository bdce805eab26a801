"""Agencies, single teams, single members of staff, and mere names: who must not know, does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from intake.desk import Desk, pointers
from intake.own_page import OwnPage
from intake.public_site import ADVICE as ADVICE_HERE
from intake.public_site import DEBT as DEBT_HERE
from intake.public_site import RENT as RENT_HERE
from intake.public_site import Site
from intake.telling import (
    ADVICE,
    DEBT,
    HOMES,
    HUB,
    REFERRER,
    RENT,
    SHUT,
    a_body,
    a_submission,
)
from sqlalchemy import select

from services.intake.storage.hidden import hidden
from services.intake.usecases.hiding import names_to_find
from shared.identity import Principal

if TYPE_CHECKING:
    from pathlib import Path

NOSY, NAMESAKE = UUID(int=801), UUID(int=802)
UNKNOWN = "Philippa Peacock"
COORDINATOR = Principal("staff", str(UUID(int=9)), HUB, frozenset({"coordinator"}))


def works(desk: Desk, staff: UUID, name: str, agency: UUID = ADVICE) -> None:
    told = {"staff_id": staff, "agency_id": agency, "name": name, "roles": ["worker"]}
    desk.hears("staff.changed.v1", staff, 1, producer="identity", active=True, **told)


def hidden_now(desk: Desk, request_id: UUID) -> set[tuple[str, UUID]]:
    with desk.store.read() as tx:
        return set(hidden(request_id, tx))


def test_a_system_hides_it_from_a_team_a_member_of_staff_and_a_name(desk: Desk) -> None:
    works(desk, NAMESAKE, "Nora Nosy")
    body = a_body(
        hidden_from_teams=[str(RENT)],
        hidden_from_staff=[str(NOSY)],
        hidden_from_names=["nora nosy"],
    )

    answer = desk.posts(body)

    assert answer.status_code == 201
    told = desk.announced("request.submitted.v1")[0]
    assert told["hidden_from_teams"] == [str(RENT)]
    assert sorted(told["hidden_from_staff"]) == sorted(map(str, (NOSY, NAMESAKE)))


def test_a_team_nobody_knows_or_that_is_asked_by_name_is_refused_by_its_place(desk: Desk) -> None:
    answer = desk.posts(a_body(hidden_from_teams=[str(UUID(int=999)), str(DEBT)]))

    assert answer.status_code == 422
    assert pointers(answer) == {"/hidden_from_teams/0", "/hidden_from_teams/1"}


def test_a_name_nobody_has_is_stored_sealed_and_waits_for_a_coordinator(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(hidden_from_names=(UNKNOWN,)))

    with desk.store.read(actor=COORDINATOR) as tx:
        (waiting,) = names_to_find(tx)

    assert waiting.request_id == submitted.id
    assert UNKNOWN.encode() not in desk.everything_stored()


def test_whoever_is_named_does_not_find_the_name_on_the_list(desk: Desk) -> None:
    me = UUID(int=9)
    desk.takes_in(a_submission(hidden_from_names=(UNKNOWN,), hidden_from_staff=(me,)))

    with desk.store.read(actor=Principal("staff", str(me), HUB, frozenset({"coordinator"}))) as tx:
        assert names_to_find(tx) == ()


def finds(desk: Desk) -> OwnPage:
    works(desk, NAMESAKE, "Wanda Unlike")
    page = OwnPage.of(desk, hidden_from_names=(UNKNOWN,)).works_at(HUB, "coordinator")
    assert UNKNOWN not in page.staff_get("/requests/names/").text
    return page


def test_a_coordinator_reads_the_name_finds_whom_it_means_and_it_is_hidden_from_them(
    desk: Desk,
) -> None:
    page = finds(desk)

    shown = page.staff_post(f"/requests/names/{page.id}", {}).text
    path, chosen = f"/requests/names/{page.id}", {"step": "settle", "version": "1"}
    settled = page.staff_post(path, {**chosen, "staff": str(NAMESAKE)})

    assert UNKNOWN in shown
    assert "Wanda Unlike, Wandle Advice" in shown
    assert settled.status_code == 303
    assert hidden_now(desk, page.id) == {("staff", NAMESAKE)}
    assert page.announced("request.amended.v1")[-1]["changed"] == []
    assert page.announced("request.amended.v1")[-1]["hidden_from_staff"] == [str(NAMESAKE)]
    assert page.announced("access.granted.v1")[-1]["what"] == ["hidden_names"]
    assert "There is no name to look for" in page.staff_get("/requests/names/").text


@pytest.mark.parametrize("name", ["wandle  ADVICE", "The Wandle Advice Ltd"])
def test_an_agency_by_its_name_though_no_list_offers_it_is_hidden_from_at_once(
    desk: Desk, name: str
) -> None:
    page = OwnPage.of(desk).shows()

    keeps_from(page, names=name)

    assert ("agency", ADVICE) in hidden_now(desk, page.id)
    assert names_waiting_for(desk) == []
    ended = page.announced("consent.withdrawn.v1")[-1]["ended"]
    assert {grant["recipient"] for grant in ended} == {str(ADVICE)}


def test_a_coordinator_may_find_that_a_whole_agency_is_meant(desk: Desk) -> None:
    page = finds(desk)
    path, chosen = f"/requests/names/{page.id}", {"step": "settle", "version": "1"}

    shown = page.staff_post(f"/requests/names/{page.id}", {}).text
    settled = page.staff_post(path, {**chosen, "agency": str(ADVICE)})

    assert f'value="{ADVICE}"' in shown
    assert settled.status_code == 303
    assert hidden_now(desk, page.id) == {("agency", ADVICE)}
    ended = page.announced("consent.withdrawn.v1")[-1]["ended"]
    assert {grant["recipient"] for grant in ended} == {str(ADVICE)}


def names_waiting_for(desk: Desk) -> list[Any]:
    with desk.store.read(actor=COORDINATOR) as tx:
        return list(names_to_find(tx))


def test_it_must_be_said_who_is_meant_or_that_nobody_is(desk: Desk) -> None:
    page = finds(desk)
    path, chosen = f"/requests/names/{page.id}", {"step": "settle", "version": "1"}

    assert page.staff_post(path, chosen).status_code == 422
    assert page.staff_post(path, {**chosen, "nobody": "yes"}).status_code == 303
    assert hidden_now(desk, page.id) == set()


def test_names_are_for_the_hubs_coordinator_alone(desk: Desk) -> None:
    page = OwnPage.of(desk, hidden_from_names=(UNKNOWN,)).works_at(REFERRER, "coordinator")

    assert page.staff_post(f"/requests/names/{page.id}", {}).status_code == 404


def keeps_from(page: OwnPage, *ids: UUID, names: str = "") -> Any:
    told = {"hidden": [str(one) for one in ids], "names": names}
    return page.fills("/my/hidden-from", told)


def test_on_their_page_a_person_hides_it_from_an_agency_that_could_see_it_until_then(
    desk: Desk,
) -> None:
    page = OwnPage.of(desk).shows()

    answer = keeps_from(page, ADVICE)

    assert answer.headers["Location"].endswith("/my/details?done=hidden_from")
    assert hidden_now(desk, page.id) == {("agency", ADVICE)}
    ended = page.announced("consent.withdrawn.v1")[-1]["ended"]
    assert {grant["recipient"] for grant in ended} == {str(ADVICE)}
    assert page.announced("request.amended.v1")[-1]["hidden_from_agencies"] == [str(ADVICE)]


def test_on_their_page_a_person_hides_it_from_one_team_and_shows_it_again(desk: Desk) -> None:
    page = OwnPage.of(desk).shows()

    keeps_from(page, SHUT)
    assert hidden_now(desk, page.id) == {("team", SHUT)}
    keeps_from(page)

    assert hidden_now(desk, page.id) == set()


def test_what_the_page_does_not_offer_stays_hidden(desk: Desk) -> None:
    desk.hears_of_service(RENT, listed="partners")
    desk.hears_of_service(SHUT, listed="partners")
    page = OwnPage.of(desk, hidden_from_agencies=(HOMES,)).shows()
    assert "Homes First" not in page.text("/my/hidden-from")

    keeps_from(page, ADVICE)

    assert hidden_now(desk, page.id) == {("agency", ADVICE), ("agency", HOMES)}


def test_names_typed_on_their_page_are_found_or_wait_and_are_not_shown_again(desk: Desk) -> None:
    works(desk, NOSY, "Nora Nosy")
    page = OwnPage.of(desk).shows()

    keeps_from(page, names=f"Nora Nosy\n{UNKNOWN}")

    assert hidden_now(desk, page.id) == {("staff", NOSY)}
    assert "Nora Nosy" not in page.text("/my/hidden-from")
    with desk.store.read(actor=COORDINATOR) as tx:
        assert [one.request_id for one in names_to_find(tx)] == [page.id]


def test_the_referrer_reads_nothing_of_whom_it_is_hidden_from(desk: Desk) -> None:
    body = a_body(hidden_from_names=[UNKNOWN], hidden_from_teams=[str(RENT)])
    request_id = desk.posts(body).get_json()["id"]
    page = OwnPage.of(desk).works_at(REFERRER, "worker")

    answer = page.staff_get(f"/requests/{request_id}")

    assert answer.status_code == 200
    shown = answer.text
    assert UNKNOWN not in shown
    assert "Put right" not in shown
    assert "hidden_from" not in shown


def test_a_changed_page_is_not_overwritten_and_keeps_what_was_typed(desk: Desk) -> None:
    page = OwnPage.of(desk).shows()

    answer = page.post("/my/hidden-from", {"version": "9", "names": "Ned", "hidden": str(ADVICE)})

    assert answer.status_code == 422
    assert "Ned" in answer.text
    assert "checked" in answer.text


def test_a_team_is_offered_where_an_agency_has_several_and_is_then_not_asked(
    tmp_path: Path,
) -> None:
    site = Site.at(tmp_path)
    site.opens(ADVICE_HERE, "Wandle Advice", DEBT_HERE)
    assert "team" not in site.get("/ask/withhold").text
    with site.store.begin() as tx:
        (entry,) = tx.mappings(select(tx.table("guide")))
        tx.insert(tx.table("guide"), **{**entry, "service_id": RENT_HERE, "name": "Rent team"})
        tx.insert(tx.table("service_status"), service_id=RENT_HERE, status="open", version=1)

    assert "Wandle Advice: Rent team" in site.get("/ask/withhold").text
    site.answers(withhold={"hidden_teams": [str(RENT_HERE)], "hidden_names": UNKNOWN})

    offered = site.get("/ask/sharing").text
    assert "Wandle Advice service" in offered
    assert "Rent team" not in offered
    site.shares()
    checked = site.get("/ask/check").text
    assert "Wandle Advice: Rent team" in checked
    assert UNKNOWN in checked
    assert site.sends().headers["Location"] == "/ask/done"
    assert [row.kind for row in site.rows("hidden_from")] == ["team"]
