"""Consent withdrawn, given, refused: every referral that relied on it follows at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.matching.usecases import Reason, acknowledge, ask, disclose, withdraw
from services.matching.usecases.climbing import tell_of_referrals
from shared.errors import ConflictError
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant

ON_BOTH = pytest.mark.usefixtures("where")
A_DAY = timedelta(days=1)


@pytest.fixture
def ear(matching: Matching) -> Ear:
    return Ear(matching)


@pytest.fixture
def asked(matching: Matching, ear: Ear) -> Any:
    matching.publishes(a_service(ADVICE, places=2, categories=["story"]))
    request = matching.a_request(ADVICE)
    consent = grant(ADVICE), {"consent": request.consent_id}
    ear.hears(ear.given(request, consent[0], **consent[1]), ear.submitted(request))
    return request


@ON_BOTH
def test_a_withdrawal_halts_the_referral_keeps_its_place_and_closes_its_content(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    sent = matching.the_referral(asked)

    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE)))

    halted = matching.the_referral(asked)
    assert (halted.state, halted.version) == ("halted", sent.version + 1)
    assert matching.capacity(sent.service_id).reserved == 1
    (event,) = matching.announced("referral.halted")
    assert event["reason"] == "CONSENT_WITHDRAWN"
    assert event["answer_by"] == "2026-11-24T23:59:59+00:00"
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        assert disclose(sent.id, tx) is None
    with pytest.raises(ConflictError):
        matching.accepts(sent)


@ON_BOTH
def test_a_new_consent_lets_it_go_on_where_it_was_with_the_time_it_had_left(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    opened = matching.opens(matching.the_referral(asked))
    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE)))
    matching.clock.advance(2 * A_DAY)
    again = new_id()

    ear.hears(ear.given(asked, grant(ADVICE), consent=again))

    resumed = matching.the_referral(asked)
    assert (resumed.state, resumed.consent_id) == ("opened", again)
    assert resumed.answer_by == opened.answer_by + 2 * A_DAY
    assert matching.announced("referral.resumed")[0]["state"] == "opened"
    assert matching.accepts(resumed).state == "accepted"
    assert matching.capacity(opened.service_id).accepted == 1


def test_what_the_service_does_not_need_may_be_taken_back_and_it_goes_on(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE, "identity")))
    assert matching.the_referral(asked).state == "sent"

    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE, "story"), sequence=3))

    assert matching.the_referral(asked).state == "halted"


def test_consent_for_another_purpose_or_agency_is_not_what_it_relied_on(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    ear.hears(
        ear.ended(asked, asked.consent_id, grant(ADVICE, purpose="case_review")),
        ear.ended(asked, asked.consent_id, grant(MONEY), sequence=3),
    )

    assert matching.the_referral(asked).state == "sent"


@pytest.mark.parametrize("kind", ["revoked", "expired", "invalidated", "superseded"])
def test_however_a_consent_ends_what_relied_on_it_halts(
    matching: Matching, ear: Ear, asked: Any, kind: str
) -> None:
    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE), kind=kind))

    assert matching.the_referral(asked).state == "halted"
    assert matching.announced("referral.halted")[0]["reason"] == "CONSENT_NOT_VALID"


def test_a_newer_consent_or_an_override_is_another_basis(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    override = new_id()
    told = {"override_id": override, "request_id": asked.request_id}
    ear.hears(
        ear.message("override.recorded", **told, grants=[grant(ADVICE)]),
        ear.ended(asked, asked.consent_id, grant(ADVICE)),
    )
    assert matching.the_referral(asked).state == "sent"

    ear.hears(ear.message("override.reviewed", **told, decision="ended", remaining=[]))

    assert matching.the_referral(asked).state == "halted"


def test_the_receiver_confirms_the_stop_and_may_end_it(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE)))
    halted = matching.the_referral(asked)

    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        acknowledge(halted.id, halted.version, None, tx)
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        withdraw(halted.id, halted.version + 1, Reason(""), tx)

    assert [e["basis"] for e in matching.announced("referral.acknowledged")] == [None]
    (event,) = matching.announced("referral.withdrawn")
    assert (event["reason"], event["sent"]) == ("CONSENT_WITHDRAWN", True)
    assert matching.capacity(halted.service_id).reserved == 0


@ON_BOTH
def test_what_was_only_proposed_is_sent_when_the_person_agrees(
    matching: Matching, ear: Ear
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=1))
    request = matching.asks(MONEY)
    (asked,) = matching.announced("referral.proposed")
    assert asked["consent_needed"] is True
    consent = new_id()

    ear.hears(ear.given(request, grant(ADVICE), consent=consent))

    sent = matching.the_referral(request)
    assert (sent.state, sent.consent_id, sent.categories) == ("sent", consent, list(ALL_OF_IT))
    assert matching.capacity(service).reserved == 1
    (event,) = matching.announced("referral.sent")
    assert (event["consent_id"], event["agency_id"]) == (str(consent), str(ADVICE))


ALL_OF_IT = ("identity", "story")


def test_agreed_but_full_it_stays_proposed_and_the_gap_is_told_once(
    matching: Matching, ear: Ear
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=1))
    request = matching.asks(MONEY)
    matching.says_places(service, 0)

    ear.hears(ear.given(request, grant(ADVICE)), ear.given(request, grant(ADVICE)))

    assert matching.the_referral(request).state == "proposed"
    assert [e["reasons"] for e in matching.announced("match.failed")] == [["NO_CAPACITY"]]
    assert len(matching.gaps()) == 1


@ON_BOTH
def test_what_the_person_said_no_to_is_taken_back_and_its_agency_never_knew(
    matching: Matching, ear: Ear
) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.asks(MONEY)

    ear.hears(ear.refused(request, ADVICE))

    (event,) = matching.announced("referral.cancelled")
    assert (event["sent"], event["reason"]) == (False, "PERSON_DECLINED")
    assert matching.the_referral(request).state == "cancelled"


def test_whoever_is_hidden_later_is_asked_no_more_and_sees_nothing(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    sent = matching.the_referral(asked)

    ear.hears(ear.amended(asked, hidden_from_agencies=[ADVICE]))

    assert matching.the_referral(asked).state == "halted"
    with matching.store.read() as tx:
        assert tx.referral(sent.id, a_client(ADVICE)) is None
        assert tx.referral(sent.id, a_client(SURGERY)) is not None


def test_what_comes_again_as_a_restatement_is_kept_but_nobody_acts_on_it(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    ear.hears_again(ear.ended(asked, asked.consent_id, grant(ADVICE)))

    assert matching.the_referral(asked).state == "sent"


@ON_BOTH
def test_a_stop_nobody_confirms_climbs_rung_by_rung_and_each_is_told_once(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE)))

    def rungs() -> list[int]:
        for _ in range(2):
            with matching.store.begin() as tx:
                tell_of_referrals(tx, 200)
        late = matching.announced("clock.overdue")
        return [event["rung"] for event in late if event["clock"] == "T26"]

    assert rungs() == []
    matching.clock.advance(A_DAY + timedelta(hours=14))
    assert rungs() == [1]
    matching.clock.advance(A_DAY + timedelta(hours=9))
    assert rungs() == [1, 2, 3]
    halted = matching.the_referral(asked)
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        acknowledge(halted.id, halted.version, None, tx)
    matching.clock.advance(20 * A_DAY)
    assert rungs() == [1, 2, 3]


def test_a_question_halted_meanwhile_waits_for_its_answer_again(
    matching: Matching, ear: Ear, asked: Any
) -> None:
    sent = matching.the_referral(asked)
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        ask(sent.id, sent.version, "Since when?", tx)
    before = matching.the_referral(asked)
    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE)))
    matching.clock.advance(A_DAY)

    ear.hears(ear.given(asked, grant(ADVICE)))

    after = matching.the_referral(asked)
    assert after.state == "info_requested"
    assert after.question_by == before.question_by + A_DAY


def test_a_team_from_which_it_is_hidden_later_stops_and_is_proposed_no_more(
    matching: Matching, ear: Ear
) -> None:
    sent_to, thought_of = matching.publishes(a_service(ADVICE), a_service(MONEY))
    one = matching.asks(ADVICE, services=(sent_to,))
    other = matching.asks(services=(thought_of,))
    assert matching.the_referral(other).state == "proposed"

    ear.hears(ear.amended(one, hidden_from_teams=[sent_to]))
    ear.hears(ear.amended(other, hidden_from_teams=[thought_of]))

    assert matching.the_referral(one).state == "halted"
    assert matching.the_referral(other).state == "cancelled"


@ON_BOTH
def test_a_yes_after_a_no_proposes_the_service_afresh_and_sends_it(
    matching: Matching, ear: Ear
) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.asks(MONEY)
    ear.hears(ear.refused(request, ADVICE))
    refused = matching.the_referral(request)

    ear.hears(ear.given(request, grant(ADVICE)), ear.given(request, grant(ADVICE)))

    first, again = sorted(matching.referrals(request), key=lambda one: one.id)
    assert (first.id, first.state) == (refused.id, "cancelled")
    assert (again.state, again.reopens) == ("sent", refused.id)
    assert [e["consent_needed"] for e in matching.announced("referral.proposed")] == [True, False]


def test_a_yes_takes_up_nothing_that_ended_otherwise_or_is_over(
    matching: Matching, ear: Ear
) -> None:
    matching.publishes(a_service(ADVICE))
    hidden, over = matching.asks(MONEY), matching.asks(MONEY)
    ear.hears(ear.refused(hidden, ADVICE), ear.refused(over, ADVICE))
    ear.hears(ear.amended(hidden, hidden_from_agencies=[ADVICE]))
    ear.hears(ear.over(over, "withdrawn", reason=None))

    ear.hears(ear.given(hidden, grant(ADVICE)), ear.given(over, grant(ADVICE)))

    assert [one.state for one in matching.referrals(hidden)] == ["cancelled"]
    assert [one.state for one in matching.referrals(over)] == ["cancelled"]
