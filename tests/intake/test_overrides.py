"""Sharing without agreement: named recipients only, looked at within a day, never by oneself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk
from intake.safeguarding import (
    RATIONALE,
    a_lead,
    decides,
    opens,
    put_in_state,
    records,
    said,
    seen_in,
    staff,
)
from intake.telling import (
    ADVICE,
    ALL,
    HOMES,
    HUB,
    REFERRER,
    a_consent,
    a_grant,
    a_submission,
    naming,
)

from services.intake.domain.overrides import Known, faults, rung_due
from services.intake.errors import (
    AlreadyReviewedError,
    NotDisclosedError,
    OverrideRefusedError,
    OwnOverrideError,
    RequestNotFoundError,
)
from services.intake.override_clock import OverrideClock
from services.intake.storage.hidden import hide
from services.intake.usecases import Disclosure, Refusal, find_request, stages
from services.intake.usecases.asking_first import ask_first
from services.intake.usecases.consenting import live_grants
from services.intake.usecases.reviewing import overrides_seen, read_rationale, received
from shared.identity import Principal
from shared.ids import new_id

ON_BOTH = pytest.mark.usefixtures("where")
A_DAY = timedelta(hours=24)


@ON_BOTH
def test_a_named_agency_opens_what_was_named_and_no_more(desk: Desk) -> None:
    submitted = desk.takes_in()
    override = records(desk, submitted.id)
    before = len(desk.announced())

    answer = opens(desk, submitted.id)

    assert isinstance(answer, Disclosure)
    assert seen_in(answer) == {"identity", "address"}
    assert answer.story is None
    assert answer.basis == {"overrides": [override]}
    (told,) = desk.announced()[before:]
    assert told["override_id"] == str(override)
    assert told["consent_id"] is None
    assert told["what"] == ["address", "identity"]


def test_nobody_else_opens_anything_by_it(desk: Desk) -> None:
    submitted = desk.takes_in()
    records(desk, submitted.id)

    assert opens(desk, submitted.id, agency=ADVICE) == Refusal("NOT_YOURS")
    assert opens(desk, desk.takes_in().id) == Refusal("NOT_YOURS")


@ON_BOTH
def test_it_adds_to_what_was_agreed_and_each_basis_is_told_of_its_own(desk: Desk) -> None:
    consent = a_consent(a_grant(ADVICE, "identity"))
    submitted = desk.takes_in(a_submission(consent=consent))
    referral = desk.put_to(submitted, "proposed", "sent")
    records(desk, submitted.id, recipients=(ADVICE,), categories=("identity", "address"))
    before = len(desk.announced())

    answer = opens(desk, submitted.id, referral, ADVICE)

    assert seen_in(answer) == {"identity", "address"}
    by_consent, by_override = desk.announced()[before:]
    assert (by_consent["what"], by_override["what"]) == (["identity"], ["address"])
    assert by_override["override_id"]
    assert by_override["consent_id"] is None


@ON_BOTH
def test_unreviewed_after_a_day_it_releases_nothing_new(desk: Desk) -> None:
    submitted = desk.takes_in()
    records(desk, submitted.id, recipients=(ADVICE, HOMES))
    opens(desk, submitted.id, agency=HOMES, categories=["identity"])
    desk.clock.advance(A_DAY)

    assert seen_in(opens(desk, submitted.id, agency=HOMES)) == {"identity"}
    assert opens(desk, submitted.id, agency=ADVICE) == Refusal("NOT_YOURS")


@ON_BOTH
def test_a_late_second_look_lets_it_go_on(desk: Desk) -> None:
    submitted = desk.takes_in()
    override = records(desk, submitted.id)
    desk.clock.advance(2 * A_DAY)

    decides(desk, override, "upheld")

    assert seen_in(opens(desk, submitted.id)) == {"identity", "address"}


@ON_BOTH
def test_once_ended_even_what_was_shown_is_shut(desk: Desk) -> None:
    submitted = desk.takes_in()
    override = records(desk, submitted.id)
    opens(desk, submitted.id)

    decides(desk, override, "ended")

    assert opens(desk, submitted.id) == Refusal("NOT_YOURS")
    (told,) = desk.announced("override.reviewed.v1")
    assert told["decision"] == "ended"
    assert HOMES not in {grant["recipient"] for grant in told["remaining"]}


def test_nobody_looks_at_what_they_recorded_themselves(desk: Desk) -> None:
    me = a_lead()
    override = records(desk, desk.takes_in().id, me)

    with pytest.raises(OwnOverrideError):
        decides(desk, override, "upheld", me)


def test_it_is_looked_at_once(desk: Desk) -> None:
    override = records(desk, desk.takes_in().id)
    decides(desk, override, "upheld")

    with pytest.raises(AlreadyReviewedError):
        decides(desk, override, "ended")


@pytest.mark.parametrize(
    "who", [staff(ADVICE, "safeguarding"), staff(HUB, "worker"), staff(HUB, "coordinator")]
)
def test_who_has_nothing_to_do_with_it_finds_none(desk: Desk, who: Any) -> None:
    override = records(desk, desk.takes_in().id)

    with pytest.raises(NotDisclosedError):
        decides(desk, override, "upheld", who)
    with desk.store.begin(actor=who) as tx:
        assert overrides_seen(tx) == ()


def test_what_is_told_of_it_are_codes_and_the_reasons_are_sealed(desk: Desk) -> None:
    submitted = desk.takes_in()
    override = records(desk, submitted.id)

    (told,) = desk.announced("override.recorded.v1")
    assert told["override_id"] == str(override)
    assert told["grants"] == [
        {"purpose": "refer", "recipient": str(HOMES), "categories": ["identity", "address"]}
    ]
    assert told["person_told"] is False
    assert told["why_not_told"] == "RISK_INCREASED"
    assert RATIONALE.encode() not in desk.everything_stored()
    assert b"Bartholomew" not in desk.everything_stored()


@ON_BOTH
def test_reading_the_reasons_is_recorded(desk: Desk) -> None:
    submitted = desk.takes_in()
    override = records(desk, submitted.id)
    before = len(desk.announced())

    with desk.store.begin(actor=a_lead()) as tx:
        assert read_rationale(override, tx) == RATIONALE

    (told,) = desk.announced()[before:]
    assert (told["object_type"], told["what"]) == ("override", ["rationale"])


@ON_BOTH
def test_a_late_second_look_climbs_the_ladder_each_rung_once(desk: Desk) -> None:
    override = records(desk, desk.takes_in().id)
    clock = OverrideClock(desk.store)
    climbed = []
    for hours in (23, 1, 1, 11, 1, 11, 24 * 7, 1):
        desk.clock.advance(timedelta(hours=hours))
        climbed.append(clock.look())

    told = desk.announced("clock.overdue.v1")
    assert climbed == [0, 1, 0, 1, 0, 1, 1, 0]
    assert [one["rung"] for one in told] == [1, 2, 3, 4]
    assert {one["object_id"] for one in told} == {str(override)}
    assert {one["agency_id"] for one in told} == {str(HUB)}
    decides(desk, override, "upheld")
    desk.clock.advance(timedelta(days=30))
    assert clock.look() == 0


@pytest.mark.parametrize(
    ("hours", "rung"), [(-1, 0), (0, 1), (11.9, 1), (12, 2), (23.9, 2), (24, 3), (192, 4), (360, 5)]
)
def test_the_ladder_has_a_rung_at_once_at_half_at_whole_and_each_week(
    desk: Desk, hours: float, rung: int
) -> None:
    now = desk.clock.now()

    assert rung_due(now - timedelta(hours=hours), now) == rung


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ground": "BECAUSE"}, "ground"),
        ({"ground": "PUBLIC_TASK_STATUTORY"}, "ground"),
        ({"why_no_consent": ""}, "why_no_consent"),
        ({"recipients": ()}, "recipients"),
        ({"recipients": (new_id(),)}, "recipients"),
        ({"categories": ()}, "categories"),
        ({"categories": ("everything",)}, "categories"),
        ({"minimised": False}, "minimised"),
        ({"rationale": "  "}, "rationale"),
        ({"rationale": "x" * 4001}, "rationale"),
        ({"person_told": None}, "person_told"),
        ({"why_not_told": None}, "why_not_told"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, Any], field: str) -> None:
    known = Known({"SAFEGUARDING_CHILD"}, set(ALL), {HOMES}, "voluntary")

    assert [name for name, _ in faults(said(**changes), known)] == [field]


def test_a_public_body_may_rely_on_its_duty() -> None:
    known = Known({"PUBLIC_TASK_STATUTORY"}, set(ALL), {HOMES}, "council")

    assert list(faults(said(ground="PUBLIC_TASK_STATUTORY"), known)) == []


@pytest.mark.parametrize("state", ["draft", "withdrawn", "entered_in_error", "closed"])
def test_nothing_is_shared_from_a_request_that_is_over(desk: Desk, state: str) -> None:
    submitted = desk.takes_in()
    records(desk, submitted.id)
    put_in_state(desk, submitted.id, state)

    assert opens(desk, submitted.id) == Refusal(f"REQUEST_{state.upper()}")
    with pytest.raises(RequestNotFoundError):
        records(desk, submitted.id)


@pytest.mark.parametrize(
    "who", [staff(HUB, "officer"), staff(ADVICE, "safeguarding"), staff(HUB, "worker")]
)
def test_only_a_safeguarding_lead_who_has_to_do_with_it_may_share(desk: Desk, who: Any) -> None:
    submitted = desk.takes_in()

    with pytest.raises(RequestNotFoundError):
        records(desk, submitted.id, who)


def test_the_lead_of_an_agency_that_was_asked_may_share(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = new_id()
    desk.hears_of_referral("proposed", submitted.id, referral, 1)
    with pytest.raises(RequestNotFoundError):
        records(desk, submitted.id, a_lead(ADVICE))

    desk.hears_of_referral("sent", submitted.id, referral, 2)

    assert records(desk, submitted.id, a_lead(ADVICE))


@ON_BOTH
def test_whom_the_person_hides_from_is_never_named_and_never_names(desk: Desk) -> None:
    submitted, lead = desk.takes_in(), a_lead()
    with desk.store.begin() as tx:
        hide(submitted.id, [HOMES], [], tx)
    with pytest.raises(OverrideRefusedError):
        records(desk, submitted.id, lead)

    with desk.store.begin() as tx:
        hide(submitted.id, [], [UUID(str(lead.id))], tx)
    with pytest.raises(RequestNotFoundError):
        records(desk, submitted.id, lead)


def test_what_the_person_was_not_told_of_is_not_on_their_page(desk: Desk) -> None:
    untold, told = desk.takes_in(), desk.takes_in()
    records(desk, untold.id)
    records(desk, told.id, person_told=True, why_not_told=None)
    for submitted in (untold, told):
        opens(desk, submitted.id)

        read = {"object_type": "notes", "object_id": str(new_id()), "what": ["message"]}
        whom = {"request_id": submitted.id, "recipient_agency_id": HOMES, "purpose": "refer"}
        desk.hears("access.granted.v1", new_id(), **read, **whom)

    with desk.store.read() as tx:
        assert tx.openings_of(untold.id) == []
        known = [row.what for row in tx.openings_of(told.id)]
        assert sorted(known) == [["address", "identity"], ["message"]]


@ON_BOTH
def test_of_an_agency_that_only_an_untold_override_let_know_their_page_says_nothing(
    desk: Desk,
) -> None:
    submitted = desk.takes_in()
    desk.put_to(submitted, "sent")
    desk.clock.advance(timedelta(minutes=1))
    records(desk, submitted.id)
    desk.clock.advance(timedelta(minutes=1))
    desk.put_to(submitted, "sent", "opened", agency=HOMES)

    def page(who: Principal) -> tuple[set[str], int]:
        with desk.store.read(actor=who) as tx:
            found = find_request(submitted.id, tx)
            return {one.agency for one in stages(found, tx)}, len(found.referrals)

    assert page(Principal(kind="person", id=str(submitted.id))) == ({"Wandle Advice"}, 1)
    assert page(staff(HUB, "coordinator"))[1] == 2


@ON_BOTH
def test_what_is_live_counts_overrides_until_they_lapse_or_end(desk: Desk) -> None:
    submitted = desk.takes_in()
    override = records(desk, submitted.id)

    def recipients() -> set[Any]:
        with desk.store.read() as tx:
            return {grant.recipient for grant in live_grants(submitted.id, tx)}

    assert recipients() == {ADVICE, HOMES}
    desk.clock.advance(A_DAY)
    assert recipients() == {ADVICE}
    decides(desk, override, "upheld")
    assert recipients() == {ADVICE, HOMES}


def test_a_recipient_finds_what_is_shared_with_it(desk: Desk) -> None:
    submitted = desk.takes_in()
    override = records(desk, submitted.id)

    def references(agency: Any) -> list[str]:
        with desk.store.read(actor=staff(agency, "worker")) as tx:
            return [one.reference for one in received(tx)]

    assert references(HOMES) == [submitted.reference]
    assert references(REFERRER) == []
    decides(desk, override, "ended")
    assert references(HOMES) == []


def test_a_request_that_waits_for_a_yes_goes_on_its_way_by_an_override_alone(desk: Desk) -> None:
    with desk.store.begin(actor=staff(REFERRER, "worker")) as tx:
        waiting = ask_first(a_submission(referrals=naming()), tx, reserved=(tx.new_id(), "CC2C"))
    assert desk.announced("request.submitted.v1") == []

    records(desk, waiting.id)

    (told,) = desk.announced("request.submitted.v1")
    (grant,) = told["recipients"]
    assert (grant["recipient"], grant["categories"]) == (str(HOMES), ["address", "identity"])
    assert isinstance(opens(desk, waiting.id), Disclosure)
