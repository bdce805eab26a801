"""The ledger with its store: what is agreed, refused, taken back, and who hears of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from intake.desk import Desk
from intake.ledger_driver import OFFICER, WORKER, Ledger
from intake.telling import ADVICE, ALL, GONE, HOMES, HUB, RENT, a_grant
from sqlalchemy import select

from services.intake.domain.capacity import Authority, Capacity
from services.intake.errors import (
    ConsentNotFoundError,
    ConsentNotPossibleError,
    ConsentNotYoursError,
    ConsentRefusedError,
)
from services.intake.storage import ledger_tables as lt
from services.intake.usecases import consenting
from shared.ids import new_id

ON_BOTH = pytest.mark.usefixtures("where")


@ON_BOTH
def test_taking_a_part_back_leaves_the_rest_and_counts_at_once(desk: Desk) -> None:
    ledger = Ledger(desk)

    ledger.takes_back(ledger.first, "story", "address", reason="NEEDS_CHANGED")

    (told,) = ledger.told("consent.withdrawn.v1")
    assert told["ended"][0]["categories"] == ["address", "story"]
    assert told["remaining"][0]["categories"] == ["identity", "contact", "access_needs"]
    assert (told["method"], told["reason"]) == ("phone", "NEEDS_CHANGED")
    assert ledger.granted() == {"identity", "contact", "access_needs"}
    assert ledger.first.state == "given"
    assert [event.change for event in ledger.first.events] == ["C2", "C6"]


def test_taking_all_back_ends_it_and_nothing_is_deleted(desk: Desk) -> None:
    ledger = Ledger(desk)
    ledger.takes_back(ledger.first, "story")

    ledger.takes_back(ledger.first)

    assert (ledger.first.state, ledger.granted()) == ("withdrawn", frozenset())
    assert ledger.told("consent.withdrawn.v1")[-1]["remaining"] == []
    assert {(g.category, g.decision) for g in ledger.first.grants} == {(c, "given") for c in ALL}
    assert all(grant.ended_at for grant in ledger.first.grants)
    with pytest.raises(ConsentNotPossibleError):
        ledger.takes_back(ledger.first)


def test_withdrawing_everything_says_no_to_open_questions_too(desk: Desk) -> None:
    ledger = Ledger(desk)
    asked = ledger.is_asked(HOMES)

    with ledger.acting() as tx:
        consenting.withdraw_all_consents(ledger.request, tx, method="online_form", reason=None)

    assert {entry.state for entry in ledger.entries()} == {"withdrawn", "refused"}
    assert ledger.told("consent.refused.v1")[0]["consent_id"] == str(asked)
    assert ledger.live() == set()


@ON_BOTH
def test_a_newer_answer_ends_the_older_to_the_same_question_and_widens_nothing(desk: Desk) -> None:
    ledger = Ledger(desk, a_grant(ADVICE), a_grant(HOMES, "identity"))

    newer = ledger.gives(a_grant(ADVICE, "identity", "health"))

    assert ledger.granted() == {"identity", "health"}
    assert ledger.granted(HOMES) == {"identity"}
    (told,) = ledger.told("consent.superseded.v1")
    assert told["by_consent_id"] == str(newer)
    assert {one["recipient"] for one in told["ended"]} == {str(ADVICE)}
    assert {one["recipient"] for one in told["remaining"]} == {str(ADVICE), str(HOMES)}
    assert (ledger.first.state, ledger.newest.state) == ("given", "given")

    ledger.gives(a_grant(HOMES, "story"), a_grant(ADVICE, decision="refused"))

    assert ledger.live() == {("refer", HOMES, "story")}
    assert [entry.state for entry in ledger.entries()] == ["given", "superseded", "superseded"]


def test_a_question_names_what_would_be_told_and_its_answer_fills_the_same_record(
    desk: Desk,
) -> None:
    ledger = Ledger(desk)
    asked = ledger.is_asked(HOMES)

    assert ledger.newest.state == "requested"
    assert [(g.recipient, g.category, g.decision) for g in ledger.newest.grants] == [
        (HOMES, "identity", "asked")
    ]
    ledger.gives(a_grant(HOMES, "identity"), answers=asked)

    assert (ledger.newest.id, ledger.newest.state) == (asked, "given")
    assert ledger.granted(HOMES) == {"identity"}
    assert [event.sequence for event in ledger.newest.events] == [1, 2]
    with pytest.raises(ConsentNotPossibleError):
        ledger.gives(a_grant(HOMES), answers=asked)


def test_a_question_is_not_answered_for_an_agency_nobody_spoke_of(desk: Desk) -> None:
    ledger = Ledger(desk)
    asked = ledger.is_asked(HOMES, HUB)

    ledger.gives(a_grant(HOMES, "identity"), answers=asked)

    said = {(g.recipient, g.decision) for g in ledger.newest.grants}
    assert said == {(HOMES, "given"), (HUB, "refused")}


@ON_BOTH
def test_matching_proposes_and_the_person_is_asked_once(desk: Desk) -> None:
    ledger = Ledger(desk)
    proposed: dict[str, Any] = {"consent_needed": True, "needs": ["debt"]}

    for _ in range(2):
        desk.hears_of_referral("proposed", ledger.request, new_id(), 1, HOMES, RENT, **proposed)

    (told,) = ledger.told("consent.requested.v1")
    assert told["recipients"] == [str(HOMES)]
    assert ledger.granted(HOMES) == frozenset()
    with ledger.acting() as tx:
        consenting.refuse_consent(ledger.newest.id, tx)

    desk.hears_of_referral("proposed", ledger.request, new_id(), 1, HOMES, RENT, **proposed)

    assert len(ledger.told("consent.requested.v1")) == 1
    assert len(ledger.told("consent.refused.v1")) == 2


def test_nobody_is_asked_about_an_agency_they_agreed_to_or_a_plain_proposal(desk: Desk) -> None:
    ledger = Ledger(desk)

    desk.hears_of_referral("proposed", ledger.request, new_id(), 1, consent_needed=True)
    desk.hears_of_referral(
        "proposed", ledger.request, new_id(), 1, HOMES, RENT, consent_needed=False
    )

    assert ledger.told("consent.requested.v1") == []


def test_renewing_keeps_what_was_agreed_for_longer(desk: Desk) -> None:
    ledger = Ledger(desk)
    desk.clock.advance(timedelta(days=331))

    with ledger.acting() as tx:
        consenting.renew_consent(ledger.first.id, date(2028, 10, 20), tx)

    desk.clock.advance(timedelta(days=60))
    assert (ledger.first.state, ledger.granted()) == ("renewed", frozenset(ALL))
    with pytest.raises(ConsentRefusedError), ledger.acting() as tx:
        consenting.renew_consent(ledger.first.id, date(2028, 10, 20), tx)


def test_only_an_officer_finds_that_a_consent_never_held(desk: Desk) -> None:
    ledger = Ledger(desk)

    with pytest.raises(ConsentNotYoursError), ledger.acting(WORKER) as tx:
        consenting.invalidate_consent(ledger.first.id, "COERCION", tx)
    with pytest.raises(ConsentRefusedError), ledger.acting(OFFICER) as tx:
        consenting.invalidate_consent(ledger.first.id, "I think so", tx)
    with ledger.acting(OFFICER) as tx:
        consenting.invalidate_consent(ledger.first.id, "COERCION", tx)

    assert (ledger.first.state, ledger.live()) == ("invalidated", set())
    assert ledger.told("consent.invalidated.v1")[0]["reason"] == "COERCION"


def test_a_mistake_of_ours_is_revoked(desk: Desk) -> None:
    ledger = Ledger(desk)

    with ledger.acting(OFFICER) as tx:
        consenting.revoke_consent(ledger.first.id, "WRONG_PERSON", tx)

    assert ledger.first.state == "revoked"
    assert ledger.told("consent.revoked.v1")[0]["remaining"] == []


@ON_BOTH
def test_what_a_proxy_showed_is_kept_and_their_names_are_sealed(desk: Desk) -> None:
    ledger = Ledger(desk)
    seen = date(2026, 11, 20)

    ledger.gives(
        a_grant(HOMES, "identity"),
        given_by="lpa",
        method="in_person_verbal",
        witness="Wilhelmina Witness",
        authority=Authority("Ada Attorney", "LPA 7000-1234", seen),
        capacity=Capacity("not_able", "Doctor Daylight", seen, "Pictures", "As she always wished"),
    )

    assert (ledger.newest.capable_by, ledger.newest.confirmation) == ("lpa", "due")
    with desk.store.read() as tx:
        assert tx.one(select(lt.proxy_authority.c.kind)) == ("lpa",)
        assert tx.one(select(lt.capacity_assessment.c.outcome)) == ("not_able",)
    stored = desk.everything_stored()
    for words in ("Ada Attorney", "7000-1234", "Daylight", "always wished", "Wilhelmina"):
        assert words.encode() not in stored, words


def test_a_consent_whose_giver_could_not_decide_opens_nothing(desk: Desk) -> None:
    ledger = Ledger(desk)
    record = desk.store.metadata.tables["consent_record"]
    with ledger.acting() as tx:
        tx.execute(record.update().values(capable_by=None))

    assert ledger.granted() == frozenset()
    assert ledger.live() == set()


def test_an_answer_that_breaks_a_rule_leaves_nothing_behind(desk: Desk) -> None:
    ledger = Ledger(desk)
    before = len(desk.announced())
    wrong: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
        ((a_grant(GONE),), {}, "/consent/grants/0/recipient"),
        ((a_grant(decision="refused"),), {}, "/consent/grants"),
        ((a_grant(),), {"valid_until": date(2026, 11, 23)}, "/consent/valid_until"),
        ((a_grant(),), {"given_by": "parent_pr"}, "/consent/authority"),
    ]

    for grants, changes, pointer in wrong:
        with pytest.raises(ConsentRefusedError) as refused:
            ledger.gives(*grants, **changes)
        assert pointer in {fault.pointer for fault in refused.value.errors}

    assert len(desk.announced()) == before
    assert len(ledger.entries()) == 1


def test_one_request_cannot_answer_the_question_of_another(desk: Desk) -> None:
    ledger, other = Ledger(desk), Ledger(desk)
    asked = other.is_asked(HOMES)

    with pytest.raises(ConsentNotFoundError):
        ledger.gives(a_grant(HOMES), answers=asked)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"method": "telepathy"}, "/method"),
        ({"reason": "Because he found out"}, "/reason"),
    ],
)
def test_words_of_ones_own_are_no_reason(desk: Desk, said: Any, pointer: str) -> None:
    ledger = Ledger(desk)

    with pytest.raises(ConsentRefusedError) as refused:
        ledger.takes_back(ledger.first, **said)

    assert [fault.pointer for fault in refused.value.errors] == [pointer]


@ON_BOTH
def test_an_agency_that_held_something_is_on_the_list_of_who_must_hear(desk: Desk) -> None:
    ledger = Ledger(desk, a_grant(ADVICE), a_grant(HOMES, "identity"))
    desk.put_to(_as_submitted(ledger), "proposed", "sent")

    ledger.takes_back(ledger.first)

    with desk.store.read() as tx:
        rows = tx.all(select(lt.consent_ending))
    assert [row.recipient_agency_id for row in rows] == [ADVICE]
    assert rows[0].due_at - desk.clock.now() < timedelta(days=2)


def _as_submitted(ledger: Ledger) -> Any:
    return type("Submitted", (), {"id": ledger.request})()
