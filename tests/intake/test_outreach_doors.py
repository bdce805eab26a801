"""Pairs go to doors; a no ends a lead at once, a yes becomes a request, a worry a door."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk
from intake.outreach_site import WARD, Team
from intake.telling import ADVICE, HUB, REFERRER
from sqlalchemy import select

from services.intake.outreach import LeadSweep
from services.intake.storage import leads, tables
from services.intake.storage import outreach_tables as t
from services.intake.usecases.outreach_visiting import note_concern
from shared.identity import Principal
from shared.testing.sign_on import sign_in

TELLS = {
    "given_name": "Quentin", "family_name": "Quayle", "day": "2", "month": "1", "year": "1980",
    "address": "7 Zebra Lane", "postcode": "SW18 2PU", "phone": "07700 900111",
    "phone_safe": "yes", "phone_message": "true", "email": "", "language": "en",
    "needs": ["debt"], "story": "The roof has a hole.",
}  # fmt: skip


@pytest.fixture
def team(desk: Desk) -> Team:
    team = Team(desk)
    team.knocks_in()
    team.sends_a_pair(team.takes(unplaced="yes"))
    return team


@pytest.fixture(scope="module")
def steady(shared_desk: Desk) -> Team:
    """A team for tests in which everything is refused: somebody has agreed at its first door."""
    team = Team(shared_desk)
    team.knocks_in()
    team.sends_a_pair(team.takes(unplaced="yes"))
    agrees(team)
    return team


def door(team: Team, place: int = 0) -> str:
    return f"/outreach/leads/{team.leads()[place].id}"


def visit(team: Team, result: str, note: str = "") -> Any:
    return team.posts(f"{door(team)}/visit", {"result": result, "note": note}, team.pair)


def test_a_pair_is_sent_to_the_wards_that_were_ticked(team: Team) -> None:
    assert {(str(lead.worker_one), str(lead.worker_two)) for lead in team.leads()} == {
        (team.one, team.two)
    }


@pytest.mark.parametrize("two", ["same", "", "stranger"])
def test_nobody_is_sent_alone_or_with_a_stranger(steady: Team, two: str) -> None:
    second = {"same": steady.one, "": "", "stranger": str(ADVICE)}[two]

    answer = steady.posts(f"{door(steady)}/pair", {"one": steady.one, "two": second})

    assert answer.status_code == 422
    assert "Choose two" in answer.text
    assert {str(lead.worker_two) for lead in steady.leads()} == {steady.two}


def test_addresses_of_a_round_appear_only_when_that_is_recorded(team: Team) -> None:
    asked = team.gets("/outreach/round", team.pair).text
    before = len(team.desk.announced("access.granted.v1"))

    shown = team.posts("/outreach/round", browser=team.pair).text

    assert "Zebra Lane" not in asked
    assert "7, Zebra Lane" in shown
    told = team.desk.announced("access.granted.v1")[before:]
    assert {one["object_type"] for one in told} == {"lead"}
    assert {one["object_id"] for one in told} == {str(lead.id) for lead in team.leads()}


def test_who_works_elsewhere_by_now_has_no_round_any_more(team: Team) -> None:
    moved = Principal("staff", team.one, ADVICE, frozenset({"worker"}))

    with team.desk.store.read(actor=moved) as tx:
        assert leads.leads_to_visit(UUID(team.one), 30, tx) == []
    with team.desk.store.read(actor=replace(moved, agency_id=REFERRER)) as tx:
        assert leads.leads_to_visit(UUID(team.one), 30, tx) != []


def test_each_look_at_what_was_told_at_a_door_is_recorded(team: Team) -> None:
    place, known = agrees(team), str(team.leads()[0].id)

    def recorded() -> int:
        told = team.desk.announced("access.granted.v1")
        return sum(one["object_id"] == known for one in told)

    for page in ("tell", "share"):
        before = recorded()
        assert team.gets(f"{place}/{page}").status_code == 200
        assert recorded() == before + 1


def test_the_way_back_is_shown_to_nobody_who_was_not_at_the_door(team: Team) -> None:
    place = agrees(team)
    sends(team, place, f"{ADVICE}.who")

    assert "Return code" not in team.gets(f"{place}/done", team.boss).text
    assert "Return code" in team.gets(f"{place}/done", team.pair).text


def test_a_colleague_who_does_not_go_there_finds_no_such_door(team: Team) -> None:
    other = team.desk.app.test_client()
    sign_in(team.desk.app, other, "worker", agency_id=REFERRER)

    assert team.gets(door(team), other).status_code == 404
    assert team.posts(f"{door(team)}/details", browser=other).status_code == 404
    assert team.posts(f"{door(team)}/visit", {"result": "AGREED"}, other).status_code == 404


def test_who_leads_the_team_opens_a_door_and_it_is_recorded(team: Team) -> None:
    assert "Zebra" not in team.gets(door(team)).text
    assert "Zebra Lane" in team.posts(f"{door(team)}/details").text


@pytest.mark.parametrize("result", ["NO_ANSWER", "TALKED"])
def test_a_visit_without_a_yes_or_a_no_leaves_the_door_open(team: Team, result: str) -> None:
    assert visit(team, result, "Ring twice, ask for Zora").status_code == 303

    (lead, *_) = team.leads()
    assert (lead.state, lead.tries, lead.last_result) == ("open", 1, result)
    assert b"Zora" not in team.desk.everything_stored()
    (told,) = team.desk.announced("lead.visited.v1")
    assert (told["result"], told["agency_id"]) == (result, str(team.agency))


def test_a_no_deletes_what_the_list_told_at_once(team: Team) -> None:
    before, gone = team.desk.rows()["vault_key"], team.leads()[0].id

    visit(team, "DECLINED_HELP")

    assert gone not in {lead.id for lead in team.leads()}
    assert team.desk.rows()["vault_key"] == before - 1
    (told,) = team.desk.announced("lead.closed.v1")
    assert (told["lead_id"], told["why"], told["request_id"]) == (str(gone), "DECLINED", None)
    assert team.counts()["DECLINED_HELP"] == 1


@pytest.mark.parametrize("result", ["", "BECAME_REQUEST", "nonsense"])
def test_what_happened_is_one_of_four_things(steady: Team, result: str) -> None:
    before = steady.count(t.visit)

    assert visit(steady, result).status_code == 422
    assert steady.count(t.visit) == before


def agrees(team: Team, **changes: Any) -> str:
    place = door(team)
    visit(team, "AGREED")
    answer = team.posts(f"{place}/tell", TELLS | changes, team.pair)
    assert answer.status_code == 303, answer.text
    return place


def sends(team: Team, place: str, *ticks: str, **changes: Any) -> Any:
    from intake.public_site import Fields

    token = Fields(team.gets(f"{place}/share", team.pair).text).hidden.get("token", "")
    form = {"token": token, "share": list(ticks), "witness": "Tam Second"} | changes
    return team.posts(f"{place}/share", form, team.pair)


def test_a_yes_at_the_door_becomes_a_request(team: Team) -> None:
    place = agrees(team)

    assert sends(team, place, f"{ADVICE}.who", f"{ADVICE}.story").status_code == 303

    (told,) = team.desk.announced("request.submitted.v1")
    assert told["source"] == "ASSISTED_OUTREACH"
    assert told["referrer_agency_id"] == str(team.agency)
    (grant,) = told["recipients"]
    assert set(grant["categories"]) == {"identity", "contact", "story"}
    (given,) = team.desk.announced("consent.given.v1")
    assert given["method"] == "in_person_verbal"
    (closed,) = team.desk.announced("lead.closed.v1")
    assert (closed["why"], closed["request_id"]) == ("BECAME_REQUEST", told["request_id"])


def test_the_way_back_is_shown_for_ten_minutes_and_the_list_is_forgotten(team: Team) -> None:
    place = agrees(team)
    sends(team, place, f"{ADVICE}.who")
    (told,) = team.desk.announced("request.submitted.v1")

    shown = team.gets(f"{place}/done", team.pair).text
    team.desk.clock.advance(timedelta(minutes=11))
    LeadSweep(team.desk.store).look()

    assert told["reference"] in shown
    assert "Return code" in shown
    assert not [lead for lead in team.leads() if lead.state == "became_request"]
    assert len(team.desk.announced("lead.closed.v1")) == 1


def test_pressing_twice_makes_one_request(team: Team) -> None:
    place = agrees(team)
    page = team.gets(f"{place}/share", team.pair).text
    from intake.public_site import Fields

    form = {"token": Fields(page).hidden["token"], "share": [f"{ADVICE}.who"], "witness": "Tam"}
    answers = [team.posts(f"{place}/share", form, team.pair) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(team.desk.announced("request.submitted.v1")) == 1


def test_answers_changed_in_another_window_are_looked_at_again(steady: Team) -> None:
    answer = sends(steady, door(steady), f"{ADVICE}.who", token="an older one")

    assert answer.status_code == 422
    assert "another window" in answer.text
    assert steady.desk.announced("request.submitted.v1") == []


@pytest.mark.parametrize(
    ("ticks", "changes", "sentence"),
    [
        ((), {}, "Without a yes nothing is sent"),
        ((f"{ADVICE}.story",), {}, "must know who they are"),
        ((f"{ADVICE}.who",), {"witness": ""}, "who else was there"),
    ],
)
def test_without_a_yes_that_somebody_heard_nothing_is_sent(
    steady: Team, ticks: tuple[str, ...], changes: dict[str, str], sentence: str
) -> None:
    answer = sends(steady, door(steady), *ticks, **changes)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert steady.desk.announced("request.submitted.v1") == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"given_name": ""}, "Enter their first name"),
        ({"month": "Feb"}, "Enter a real date of birth"),
        ({"postcode": "SW18"}, "Enter a full postcode"),
        ({"phone_safe": ""}, "Ask them if this is safe"),
        ({"needs": []}, "Choose at least one thing"),
        ({"story": "x" * 4001}, "at most 4000 characters"),
        ({"hidden": ["x"]}, "Choose agencies from the list"),
    ],
)
def test_what_cannot_be_meant_is_asked_again_and_nothing_typed_is_lost(
    steady: Team, changes: dict[str, Any], sentence: str
) -> None:
    answer = steady.posts(f"{door(steady)}/tell", TELLS | changes, steady.pair)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Quayle" in answer.text


def test_an_agency_that_must_not_know_is_not_offered(team: Team) -> None:
    place = agrees(team, hidden=[str(ADVICE)])

    page = team.gets(f"{place}/share", team.pair).text

    assert f"{ADVICE}.who" not in page
    assert f"{HUB}.who" in page


def test_what_is_told_at_the_door_is_sealed(steady: Team) -> None:
    assert b"The roof has a hole" not in steady.desk.everything_stored()


def worries(desk: Desk, place: str = "12 Zebra Lane, SW18 2PU") -> None:
    with desk.store.begin(actor=Principal.public()) as tx:
        note_concern("An old man has a hole in his floor.", place, "07700 900222", tx)


def test_a_neighbours_worry_becomes_a_door_and_no_case(desk: Desk) -> None:
    team = Team(desk)
    team.knocks_in()

    worries(desk)

    (lead,) = team.leads()
    assert (lead.agency_id, lead.ward_code, lead.state) == (team.agency, WARD, "open")
    assert team.count(tables.request) == team.count(tables.person) == 0
    (told,) = desk.announced("lead.imported.v1")
    assert (told["source"], told["kept"]) == ("CONCERN_NEIGHBOUR", 1)
    stored = desk.everything_stored()
    assert not [word for word in (b"hole in", b"Zebra", b"900222") if word in stored]


@pytest.mark.parametrize("place", ["somewhere in the next street", "1 Far Road, ZZ99 9ZZ"])
def test_a_worry_about_an_unknown_place_reaches_the_hub(desk: Desk, place: str) -> None:
    Team(desk).knocks_in()

    worries(desk, place)

    with desk.store.read() as tx:
        assert [row.agency_id for row in tx.all(select(t.lead.c.agency_id))] == [HUB]


def test_a_pair_is_sent_to_a_neighbours_worry_and_may_read_it(desk: Desk) -> None:
    team = Team(desk)
    team.knocks_in()
    worries(desk)
    listed = team.gets("/outreach/").text

    assert door(team) in listed
    assert "hole in his floor" not in listed
    assert team.posts(f"{door(team)}/pair", {"one": team.one, "two": team.two}).status_code == 303
    shown = team.posts(f"{door(team)}/details", browser=team.pair).text
    assert "hole in his floor" in shown


def test_a_yes_after_a_worry_does_not_take_the_neighbours_phone_for_the_persons(
    desk: Desk,
) -> None:
    team = Team(desk)
    team.knocks_in()
    worries(desk)
    place = door(team)
    team.posts(f"{place}/pair", {"one": team.one, "two": team.two})
    visit(team, "AGREED")

    answer = team.gets(f"{place}/tell", team.pair)

    assert answer.status_code == 200
    page = answer.text
    assert "900222" not in page
    assert "hole in" not in page
