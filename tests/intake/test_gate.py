"""The gate: no field leaves it unless it was granted and the referral's state allows it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.desk import Desk
from intake.telling import (
    ADVICE,
    ALL,
    EMAIL,
    HOMES,
    HUB,
    STORY,
    a_consent,
    a_grant,
    a_submission,
    an_email,
    naming,
)

from services.intake.domain.gate import SCOPES, Scope, scope_of, visible
from services.intake.domain.submission import Channel, Contact
from services.intake.usecases import Disclosure, Refusal, disclose
from shared.identity import Principal
from shared.ids import new_id

ON_BOTH = pytest.mark.usefixtures("where")

OPEN = ("sent", "opened", "accepted")
STATES = ("proposed", *OPEN, "declined")
SIGNS = {
    "identity": ("Marigold", "Thistlewood", "1980-01-02"),
    "contact": (EMAIL,),
    "address": ("1 High St", "SW18 2PU"),
    "story": (STORY, "They know the family."),
    "access_needs": ("bsl",),
}


def ask(
    desk: Desk, request: UUID, referral: UUID, agency: UUID = ADVICE, purpose: str = "refer"
) -> Disclosure | Refusal:
    who = Principal("staff", str(new_id()), agency, frozenset({"worker"}))
    with desk.store.begin(actor=who) as tx:
        return disclose(request, referral, agency, purpose, tx)


def text_of(answer: Disclosure | Refusal) -> str:
    return json.dumps([repr(answer)], ensure_ascii=False)


def shown_in(answer: Disclosure | Refusal) -> set[str]:
    return {
        category
        for category, signs in SIGNS.items()
        if any(sign in text_of(answer) for sign in signs if category != "access_needs")
        or (category == "access_needs" and "bsl" in text_of(answer))
    }


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    mine=st.sets(st.sampled_from(ALL)),
    refused=st.sets(st.sampled_from(ALL)),
    others=st.sets(st.sampled_from(ALL)),
    states=st.lists(st.sampled_from(STATES), min_size=1, max_size=4),
    asked_by=st.sampled_from([ADVICE, HOMES]),
    purpose=st.sampled_from(["refer", "statistics", "tell_gp"]),
)
def test_nothing_leaves_the_gate_unless_it_was_granted(
    desk: Desk,
    mine: set[str],
    refused: set[str],
    others: set[str],
    states: list[str],
    asked_by: UUID,
    purpose: str,
) -> None:
    answers = (
        (ADVICE, mine, "given"),
        (ADVICE, refused - mine, "refused"),
        (HOMES, others | {"household"}, "given"),
    )
    grants = [a_grant(who, *sorted(what), decision=said) for who, what, said in answers if what]
    submitted = desk.takes_in(a_submission(consent=a_consent(*grants), referrals=()))
    referral = desk.put_to(submitted, *states)
    before = len(desk.announced())

    answer = ask(desk, submitted.id, referral, asked_by, purpose)

    (told,) = desk.announced()[before:]
    allowed = mine if (asked_by, purpose) == (ADVICE, "refer") else set()
    expected = visible(allowed, SCOPES.get(states[-1], Scope.NOTHING))
    assert shown_in(answer) == expected
    assert isinstance(answer, Disclosure) == bool(expected)
    assert set(told.get("what", ())) == expected
    assert ("reason" in told) == (not expected)


@ON_BOTH
def test_contact_and_address_wait_for_the_acceptance(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(referrals=naming()))
    referral = desk.put_to(submitted, "proposed", "sent")

    assert shown_in(ask(desk, submitted.id, referral)) == set(ALL) - {"contact", "address"}
    desk.hears_of_referral("accepted", submitted.id, referral, 3)
    assert shown_in(ask(desk, submitted.id, referral)) == set(ALL)


@pytest.mark.parametrize("last", ["proposed", "declined"])
@ON_BOTH
def test_before_it_is_sent_and_once_it_is_declined_nothing_is_seen(desk: Desk, last: str) -> None:
    submitted = desk.takes_in()
    states = ("proposed",) if last == "proposed" else ("proposed", "sent", "opened", "declined")
    referral = desk.put_to(submitted, *states)

    assert ask(desk, submitted.id, referral) == Refusal("REFERRAL_NOT_OPEN")


@ON_BOTH
def test_request_referral_and_agency_must_belong_together(desk: Desk) -> None:
    mine, other = desk.takes_in(), desk.takes_in()
    referral = desk.put_to(mine, "sent", "accepted")

    tries = [
        (other.id, referral, ADVICE),
        (mine.id, referral, HOMES),
        (mine.id, new_id(), ADVICE),
        (new_id(), referral, ADVICE),
    ]

    assert {ask(desk, *them) for them in tries} == {Refusal("NOT_YOURS")}
    assert len(desk.announced("access.denied.v1")) == len(tries)


@ON_BOTH
def test_a_consent_opens_nothing_once_its_time_is_over(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent", "accepted")
    desk.clock.advance(timedelta(days=343))

    assert ask(desk, submitted.id, referral) == Refusal("NO_LIVE_GRANT")


@ON_BOTH
def test_a_channel_not_known_to_be_safe_is_named_but_not_told(desk: Desk) -> None:
    ways = (an_email(safe="unknown"), Channel("phone", "07700 900123", "yes"))
    submitted = desk.takes_in(a_submission(contact=Contact(channels=ways)))
    referral = desk.put_to(submitted, "sent", "accepted")

    answer = ask(desk, submitted.id, referral)

    assert isinstance(answer, Disclosure)
    assert answer.contact is not None
    email, phone = answer.contact["channels"]
    assert email == {"kind": "email", "safe": "unknown"}
    assert phone["value"] == "+447700900123"


@ON_BOTH
def test_each_service_reads_only_what_was_written_to_it(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(referrals=naming()))
    referral = desk.put_to(submitted, "sent")

    answer = ask(desk, submitted.id, referral)
    assert isinstance(answer, Disclosure)
    assert answer.notes is not None
    assert answer.notes["why_this_service"] == "They know the family."

    another = new_id()
    desk.hears_of_referral("sent", submitted.id, another, 1, service=new_id())
    answer = ask(desk, submitted.id, another)
    assert isinstance(answer, Disclosure)
    assert answer.notes is None


@ON_BOTH
def test_who_opened_what_on_which_consent_is_told_to_the_log(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent")

    ask(desk, submitted.id, referral)

    (told,) = desk.announced("access.granted.v1")
    (consent,) = desk.announced("consent.given.v1")
    assert told["consent_id"] == consent["consent_id"]
    assert told["recipient_agency_id"] == str(ADVICE)
    assert told["referral_id"] == str(referral)
    assert told["what"] == sorted(set(ALL) - {"contact", "address"})


@ON_BOTH
def test_a_completed_referral_closes_with_its_follow_up(desk: Desk) -> None:
    now = desk.clock.now()

    assert scope_of("completed", now - timedelta(weeks=6), now) is Scope.NOTHING
    assert scope_of("completed", now - timedelta(weeks=5), now) is Scope.ALL
    assert scope_of("a state nobody has heard of", now, now) is Scope.NOTHING


def late(desk: Desk, order: tuple[int, ...]) -> Any:
    steps = [("proposed", 1), ("sent", 2), ("opened", 3), ("accepted", 4)]
    submitted, referral = desk.takes_in(), new_id()
    for place in order:
        state, sequence = steps[place]
        desk.clock.advance(timedelta(minutes=1))
        desk.hears_of_referral(state, submitted.id, referral, sequence)
    return submitted, referral


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=3))
def test_late_early_and_repeated_tellings_end_in_the_same_state(
    desk: Desk, order: list[int], again: list[int]
) -> None:
    submitted, referral = late(desk, (*order, *again))

    answer = ask(desk, submitted.id, referral)

    assert isinstance(answer, Disclosure)
    assert "contact" in answer.categories


@ON_BOTH
def test_a_grant_to_the_hub_for_statistics_opens_nothing_of_a_referral(desk: Desk) -> None:
    grants = a_grant(ADVICE, "identity"), a_grant(HUB, "story", purpose="statistics")
    submitted = desk.takes_in(a_submission(consent=a_consent(*grants)))
    referral = desk.put_to(submitted, "sent", agency=HUB)

    assert ask(desk, submitted.id, referral, HUB, "refer") == Refusal("NO_LIVE_GRANT")
