"""The five ways of working together, each lived in its own demonstration partnership."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deploy.demo.load import guide, read_demo
from services.matching import usecases
from services.matching.clocks import Clocks
from services.matching.domain.lessons import lessons
from services.matching.domain.reciprocity import pairs
from services.matching.domain.transitions import Result, State
from services.matching.errors import AnswerRefusedError
from services.matching.heard import Grant, RequestSubmitted
from services.matching.storage.deals import as_party
from services.matching.storage.guide import entry_of
from services.matching.usecases import Came, publish_guide
from services.matching.usecases.case_reviews import Action, Review, list_case, record_review
from services.matching.usecases.closing import Closure, close_service
from services.matching.usecases.disclosing_cases import agenda
from services.matching.usecases.keeping_deals import admit
from services.matching.usecases.panels import make_panel, seat, seated
from shared.ids import new_id
from tests.matching.drivers import Matching, a_client
from tests.matching.hearing import Ear, grant
from tests.matching.helping import Helping, a_worker

FALCONBROOK, ELSEWHERE = ("E09000032", "E05014012"), ("E09000032", "E05014024")
FAMILY = {"needs": ("family_support",), "groups": ("families_under_5",), "age": 31}
EVERYTHING = ("identity", "contact", "address", "story", "household", "health", "risk")


class Partnership(Helping):
    """A demonstration partnership, its agencies and services by their names."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(Matching(folder))
        demo = read_demo(name)
        with self.matching.store.begin() as tx:
            publish_guide(guide(demo), tx)
        self.agencies = {one["name"]: UUID(one["id"]) for one in demo["agencies"]}
        self.services = {one["name"]: UUID(one["id"]) for one in demo["services"]}

    def asks(
        self, *agreed: str, by: str | None = None, services: tuple[str, ...] = (), **told: Any
    ) -> RequestSubmitted:
        """Ask for help, saying yes to the agencies named in *agreed*; by nobody: for oneself."""
        grants = tuple(Grant("refer", self.agencies[name], EVERYTHING) for name in agreed)
        request = replace(
            self.matching.a_request(),
            recipients=grants,
            referrer_agency_id=self.agencies[by] if by else None,
            services=tuple(self.services[name] for name in services),
            **{"source": "PARTNER_API" if by else "SELF_WEB", **told},
        )
        self.matching.hears(request)
        return request

    def referral(self, request: RequestSubmitted) -> Any:
        return self.matching.the_referral(request)

    def accepts(self, referral: Any, start: date | None = None) -> Any:
        return self.matching.accepts(self.matching.opens(referral), start)

    def days_pass(self, days: int) -> None:
        self.matching.clock.advance(timedelta(days=days))

    def says_places(self, service: str, places: int, *, waiting: bool = False) -> None:
        self.matching.says_places(self.services[service], places, takes_waiting_list=waiting)


def told(partnership: Partnership, kind: str) -> list[dict[str, Any]]:
    return partnership.matching.announced(kind)


def test_the_guide_and_the_deal(tmp_path: Path) -> None:
    """Refer with a reason, learn why not, see the gap, and keep count both ways."""
    hub = Partnership("referral-guide", tmp_path)
    request = hub.asks("Wandle Advice", by="Lavender Minds", needs=("debt",))
    referral = hub.referral(request)
    hub.matching.declines(hub.matching.opens(referral), "NO_CAPACITY")

    (no,) = told(hub, "referral.declined")
    assert no["reason"] == "NO_CAPACITY"
    assert no["alternatives"]
    assert [(gap.need, gap.reasons) for gap in hub.matching.gaps()] == [("debt", ["NO_CAPACITY"])]

    back = hub.asks("Lavender Minds", by="Wandle Advice", needs=("mental_health",))
    hub.accepts(hub.referral(back))
    with hub.matching.store.read() as tx:
        names = tx.agency_names()
        (pair,) = pairs(tx.flows(tx.now - timedelta(days=365)), names)
    assert {names[pair.first], names[pair.second]} == {"Lavender Minds", "Wandle Advice"}
    there, back = sorted((pair.there, pair.back), key=lambda flow: flow.accepted)
    assert (there.sent, there.declined, back.sent, back.accepted) == (1, 1, 1, 1)
    assert not pair.one_way


def test_agreed_by_phone_beforehand_counts_as_accepted(tmp_path: Path) -> None:
    hub = Partnership("referral-guide", tmp_path)

    request = hub.asks(
        "Wandle Advice",
        by="Lavender Minds",
        needs=("debt",),
        services=("Debt casework",),
        agreed_by_phone=True,
    )

    assert hub.referral(request).state == State.ACCEPTED


def test_the_waiting_promise(tmp_path: Path) -> None:
    """A wait that is called a wait, ends in a review, and is never let run on."""
    families = Partnership("waiting-promise", tmp_path)
    families.says_places("Home visiting", 0, waiting=True)
    request = families.asks(
        "Kingfisher Home Visiting",
        by="Nightingale Health Visiting",
        services=("Home visiting",),
        **FAMILY,
    )
    waiting = families.accepts(families.referral(request))

    assert waiting.state == State.WAITING
    (event,) = told(families, "referral.waiting")
    assert event["review_by"].startswith("2027-01-2")
    families.days_pass(50)
    families.says_places("Home visiting", 0, waiting=True)
    until = date(2027, 2, 12)
    with pytest.raises(AnswerRefusedError, match="two to four weeks"):
        families.reviews(
            waiting, Result.EXTENDED, until=date(2027, 3, 20), agreed_with_referrer=True
        )
    families.reviews(waiting, Result.EXTENDED, until=until, agreed_with_referrer=True)
    families.says_places("Home visiting", 1, waiting=True)
    families.does(usecases.start, waiting, families.today)
    (started,) = told(families, "referral.started")
    assert started["started_on"] == str(families.today)


@pytest.mark.parametrize(
    ("result", "state", "how"),
    [
        (Result.RETURNED, State.RETURNED, {"comment": "No volunteer lives near them."}),
        (Result.NEEDS_CHANGED, State.WITHDRAWN, {"agreed_with_referrer": True}),
        (
            Result.RE_REFER_LATER,
            State.RETURNED,
            {"agreed_with_referrer": True, "until": date(2027, 4, 1)},
        ),
    ],
)
def test_a_wait_ends_in_one_of_four_ways(
    tmp_path: Path, result: Result, state: State, how: dict[str, Any]
) -> None:
    families = Partnership("waiting-promise", tmp_path)
    families.says_places("Home visiting", 0, waiting=True)
    request = families.asks(
        "Kingfisher Home Visiting",
        by="Nightingale Health Visiting",
        services=("Home visiting",),
        **FAMILY,
    )
    waiting = families.accepts(families.referral(request))
    families.days_pass(63)

    assert Clocks(families.matching.store).look() > 0
    assert families.now(waiting).state == State.WAITING
    families.reviews(waiting, result, **how)
    assert families.now(waiting).state == state


def test_trustees_close_a_service_and_those_who_wait_keep_their_place(tmp_path: Path) -> None:
    families = Partnership("waiting-promise", tmp_path)
    kingfisher = families.agencies["Kingfisher Home Visiting"]
    families.says_places("Home visiting", 0, waiting=True)
    asked = {"by": "Nightingale Health Visiting", "services": ("Home visiting",), **FAMILY}
    waiting = families.accepts(
        families.referral(families.asks("Kingfisher Home Visiting", **asked))
    )
    until = families.today + timedelta(days=60)
    closure = Closure("The trustees", "Our organiser is ill.", until, "We ring everyone weekly.")
    with families.matching.store.begin(actor=a_worker(kingfisher, "trustee")) as tx:
        close_service(families.services["Home visiting"], closure, tx)

    refused = families.asks("Kingfisher Home Visiting", **asked)

    assert families.matching.referrals(refused) == []
    assert told(families, "match.failed")[-1]["reasons"] == ["CLOSED_TO_REFERRALS"]
    assert families.now(waiting).state == State.WAITING


def test_the_doorstep(tmp_path: Path) -> None:
    """No condition but where somebody lives; partners are let in step by step."""
    street = Partnership("doorstep", tmp_path)
    team = "Falconbrook Doorstep Team"
    here = {"needs": ("debt",), "groups": (), "age": None, "threshold": None}

    neighbour = street.asks(team, area_codes=FALCONBROOK, **here)
    away = street.asks(team, area_codes=ELSEWHERE, **here)
    assert street.referral(neighbour).state == State.SENT
    assert [e["reasons"] for e in told(street, "match.failed")] == [["OUT_OF_AREA"]]
    assert street.matching.referrals(away) == []

    onward = street.asks(
        "Plough Road Minds", by=team, area_codes=FALCONBROOK, needs=("mental_health",)
    )
    assert street.referral(onward).state == State.SENT

    asked = {"area_codes": FALCONBROOK, **here}
    for _ in range(3):
        street.asks(team, by="Falcon Lane School", **asked)
    street.asks(team, by="Falcon Lane School", **asked)
    street.asks(team, by="Lavender Hill Fire Safety", **asked)
    reasons = [event["reasons"] for event in told(street, "match.failed")][1:]
    assert reasons == [["AGREEMENT_TRIAL_FULL"], ["AGREEMENT_NOT_BEGUN"]]


def test_a_round_goes_from_door_to_door_of_the_streets_it_names(tmp_path: Path) -> None:
    street = Partnership("doorstep", tmp_path)
    asked = {"needs": ("food",), "groups": (), "age": None, "threshold": None}

    on_it, off_it = (
        street.asks("Falconbrook Doorstep Team", area_codes=(*FALCONBROOK, home), **asked)
        for home in ("listed:doorstep_round", "unlisted:doorstep_round")
    )

    round_id = street.services["Winter warmth round"]
    assert street.referral(on_it).service_id == round_id
    assert street.matching.referrals(off_it) == []
    assert told(street, "match.failed")[-1]["reasons"] == ["OUT_OF_AREA"]


def test_an_invited_partner_refers_once_it_is_admitted(tmp_path: Path) -> None:
    street = Partnership("doorstep", tmp_path)
    fire = street.agencies["Lavender Hill Fire Safety"]
    with street.matching.store.begin() as tx:
        (deal,) = tx.deals_of(fire)
        (party,) = [p for p in tx.parties_of([deal.id])[deal.id] if p.agency_id == fire]

        trial = replace(as_party(party), stage="trial", trial_limit=2)
        admit(deal.id, deal.version, trial, tx)

    request = street.asks(
        "Falconbrook Doorstep Team",
        by="Lavender Hill Fire Safety",
        area_codes=FALCONBROOK,
        needs=("housing",),
    )

    assert street.referral(request).state == State.SENT


def test_the_front_door(tmp_path: Path) -> None:
    """Decided within a day; a no teaches, names what fits, and is shown to who asked."""
    door = Partnership("front-door", tmp_path)
    request = door.asks(
        "Children's Front Door",
        by="Nightjar Academy",
        services=("Worried about a child",),
        needs=("parenting",),
        threshold=3,
        age=None,
    )
    referral = door.referral(request)
    (sent,) = told(door, "referral.sent")
    assert sent["answer_by"] == (request.submitted_at + timedelta(hours=24)).isoformat()
    with pytest.raises(AnswerRefusedError):
        door.matching.declines(door.matching.opens(referral), "BELOW_THRESHOLD")

    door.matching.declines(
        referral,
        "BELOW_THRESHOLD",
        comment="One need, and the family copes.",
        would_have_been_right_if="Several needs at once.",
    )

    (no,) = told(door, "referral.declined")
    names = {str(i): name for name, i in door.services.items()}
    early = {"Family worker", "Early help advice line", "Parenting together"}
    assert {names[i] for i in no["alternatives"]} & early
    school = door.agencies["Nightjar Academy"]
    with door.matching.store.read() as tx:
        (lesson,) = lessons(tx.refusals_to(school, tx.now - timedelta(days=365)))
        assert tx.sent_by(school, tx.now - timedelta(days=365)).declined == 1
    assert lesson.reason == "BELOW_THRESHOLD"


def test_neighbours_and_families_are_never_turned_away_at_the_door(tmp_path: Path) -> None:
    door = Partnership("front-door", tmp_path)

    request = door.asks(
        "Children's Front Door",
        needs=("family_support",),
        services=("Worried about a child",),
        threshold=None,
        age=None,
        source="CONCERN_NEIGHBOUR",
    )

    assert door.referral(request).state == State.SENT


def test_nobody_waits_in_silence_at_the_front_door(tmp_path: Path) -> None:
    door = Partnership("front-door", tmp_path)
    request = door.asks(
        "Children's Front Door", by="Nightjar Academy", needs=("parenting",), threshold=4, age=None
    )
    Clocks(door.matching.store).look()
    door.matching.clock.advance(timedelta(hours=25))
    Clocks(door.matching.store).look()

    late = [event for event in told(door, "clock.overdue") if event["clock"] == "K2"]
    assert [event["rung"] for event in late] == [1]
    assert door.referral(request).state == State.SENT


def test_the_joined_up_council(tmp_path: Path) -> None:
    """Handed on inside one house and out of it, talked about once a week, counted in pounds."""
    council = Partnership("joined-up-council", tmp_path)
    request = council.asks(
        "Homes and Money Team", by="Social Prescribing Team", needs=("debt",), threshold=2
    )
    inside = council.accepts(council.referral(request))
    council.does(usecases.start, inside, council.today)
    onward = council.asks(
        "Heathbrook Advice Bureau",
        by="Homes and Money Team",
        needs=("benefits",),
        services=("Appeals",),
    )
    assert council.referral(onward).state == State.SENT

    gained = Came("debt", "ACHIEVED", ("INCOME_MAXIMISED",), pounds_per_year=1240)
    council.does(usecases.complete, inside, (gained,))
    (done,) = told(council, "referral.completed")
    assert done["outcomes"][0]["pounds_per_year"] == 1240
    assert done["referrer_agency_id"] == str(council.agencies["Social Prescribing Team"])


def test_the_weekly_review_sees_only_whom_the_person_let_it_see(tmp_path: Path) -> None:
    council = Partnership("joined-up-council", tmp_path)
    ear = Ear(council.matching)
    money, advice = (
        council.agencies[name] for name in ("Homes and Money Team", "Heathbrook Advice Bureau")
    )
    chair, adviser = a_worker(money), a_worker(advice)
    for who in (chair, adviser):
        staff = {"staff_id": who.id, "agency_id": who.agency_id, "name": "Sam", "active": True}
        ear.hears(ear.message("staff.changed", **staff))
    request = replace(
        council.matching.a_request(money),
        referrer_agency_id=council.agencies["Social Prescribing Team"],
    )
    yes = [grant(agency, purpose="case_review") for agency in (money, advice)]
    ear.hears(
        ear.given(request, grant(money, *EVERYTHING), *yes, consent=request.consent_id),
        ear.submitted(request),
    )
    with council.matching.store.begin(actor=chair) as tx:
        deal = next(row for row in tx.deals_of(money) if row.name == "Weekly case review")
        panel = make_panel("Every Tuesday", deal.id, council.today, tx)
        seat(panel, 1, [UUID(str(one.id)) for one in (chair, adviser)], council.today, tx)
        case = list_case(panel, request.reference, tx)
    with council.matching.store.begin(actor=adviser) as tx:
        found = seated(panel, tx)
        assert found is not None
        assert [one.reference for one, _ in agenda(found, tx)] == [request.reference]
    done = Action("Look at the appeal", advice, council.today + timedelta(days=7))
    with council.matching.store.begin(actor=chair) as tx:
        (row,) = tx.open_cases(panel)
        record_review(case, row.version, Review("SETTLED", "Agreed who leads.", (done,)), tx)

    assert [event["case_id"] for event in told(council, "case.reviewed")] == [str(case)]
    with council.matching.store.begin(actor=a_client(new_id())) as tx:
        assert seated(panel, tx) is None


@pytest.mark.parametrize(
    "name", ["referral-guide", "waiting-promise", "doorstep", "front-door", "joined-up-council"]
)
def test_every_partnership_says_who_each_service_is_for_and_whom_to_ask(
    tmp_path: Path, name: str
) -> None:
    partnership = Partnership(name, tmp_path)
    with partnership.matching.store.read() as tx:
        rows = tx.services_named(list(partnership.services.values()))

    assert len(rows) == len(partnership.services)
    for row in rows:
        entry = entry_of(row.entry)
        assert entry["who_for"], entry["name"]
        assert entry["description"], entry["name"]
        assert entry["contact"]["role"], entry["name"]
        assert entry["contact"]["phone"], entry["name"]
        assert entry["contact"]["email"], entry["name"]
