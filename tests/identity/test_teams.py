"""Who works in which team: said by the agency's lead, known to every service at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest
from identity.front import AGENCY, MARTA, OMAR, FrontDesk, claims_of
from sqlalchemy import select

from services.identity.restating import PARTS
from shared.bus import Worker
from shared.bus.envelope import Message
from shared.bus.restating import restate
from shared.ids import new_id
from shared.web import standing
from shared.web.session_tables import SESSION

if TYPE_CHECKING:
    from identity.front import Browser

ON_BOTH = pytest.mark.usefixtures("where")
FOOD, DEBT, ELSEWHERE = (UUID(int=number) for number in (51, 52, 53))
INES = UUID("019a0000-0000-7000-8000-57af00000009")


@pytest.fixture
def led(desk: FrontDesk) -> FrontDesk:
    """Return a desk where Marta leads an agency of two teams, and Omar works in the first."""
    named = ((FOOD, AGENCY, "Food bank"), (DEBT, AGENCY, "Debt help"), (ELSEWHERE, INES, "Away"))
    hears(desk, *(published(desk, *about) for about in named))
    desk.load(staff=[desk.member(MARTA, "marta", "manager"), works_in(desk, FOOD)])
    return desk


def published(desk: FrontDesk, team: UUID, agency: UUID, name: str, sequence: int = 1) -> Message:
    told = {"service_id": str(team), "agency_id": str(agency), "name": name}
    return message(desk, "service.published.v1", told, sequence)


def message(desk: FrontDesk, kind: str, told: dict[str, Any], sequence: int) -> Message:
    return Message(
        id=new_id(),
        type=kind,
        producer="p",
        subject="s",
        time=desk.clock.now(),
        sequence=sequence,
        actor={},
        correlation_id=None,
        causation_id=None,
        expires=None,
        producer_epoch="e",
        producer_seq=1,
        producer_prev="",
        body=orjson.dumps(told),
    )


def hears(desk: FrontDesk, *messages: Message) -> None:
    assert desk.worker.deliver(messages) == {}


def works_in(desk: FrontDesk, *teams: UUID, **changes: Any) -> dict[str, Any]:
    return desk.member(OMAR, "omar", teams=[str(team) for team in teams], **changes)


def told_of(desk: FrontDesk, who: UUID) -> list[dict[str, Any]]:
    said = [body for kind, body in desk.messages() if kind == "staff.changed.v1"]
    return [body for body in said if body["staff_id"] == str(who)]


def teams_told(desk: FrontDesk, who: UUID = OMAR) -> list[str]:
    teams: list[str] = told_of(desk, who)[-1]["teams"]
    return teams


def gives(browser: Browser, who: UUID, *teams: UUID, version: int | None = None) -> Any:
    """Tick exactly these teams, and save."""
    path = f"/account/teams/{who}"
    page = browser.step(path)
    changes = {} if version is None else {"version": str(version)}
    return browser.send(path, page, teams=[str(team) for team in teams], **changes)


@ON_BOTH
def test_a_lead_says_who_works_in_which_team_and_it_is_told_with_the_next_number(
    led: FrontDesk,
) -> None:
    lead = led.browser()
    lead.sign_in()
    before = len(told_of(led, OMAR))

    done = gives(lead, OMAR, FOOD, DEBT)

    page = lead.open(done.headers["Location"]).text
    assert done.status_code == 303
    assert "The teams of Omar Quinn are saved." in page
    assert "Debt help, Food bank" in page
    assert teams_told(led) == sorted(map(str, (FOOD, DEBT)))
    assert len(told_of(led, OMAR)) == before + 1
    numbers = _numbers(led)
    restate(led.store, PARTS, batch=1)
    assert teams_told(led) == sorted(map(str, (FOOD, DEBT)))
    assert _numbers(led)[-1] == numbers[-1] == max(numbers)


def _numbers(desk: FrontDesk) -> list[int]:
    outbox = desk.store.metadata.tables["outbox"]
    mine = select(outbox.c.sequence).where(outbox.c.subject == str(OMAR), outbox.c.type == KIND)
    with desk.store.read() as tx:
        return [row.sequence for row in tx.all(mine.order_by(outbox.c.id))]


KIND = "staff.changed.v1"


def test_a_team_bears_the_newest_name_of_its_service_however_late_the_older_is_heard(
    led: FrontDesk,
) -> None:
    for name, sequence in (("Food parcels", 3), ("Food", 2)):
        hears(led, published(led, FOOD, AGENCY, name, sequence))
    lead = led.browser()
    lead.sign_in()

    page = lead.step("/account/teams").text

    assert "Food parcels" in page
    assert "Food bank" not in page


def test_what_is_ticked_is_what_is_known_and_nothing_new_is_not_told(led: FrontDesk) -> None:
    lead = led.browser()
    lead.sign_in()
    before = led.announced()

    page = lead.step(f"/account/teams/{OMAR}").text
    ticked = re.findall(r'value="([0-9a-f-]{36})" checked', page)
    gives(lead, OMAR, FOOD)

    assert ticked == [str(FOOD)]
    assert "Away" not in page
    assert [kind for kind in led.announced()[len(before) :] if kind == KIND] == []


def test_nobody_takes_themselves_out_of_a_team(led: FrontDesk) -> None:
    lead = led.browser()
    lead.sign_in()
    assert gives(lead, MARTA, FOOD).status_code == 303

    refused = gives(lead, MARTA, DEBT)

    assert refused.status_code == 422
    assert "Ask another manager or administrator to take you out" in refused.text
    assert re.findall(r'value="([0-9a-f-]{36})" checked', refused.text) == [str(DEBT)]
    assert teams_told(led, MARTA) == [str(FOOD)]
    assert gives(lead, MARTA, FOOD, DEBT).status_code == 303


def test_a_lead_gives_neither_anothers_staff_nor_anothers_team(led: FrontDesk) -> None:
    away = led.member(INES, "omar", agency_id=str(new_id()), email="ines@away.example.org")
    led.load(agencies=[], staff=[away], clients=[])
    lead = led.browser()
    lead.sign_in()
    lead.step("/account/teams")

    assert lead.step(f"/account/teams/{INES}").status_code == 404
    assert lead.step(f"/account/teams/{new_id()}").status_code == 404
    assert "Ines" not in lead.step("/account/teams").text
    assert gives(lead, OMAR, ELSEWHERE).status_code == 422
    assert teams_told(led) == [str(FOOD)]


def test_a_page_that_is_older_than_another_change_is_shown_anew(led: FrontDesk) -> None:
    lead = led.browser()
    lead.sign_in()
    gives(lead, OMAR, DEBT)

    answer = gives(lead, OMAR, FOOD, version=1)

    assert answer.status_code == 409
    assert "Somebody changed this meanwhile" in answer.text
    assert teams_told(led) == [str(DEBT)]


def test_a_worker_reads_their_own_teams_and_gives_none(led: FrontDesk) -> None:
    omar = led.browser()
    omar.sign_in("/account/", "omar")

    account = omar.step("/account/").text

    assert "Food bank" in account
    assert "/account/teams" not in account
    assert omar.step("/account/teams").status_code in {403, 404}


@ON_BOTH
def test_a_directory_that_says_no_teams_leaves_them_and_one_that_does_sets_them(
    desk: FrontDesk,
) -> None:
    marta = desk.member(MARTA, "marta")
    desk.load(staff=[marta, works_in(desk, FOOD)])
    desk.load(staff=[marta, desk.member(OMAR, "omar")])
    assert teams_told(desk) == [str(FOOD)]

    desk.load(staff=[marta, works_in(desk)])
    assert teams_told(desk) == []

    desk.load(staff=[marta, works_in(desk, DEBT)])
    desk.load(staff=[marta, desk.member(OMAR, "omar", agency_id=str(new_id()))])
    assert teams_told(desk) == [], "another agency has other teams"


def test_what_a_lead_said_outlasts_another_start_of_a_demonstration(led: FrontDesk) -> None:
    omar = led.member(OMAR, "omar", first_teams=[str(DEBT)], agency_id=str(AGENCY))
    newcomer = led.member(INES, "omar", first_teams=[str(DEBT)], email="ines@wandle.example.org")

    led.load(staff=[omar, newcomer])

    assert teams_told(led) == [str(FOOD)]
    assert teams_told(led, INES) == [str(DEBT)]


def test_a_client_that_acts_for_a_team_says_so_in_its_token(desk: FrontDesk) -> None:
    desk.load(clients=[desk.client("advice") | {"teams": [str(FOOD)]}, desk.client("food")])

    token = desk.token(desk.assertion()).json["access_token"]

    assert claims_of(token)["teams"] == [str(FOOD)]
    who = desk.matching.extensions["issuer"].verify(token, denied=lambda _: False)
    assert who.teams == {FOOD}
    assert {str(FOOD), str(AGENCY), "advice"} == who.known_as()


def sessions(desk: FrontDesk) -> list[Any]:
    with desk.matching.extensions["store"].read() as tx:
        rows = tx.all(select(SESSION).where(SESSION.c.staff_id == OMAR))
    return [(row.session_id, row.teams) for row in rows]


@ON_BOTH
def test_a_session_of_before_ends_and_begins_anew_with_the_new_teams_without_a_click(
    led: FrontDesk,
) -> None:
    omar, lead = led.browser(), led.browser()
    omar.sign_in(name="omar")
    lead.sign_in()
    ((sign_on, before),) = sessions(led)

    gives(lead, OMAR, FOOD, DEBT)
    there = led.matching.extensions["store"]
    changed = message(led, KIND, told_of(led, OMAR)[-1], _numbers(led)[-1])
    assert Worker("matching", there, handlers=standing.HANDLERS).deliver([changed]) == {}

    assert sessions(led) == []
    assert "inbox of Omar Quinn" in omar.open("/agency/").text
    assert before == [str(FOOD)]
    assert sessions(led) == [(sign_on, sorted(map(str, (FOOD, DEBT))))]
