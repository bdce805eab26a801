"""Case review: who may list, see and read what, and that every look is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from services.matching.domain.case_review import Access, Story, Why, involved, why_listed
from services.matching.domain.deals import Party, Stage
from services.matching.errors import DealNotFoundError, DealRefusedError
from services.matching.heard import RequestSubmitted
from services.matching.storage.case_tables import case_note
from services.matching.usecases.case_reviews import (
    Action,
    Review,
    finish_action,
    list_case,
    record_review,
)
from services.matching.usecases.disclosing_cases import agenda, disclose_case, suggestions
from services.matching.usecases.keeping_deals import Terms, admit, change_deal, make_deal
from services.matching.usecases.panels import make_panel, seat, seated
from shared.errors import ConflictError
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service, an_agency
from tests.matching.hearing import Ear, grant

HUB = UUID("019a0000-0000-7000-8000-a9e0000000ff")
SECRET = "Her landlord keeps the post from her"


class Panel:
    """A panel of the hub, an advice agency and a money centre; each has one attendee."""

    def __init__(self, matching: Matching) -> None:
        self.matching, self.ear = matching, Ear(matching)
        matching.agencies.append(an_agency(HUB, "The Hub"))
        matching.hub_is(HUB)
        matching.publishes(a_service(ADVICE, places=9), a_service(MONEY, places=9))
        self.hub, self.advice, self.money, self.outsider = (
            self.staff(agency) for agency in (HUB, ADVICE, MONEY, MONEY)
        )
        parties = [Party(agency, Stage.FULL) for agency in (HUB, ADVICE, MONEY)]
        today = matching.clock.now().date()
        terms = Terms("Weekly review", today, None, ("identity", "story"))
        with matching.store.begin(actor=self.hub) as tx:
            self.deal = make_deal(terms, parties, tx)
            self.id = make_panel("Weekly", self.deal, today, tx)
            seats = [UUID(str(who.id)) for who in (self.hub, self.advice, self.money)]
            seat(self.id, 1, seats, today, tx)

    def staff(self, agency: UUID, *teams: UUID) -> Principal:
        known = {"roles": frozenset({"worker"}), "teams": frozenset(teams)}
        who = Principal(kind="staff", id=str(new_id()), agency_id=agency, **known)
        told = {"staff_id": who.id, "agency_id": agency, "name": "Sam Lee", "active": True}
        self.ear.hears(self.ear.message("staff.changed", **told, teams=list(teams)))
        return who

    def seats(self, *people: Principal) -> None:
        with self.matching.store.begin(actor=self.hub) as tx:
            who = [UUID(str(one.id)) for one in (self.hub, self.advice, self.money, *people)]
            seat(self.id, 2, who, self.matching.clock.now().date(), tx)

    def asks(self, *reviewers: UUID, reference: str = "HDJ-2RF", **values: Any) -> RequestSubmitted:
        """Ask ADVICE for help, and say yes to a review by *reviewers*."""
        request = self.matching.a_request(ADVICE, reference=reference, **values)
        grants = [grant(agency, purpose="case_review") for agency in reviewers]
        given = self.ear.given(request, grant(ADVICE), *grants, consent=request.consent_id)
        self.ear.hears(given, self.ear.submitted(request))
        return request

    @contextmanager
    def by(self, who: Principal) -> Iterator[Any]:
        with self.matching.store.begin(actor=who) as tx:
            yield tx

    def lists(self, who: Principal, reference: str = "HDJ-2RF") -> UUID:
        with self.by(who) as tx:
            return list_case(self.id, reference, tx)

    def opens(self, who: Principal, case: UUID) -> Any:
        with self.by(who) as tx:
            return disclose_case(case, tx)

    def agenda(self, who: Principal) -> list[str]:
        with self.by(who) as tx:
            panel = seated(self.id, tx)
            return [case.reference for case, _ in agenda(panel, tx)] if panel else []

    def suggested(self, who: Principal) -> list[tuple[str, ...]]:
        with self.by(who) as tx:
            panel = seated(self.id, tx)
            return [line.why(tx) for line in suggestions(panel, tx)] if panel else []


@pytest.fixture
def panel(matching: Matching) -> Panel:
    return Panel(matching)


def a_review(**changes: Any) -> Review:
    return replace(Review("SETTLED", SECRET), **changes)


def test_without_a_yes_to_case_review_nobody_can_list_a_request(panel: Panel) -> None:
    panel.asks()

    with pytest.raises(DealRefusedError):
        panel.lists(panel.hub)
    with pytest.raises(DealRefusedError):
        panel.lists(panel.advice)
    assert panel.matching.announced("case.listed") == []


def test_a_yes_to_ask_a_service_is_none_to_a_review_nor_the_other_way_round(panel: Panel) -> None:
    request = panel.asks(HUB, MONEY)

    assert [r.agency_id for r in panel.matching.referrals(request)] == [ADVICE]
    with panel.by(panel.hub) as tx:
        assert tx.agreement(request.request_id).agencies() == {ADVICE}


def test_attendees_see_only_their_lines(panel: Panel) -> None:
    panel.asks(HUB)

    panel.lists(panel.hub)

    assert panel.agenda(panel.hub) == ["HDJ-2RF"]
    assert panel.agenda(panel.advice) == ["HDJ-2RF"]
    assert panel.agenda(panel.money) == []
    assert panel.agenda(panel.outsider) == []


def test_an_agency_the_person_named_sees_the_line_though_it_does_not_help_yet(
    panel: Panel,
) -> None:
    panel.asks(HUB, MONEY)

    panel.lists(panel.hub)

    assert panel.agenda(panel.money) == ["HDJ-2RF"]


def test_every_look_is_recorded_with_its_consent_and_every_refused_one_too(panel: Panel) -> None:
    request = panel.asks(HUB)
    case = panel.lists(panel.hub)

    assert panel.opens(panel.advice, case) is not None
    assert panel.opens(panel.money, case) is None
    assert panel.opens(panel.outsider, case) is None
    assert panel.opens(panel.hub, new_id()) is None

    (granted,) = panel.matching.announced("access.granted")
    assert granted["purpose"] == "case_review"
    assert granted["consent_id"] == str(request.consent_id)
    assert granted["recipient_agency_id"] == str(ADVICE)
    denied = panel.matching.announced("access.denied")
    assert [told["recipient_agency_id"] for told in denied] == [str(MONEY), str(MONEY)]


def test_what_was_said_is_sealed_and_read_by_those_whose_line_it_is(panel: Panel) -> None:
    panel.asks(HUB)
    case = panel.lists(panel.hub)
    soon = panel.matching.clock.now().date() + timedelta(3)
    todo = Action("Ring the landlord", ADVICE, soon)
    with panel.by(panel.hub) as tx:
        record_review(case, 1, a_review(actions=(todo,)), tx)

    read = panel.opens(panel.advice, case)

    assert [said.text for said in read.minutes] == [SECRET]
    assert [(one.text, one.done) for one in read.actions] == [("Ring the landlord", False)]
    with panel.by(panel.hub) as tx:
        stored = [row.sealed for row in tx.all(select(case_note))]
    assert stored
    assert all(SECRET.encode() not in sealed for sealed in stored)
    told = panel.matching.announced("case.reviewed")[0]
    assert told["agencies"] == sorted(map(str, (HUB, ADVICE)))
    (listed,) = panel.matching.announced("case.listed")
    assert listed["attendees"] == told["attendees"] == [panel.advice.id]
    assert SECRET not in str(panel.matching.announced())


def test_consent_that_ends_closes_the_line_at_once(panel: Panel) -> None:
    request = panel.asks(HUB)
    case = panel.lists(panel.hub)

    lost = grant(HUB, purpose="case_review")
    panel.ear.hears(panel.ear.ended(request, request.consent_id, lost))

    assert panel.agenda(panel.hub) == []
    assert panel.opens(panel.hub, case) is None
    assert panel.opens(panel.advice, case) is None


def test_a_request_hidden_from_somebody_is_on_no_agenda_of_theirs(panel: Panel) -> None:
    panel.asks(HUB, MONEY, hidden_from_agencies=(MONEY,))
    panel.lists(panel.hub)
    panel.asks(HUB, reference="ABC-123", hidden_from_staff=(UUID(str(panel.advice.id)),))
    panel.lists(panel.hub, "ABC-123")

    assert panel.agenda(panel.money) == []
    assert panel.agenda(panel.advice) == ["HDJ-2RF"]
    assert len(panel.agenda(panel.hub)) == 2


def test_of_a_request_hidden_from_a_team_its_members_neither_read_nor_are_told(
    panel: Panel,
) -> None:
    team, other = new_id(), new_id()
    member, free = panel.staff(ADVICE, other, team), panel.staff(ADVICE, other)
    panel.seats(member, free)
    panel.asks(HUB, MONEY, hidden_from_teams=(team,))

    case = panel.lists(panel.hub)

    assert (panel.agenda(member), panel.suggested(member)) == ([], [])
    assert panel.opens(member, case) is None
    assert panel.agenda(free) == ["HDJ-2RF"]
    (told,) = panel.matching.announced("case.listed")
    assert free.id in told["attendees"]
    assert member.id not in told["attendees"]


def test_an_agreement_that_ends_closes_the_panel_to_that_agency(panel: Panel) -> None:
    panel.asks(HUB)
    case = panel.lists(panel.hub)
    with panel.by(panel.hub) as tx:
        admit(panel.deal, 1, Party(ADVICE, Stage.SUSPENDED), tx)

    assert panel.agenda(panel.advice) == []
    assert panel.opens(panel.advice, case) is None
    assert panel.agenda(panel.hub) == ["HDJ-2RF"]


def test_an_agreement_for_referrals_alone_holds_no_panel(panel: Panel) -> None:
    today = panel.matching.clock.now().date()
    only = Terms("Weekly review", today, None, ("identity", "story"), ("refer",))
    with panel.by(panel.hub) as tx:
        change_deal(panel.deal, 1, only, tx)

    assert panel.agenda(panel.hub) == []
    with panel.by(panel.hub) as tx:
        assert seated(panel.id, tx) is None


def test_who_left_the_agency_has_no_seat_any_more(panel: Panel) -> None:
    panel.asks(HUB)
    panel.lists(panel.hub)
    gone = replace(panel.advice, agency_id=MONEY)

    assert panel.agenda(gone) == []


def test_a_request_that_is_over_is_off_the_agenda(panel: Panel) -> None:
    request = panel.asks(HUB)
    case = panel.lists(panel.hub)

    panel.ear.hears(panel.ear.over(request, "withdrawn"))

    assert panel.agenda(panel.hub) == []
    assert panel.opens(panel.hub, case) is None


def test_erasing_a_request_destroys_what_was_said_of_it(panel: Panel) -> None:
    request = panel.asks(HUB)
    case = panel.lists(panel.hub)
    with panel.by(panel.hub) as tx:
        record_review(case, 1, a_review(), tx)

    panel.ear.hears(panel.ear.over(request, "erased"))

    with panel.by(panel.hub) as tx:
        assert tx.all(select(case_note)) == []


def test_a_case_leaves_the_agenda_only_by_a_decision_and_again_keeps_it(panel: Panel) -> None:
    panel.asks(HUB)
    case = panel.lists(panel.hub)
    later = panel.matching.clock.now().date() + timedelta(7)
    with panel.by(panel.advice) as tx:
        record_review(case, 1, a_review(decision="AGAIN", again_on=later), tx)

    assert panel.agenda(panel.hub) == ["HDJ-2RF"]
    with panel.by(panel.hub) as tx:
        with pytest.raises(ConflictError):
            record_review(case, 1, a_review(), tx)
        record_review(case, 2, a_review(), tx)

    assert panel.agenda(panel.hub) == []
    decided = [told["decision"] for told in panel.matching.announced("case.reviewed")]
    assert decided == ["AGAIN", "SETTLED"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"minutes": " "}, "/minutes"),
        ({"decision": "PERHAPS"}, "/decision"),
        ({"decision": "AGAIN"}, "/again_on"),
        ({"actions": (Action("", ADVICE, date(2099, 1, 1)),)}, "/actions/0/words"),
        ({"actions": (Action("Ring", SURGERY, date(2099, 1, 1)),)}, "/actions/0/agency"),
        ({"actions": (Action("Ring", ADVICE, date(2020, 1, 1)),)}, "/actions/0/due"),
    ],
)
def test_a_review_that_says_too_little_is_refused_with_the_place(
    panel: Panel, wrong: dict[str, Any], pointer: str
) -> None:
    panel.asks(HUB)
    case = panel.lists(panel.hub)

    with panel.by(panel.hub) as tx, pytest.raises(DealRefusedError) as refused:
        record_review(case, 1, a_review(**wrong), tx)

    assert [fault.pointer for fault in refused.value.errors] == [pointer]


def test_only_the_agency_that_is_to_do_it_says_that_it_is_done(panel: Panel) -> None:
    panel.asks(HUB)
    case = panel.lists(panel.hub)
    todo = Action("Ring", ADVICE, date(2099, 1, 1))
    with panel.by(panel.hub) as tx:
        record_review(case, 1, a_review(actions=(todo,)), tx)
        (action,) = tx.actions_of([case])
        with pytest.raises(DealNotFoundError):
            finish_action(action.id, tx)

    with panel.by(panel.advice) as tx:
        finish_action(action.id, tx)
    assert panel.opens(panel.advice, case).actions[0].done


def test_listing_twice_is_listing_once(panel: Panel) -> None:
    panel.asks(HUB)

    assert panel.lists(panel.hub) == panel.lists(panel.advice)
    assert len(panel.matching.announced("case.listed")) == 1


def test_what_is_stuck_or_complex_is_suggested_to_those_whose_line_it_is(panel: Panel) -> None:
    panel.asks(HUB)
    panel.matching.clock.advance(timedelta(days=8))
    quiet = panel.asks(HUB, reference="ABC-123")

    assert panel.suggested(panel.hub)[0][0] in {Why.OVERDUE, Why.STALLED}
    assert len(panel.suggested(panel.hub)) == 1
    assert panel.suggested(panel.money) == []
    panel.matching.declines(panel.matching.opens(panel.matching.the_referral(quiet)))
    assert len(panel.suggested(panel.hub)) == 2


def test_the_order_in_which_consents_are_heard_is_no_matter(panel: Panel) -> None:
    request = panel.matching.a_request(ADVICE)
    later = new_id()
    gone = panel.ear.ended(request, later, grant(MONEY, purpose="case_review"))
    given = panel.ear.given(
        request,
        grant(MONEY, purpose="case_review"),
        grant(HUB, purpose="case_review"),
        consent=later,
    )
    panel.ear.hears(gone, panel.ear.submitted(request), given)

    panel.lists(panel.hub)

    assert panel.agenda(panel.money) == []
    assert panel.agenda(panel.advice) == ["HDJ-2RF"]


def test_a_panel_meets_under_an_agreement_its_convener_is_in_and_seats_nobody_else(
    panel: Panel,
) -> None:
    today = panel.matching.clock.now().date()
    with panel.by(replace(panel.hub, agency_id=SURGERY)) as tx, pytest.raises(DealRefusedError):
        make_panel("Another", panel.deal, today, tx)
    with panel.by(panel.hub) as tx, pytest.raises(DealRefusedError):
        seat(panel.id, 2, [new_id()], today, tx)


AGENCIES = st.sampled_from((HUB, ADVICE, MONEY, SURGERY))


@given(
    st.dictionaries(AGENCIES, st.uuids(), max_size=3),
    st.frozensets(AGENCIES),
    st.frozensets(AGENCIES),
    AGENCIES,
)
def test_nobody_sees_a_line_without_consent_or_while_it_is_hidden_from_them(
    consents: dict[UUID, UUID], helping: frozenset[UUID], hidden: frozenset[UUID], who: UUID
) -> None:
    access = Access(HUB, consents, helping, hidden)

    if access.sees(who):
        assert who not in hidden
        assert who in consents or (HUB in consents and who in helping)
        assert access.consent_for(who) in consents.values()


def test_a_simple_request_that_moves_is_nobody_s_matter() -> None:
    now = datetime.fromisoformat("2026-11-22T09:00:00+00:00")
    story = Story(("debt",), 2, now, ())

    assert why_listed(story, now) == (Why.NOBODY_ASKED,)
    assert involved((), SURGERY) == {SURGERY}
    assert involved((), None) == frozenset()
