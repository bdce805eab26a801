"""Whoever works in a team that must not know finds nothing of the person, whichever service it is.

A team is one service of the guide; another service of the same agency helps the person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.matching.errors import AnswerRefusedError, ReferralNotFoundError, RequestNotFoundError
from services.matching.storage.desk import Listed
from services.matching.storage.inbox import Asked
from services.matching.usecases import open_referral, reassign
from services.matching.usecases.proposing import propose
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service, an_agency
from tests.matching.hearing import Ear
from tests.matching.helping import Helping
from tests.matching.test_api import Partner
from tests.matching.test_desk import HUB, unplaced
from tests.matching.test_inbox import LINKS, NUMBERS
from tests.matching.test_portal import Worker, page_of

if TYPE_CHECKING:
    from flask import Flask

    from shared.testing.sign_on import PretendIssuer

ON_BOTH = pytest.mark.usefixtures("where")
FOOD = new_id()


@pytest.fixture
def hidden(matching: Matching) -> Any:
    """Return a referral to one service of an agency, hidden from its other one."""
    matching.publishes(
        a_service(ADVICE, places=9), a_service(ADVICE, id=str(FOOD), name="Food", needs=["food"])
    )
    return matching.the_referral(matching.asks(ADVICE, hidden_from_teams=(FOOD,)))


def staff(*teams: UUID, agency: UUID = ADVICE, roles: tuple[str, ...] = ("worker",)) -> Principal:
    known = {"roles": frozenset(roles), "teams": frozenset(teams)}
    return Principal("staff", str(new_id()), agency, **known)


def colleague(ear: Ear, *teams: UUID, agency: UUID = ADVICE, roles: tuple[str, ...]) -> UUID:
    known = {"staff_id": (who := new_id()), "agency_id": agency, "name": f"Ina {who.hex[-6:]}"}
    ear.hears(ear.message("staff.changed", **known, roles=roles, active=True, teams=list(teams)))
    return who


@ON_BOTH
@pytest.mark.parametrize("teams", [(FOOD,), (new_id(), FOOD)], ids=["of it", "of it and another"])
def test_a_member_of_the_team_finds_it_nowhere_in_the_portal(
    matching: Matching, app: Flask, hidden: Any, teams: tuple[UUID, ...]
) -> None:
    shown = matching.the_referral(matching.asks(ADVICE, reference="SHO-WNN"))
    member, free = Worker(app, teams=teams), Worker(app, teams=(new_id(),))

    page = member.sees("/agency/")

    assert LINKS.findall(page) == [str(shown.id)]
    assert NUMBERS.findall(page)[0] == "1"
    assert LINKS.findall(member.sees(f"/agency/?q={hidden.reference}")) == []
    assert len(LINKS.findall(free.sees("/agency/"))) == 2
    for what in ("", "decline", "accept"):
        absent = page_of(hidden, what).replace(str(hidden.id), str(new_id()))
        assert _plain(member.sees(page_of(hidden, what), 404)) == _plain(member.sees(absent, 404))
    free.sees(page_of(hidden))


def _plain(page: str) -> str:
    return page.split("<main", 1)[1]


def test_a_member_can_do_nothing_to_it_by_any_command(matching: Matching, hidden: Any) -> None:
    with matching.store.begin(actor=staff(FOOD)) as tx:
        assert tx.referrals(tx.actor, role="receiver") == []
        with pytest.raises(ReferralNotFoundError):
            open_referral(hidden.id, hidden.version, tx)


def test_a_member_of_the_referrers_own_team_does_not_choose_for_it(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = matching.asks(MONEY, needs=("housing",), hidden_from_teams=(FOOD,))
    words = "They speak Polish"

    with (
        matching.store.begin(actor=staff(FOOD, agency=SURGERY)) as tx,
        pytest.raises(RequestNotFoundError),
    ):
        propose(request.request_id, service, words, tx)
    with matching.store.begin(actor=staff(agency=SURGERY)) as tx:
        assert propose(request.request_id, service, words, tx)


def test_a_partners_system_that_acts_for_the_team_reads_nothing_of_it(
    app: Flask, issuer: PretendIssuer, hidden: Any
) -> None:
    def reads(*teams: UUID) -> tuple[int, int]:
        partner = Partner(app, issuer, ADVICE, *teams)
        found = partner.calls("GET", "/referrals?role=receiver").get_json()["items"]
        return len(found), partner.calls("GET", f"/referrals/{hidden.id}").status_code

    assert reads(FOOD) == (0, 404)
    assert reads() == (1, 200)


def test_it_can_be_given_to_no_member_of_the_team(matching: Matching, app: Flask) -> None:
    helping = Helping(matching)
    active, ear = helping.active(hidden_from_teams=(FOOD,)), Ear(matching)
    member, free = (colleague(ear, *teams, roles=("worker",)) for teams in ((FOOD,), ()))
    manager = staff(roles=("worker", "manager"))

    form = Worker(app, "manager").sees(page_of(active, "reassign"))
    with pytest.raises(AnswerRefusedError):
        helping.does(reassign, active, member, None, by=manager)
    helping.does(reassign, active, free, None, by=manager)

    assert str(free) in form
    assert str(member) not in form


def test_a_coordinator_of_the_team_neither_owns_nor_sees_its_line(matching: Matching) -> None:
    ear = Ear(matching)
    matching.agencies.append(an_agency(HUB, "The Hub"))
    matching.hub_is(HUB)
    matching.publishes(a_service(ADVICE))
    team = new_id()
    colleague(ear, team, agency=HUB, roles=("coordinator",))
    free = colleague(ear, agency=HUB, roles=("coordinator",))

    unplaced(matching, ear, needs=("housing",), hidden_from_teams=(team,))

    with matching.store.read() as tx:
        today = tx.calendar().local_date(tx.now)
        seen = staff(agency=HUB, roles=("coordinator",))
        (line,) = tx.desk_lines(seen, Listed(), today)
        member = staff(team, agency=HUB, roles=("coordinator",))
        assert tx.desk_lines(member, Listed(), today) == []
        assert tx.desk_counts(member, today) == {}
        assert tx.line_on_desk(line.id, member) is None
    assert line.owner_id == free


def test_the_board_of_who_waits_leaves_it_out_for_a_member(matching: Matching, app: Flask) -> None:
    matching.publishes(a_service(ADVICE, places=0, takes_waiting_list=True))
    request = matching.asks(ADVICE, reference="CCC-CCC", hidden_from_teams=(FOOD,))
    matching.accepts(matching.opens(matching.the_referral(request)))

    assert "CCC-CCC" in Worker(app).sees("/agency/waiting")
    assert "CCC-CCC" not in Worker(app, teams=(FOOD,)).sees("/agency/waiting")


@ON_BOTH
def test_it_is_hidden_from_a_team_that_the_person_names_later_and_shown_again(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE))
    request, ear = matching.asks(ADVICE), Ear(matching)
    referral, member = matching.the_referral(request), staff(FOOD)

    def knows() -> bool:
        with matching.store.read() as tx:
            return tx.referral(referral.id, member) is not None

    seen = [knows()]
    for sequence, teams in ((2, [FOOD]), (3, [])):
        ear.hears(ear.amended(request, sequence=sequence, hidden_from_teams=teams))
        seen.append(knows())
    assert seen == [True, False, True]


TEAMS = [UUID(int=number) for number in range(71, 75)]
PEOPLE = [UUID(int=number) for number in range(61, 64)]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    staff_hidden=st.sets(st.sampled_from(PEOPLE)),
    teams_hidden=st.sets(st.sampled_from(TEAMS)),
    agency_hidden=st.booleans(),
    me=st.sampled_from(PEOPLE),
    mine=st.sets(st.sampled_from(TEAMS)),
)
def test_every_list_and_page_agrees_on_who_knows(
    matching: Matching,
    staff_hidden: set[UUID],
    teams_hidden: set[UUID],
    me: UUID,
    mine: set[UUID],
    *,
    agency_hidden: bool,
) -> None:
    ear = Ear(matching)
    matching.publishes(a_service(ADVICE, id=str(UUID(int=70)), places=500))
    request = matching.asks(ADVICE, reference=new_id().hex[-7:].upper())
    referral = matching.the_referral(request)
    whom = {"hidden_from_staff": staff_hidden, "hidden_from_teams": teams_hidden}
    agencies = [ADVICE] if agency_hidden else []
    ear.hears(ear.amended(request, **_lists(whom), hidden_from_agencies=agencies))
    who = Principal("staff", str(me), ADVICE, frozenset({"worker"}), teams=frozenset(mine))

    may = me not in staff_hidden and mine.isdisjoint(teams_hidden) and not agency_hidden
    with matching.store.read(actor=who) as tx:
        ends = tx.now
        listed = tx.inbox(who, Asked(sort="newest"), today_ends=ends, size=1000)
        found = [
            {row.id for row in listed},
            {row.id for row in tx.referrals(who, role="receiver", limit=1000)},
            {row.id for row in tx.referrals_called(who, request.reference, most=9)},
            {row.id for row in [tx.referral(referral.id, who)] if row},
            {row.id for row in [tx.seen_from_office(referral.id, who)] if row},
        ]
        counted = tx.inbox_counts(who, ends).new
    assert [referral.id in seen for seen in found] == [may] * len(found)
    assert counted == len(found[0])


def _lists(whom: dict[str, set[UUID]]) -> dict[str, list[UUID]]:
    return {kind: sorted(ids) for kind, ids in whom.items()}
