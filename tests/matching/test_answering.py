"""The receiver's answers, their rules, and what becomes of the place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.matching.domain.transitions import replay
from services.matching.errors import (
    AnswerRefusedError,
    NoPlaceError,
    NotPossibleError,
    ReferralNotFoundError,
    StaleVersionError,
    VersionMissingError,
)
from services.matching.usecases import Decline, decline, disclose, open_referral
from shared.codes import codes
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, SURGERY, a_client, a_service

if TYPE_CHECKING:
    from uuid import UUID

    from tests.matching.drivers import Matching

A_SECRET = "Agnieszka has a brother who must not know"


@pytest.fixture
def sent(matching: Matching) -> Any:
    matching.publishes(a_service(ADVICE, places=2))
    return matching.the_referral(matching.asks(ADVICE))


def test_opened_then_accepted_takes_the_place_that_was_held(matching: Matching, sent: Any) -> None:
    matching.opens(sent)
    taken = matching.accepts(sent, date(2026, 12, 1))

    assert (taken.state, taken.forecast_start, taken.version) == ("accepted", date(2026, 12, 1), 4)
    figures = matching.capacity(sent.service_id)
    assert (figures.reserved, figures.accepted) == (0, 1)
    (event,) = matching.announced("referral.accepted")
    assert event["forecast_start"] == "2026-12-01"
    assert event["referrer_agency_id"] == str(SURGERY)


def test_declined_gives_the_place_back_at_once(matching: Matching, sent: Any) -> None:
    no = matching.declines(sent, "AGE_CRITERION")

    assert no.state == "declined"
    assert matching.capacity(sent.service_id).reserved == 0
    assert matching.announced("referral.declined")[0]["reason"] == "AGE_CRITERION"


def test_the_history_is_the_record_and_leads_to_the_state(matching: Matching, sent: Any) -> None:
    matching.opens(sent)
    now = matching.accepts(sent)

    events = matching.history(sent)
    assert replay((event.transition, event.event) for event in events) == now.state
    assert [event.version for event in events] == list(range(1, now.version + 1))
    assert events[-1].agency_id == ADVICE
    assert events[-1].actor_kind == "client"


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2027, 1, 24)])
def test_a_start_in_the_past_or_beyond_the_waiting_promise_is_refused(
    matching: Matching, sent: Any, day: date
) -> None:
    matching.opens(sent)

    with pytest.raises(AnswerRefusedError) as refused:
        matching.accepts(sent, day)

    assert [fault.pointer for fault in refused.value.errors] == ["/forecast_start"]
    assert matching.capacity(sent.service_id).reserved == 1


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2027, 1, 23)])
def test_a_start_today_or_on_the_last_day_is_taken(
    matching: Matching, sent: Any, day: date
) -> None:
    matching.opens(sent)

    assert matching.accepts(sent, day).state == "accepted"


def test_accepting_needs_opening_first_and_says_what_is_possible(
    matching: Matching, sent: Any
) -> None:
    with pytest.raises(NotPossibleError) as refused:
        matching.accepts(sent)

    assert refused.value.members == {
        "state": "sent",
        "actions": ["open", "ask", "decline", "reassign"],
    }


def test_a_command_without_or_with_an_old_version_changes_nothing(
    matching: Matching, sent: Any
) -> None:
    matching.opens(sent)

    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        with pytest.raises(VersionMissingError):
            decline(sent.id, None, Decline("NO_CAPACITY"), tx)
        with pytest.raises(StaleVersionError) as stale:
            decline(sent.id, sent.version, Decline("NO_CAPACITY"), tx)

    assert stale.value.members == {"version": 3}
    assert [r.state for r in matching.referrals()] == ["opened"]


@pytest.mark.parametrize(
    "stranger",
    [
        a_client(MONEY),
        Principal(kind="staff", id="x", agency_id=MONEY, roles=frozenset({"manager"})),
    ],
    ids=["another agency's client", "another agency's manager"],
)
def test_another_agency_is_told_that_there_is_no_such_referral(
    matching: Matching, sent: Any, stranger: Principal
) -> None:
    with matching.store.begin(actor=stranger) as tx, pytest.raises(ReferralNotFoundError):
        open_referral(sent.id, sent.version, tx)


def test_the_referrer_sees_it_but_cannot_answer_for_the_receiver(
    matching: Matching, sent: Any
) -> None:
    with matching.store.begin(actor=a_client(SURGERY)) as tx, pytest.raises(NotPossibleError):
        open_referral(sent.id, sent.version, tx)


def test_staff_who_must_not_see_it_are_told_that_there_is_none(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    neighbour = new_id()
    request = matching.asks(ADVICE, hidden_from_staff=(neighbour,))
    worker = Principal(
        kind="staff", id=str(neighbour), agency_id=ADVICE, roles=frozenset({"worker"})
    )
    referral = matching.the_referral(request)

    with matching.store.begin(actor=worker) as tx:
        assert tx.referrals(worker, role="receiver") == []
        with pytest.raises(ReferralNotFoundError):
            open_referral(referral.id, referral.version, tx)


def test_a_proposed_referral_is_not_known_to_the_agency_it_might_go_to(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    referral = matching.the_referral(matching.asks(MONEY))

    with matching.store.read() as tx:
        assert tx.referral(referral.id, a_client(ADVICE)) is None
        assert tx.referral(referral.id, a_client(SURGERY)) is not None


@pytest.mark.parametrize("code", sorted(codes("decline_reasons")))
def test_every_decline_code_follows_its_own_rule(matching: Matching, sent: Any, code: str) -> None:
    rule = codes("decline_reasons")[code]
    (other,) = matching.publishes(a_service(MONEY))
    alternatives = (other,) if code == "REDIRECTED_BETTER_SERVICE" else ()

    if rule.comment_required:
        with pytest.raises(AnswerRefusedError) as refused:
            matching.declines(sent, code, alternatives=alternatives)
        assert [fault.pointer for fault in refused.value.errors] == ["/comment"]
        matching.declines(sent, code, comment=A_SECRET, alternatives=alternatives)
    else:
        matching.declines(sent, code, alternatives=alternatives)

    assert [gap.reasons for gap in matching.gaps()] == ([[code]] if rule.gap else [])


def test_an_unknown_reason_a_missing_target_and_told_secrets_are_refused(
    matching: Matching, sent: Any
) -> None:
    for answer, pointer in (
        ({"reason": "BECAUSE"}, "/reason"),
        ({"reason": "REDIRECTED_BETTER_SERVICE", "comment": "x"}, "/alternatives"),
        ({"reason": "CONFLICT_OF_INTEREST", "comment": "his wife"}, "/comment"),
        ({"reason": "NO_CAPACITY", "alternatives": (new_id(),)}, "/alternatives/0"),
    ):
        with pytest.raises(AnswerRefusedError) as refused:
            matching.declines(sent, **answer)  # type: ignore[arg-type]
        assert [fault.pointer for fault in refused.value.errors] == [pointer]


def test_what_is_written_about_a_person_lies_sealed(matching: Matching, sent: Any) -> None:
    matching.declines(sent, "OTHER", comment=A_SECRET, would_have_been_right_if=A_SECRET)

    for file in matching.settings.var.rglob("*"):
        assert not file.is_file() or A_SECRET.encode() not in file.read_bytes()
    with matching.store.read() as tx:
        notes = tx.notes_of(sent.id)
        assert [(n.kind, tx.open_note(n)) for n in notes] == [
            ("decline_comment", A_SECRET),
            ("would_have_been_right_if", A_SECRET),
        ]


def test_an_enquiry_asks_for_the_figure_and_takes_one_of_it(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=None))
    referral = matching.the_referral(matching.asks(ADVICE, services=(service,)))
    matching.opens(referral)

    with pytest.raises(AnswerRefusedError) as refused:
        matching.accepts(referral)
    assert [fault.pointer for fault in refused.value.errors] == ["/places"]
    assert matching.accepts(referral, places=2).state == "accepted"
    figures = matching.capacity(service)
    assert (figures.places, figures.accepted, figures.over_promised) == (2, 1, False)


def test_an_enquiry_accepted_with_no_place_is_refused(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=None))
    referral = matching.the_referral(matching.asks(ADVICE, services=(service,)))
    matching.opens(referral)

    with pytest.raises(AnswerRefusedError):
        matching.accepts(referral, places=0)
    matching.says_places(service, 0)
    with pytest.raises(NoPlaceError):
        matching.accepts(referral)


def test_someone_accepted_for_the_waiting_list_takes_no_place(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=0, takes_waiting_list=True))
    referral = matching.the_referral(matching.asks(ADVICE))
    matching.opens(referral)

    assert matching.accepts(referral).state == "waiting"
    assert matching.capacity(service).accepted == 0


def test_a_place_given_back_tells_the_others_that_the_service_is_open_again(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE, places=1))
    referral = matching.the_referral(matching.asks(ADVICE))

    matching.declines(referral, "AGE_CRITERION")

    statuses = [event["status"] for event in matching.announced("capacity.changed")]
    assert statuses == ["open", "full", "open"]


def test_after_a_decline_the_same_service_may_be_asked_again(matching: Matching, sent: Any) -> None:
    matching.declines(sent, "NO_CAPACITY")
    matching.clock.advance(timedelta(days=1))

    assert matching.the_referral(matching.asks(ADVICE)).state == "sent"


def test_only_the_two_agencies_read_a_note_and_every_look_is_told(
    matching: Matching, sent: Any
) -> None:
    matching.opens(sent)
    matching.accepts(sent, note=A_SECRET)

    def read(agency: UUID) -> list[str] | None:
        with matching.store.begin(actor=a_client(agency)) as tx:
            notes = disclose(sent.id, tx)
        return None if notes is None else [note.text for note in notes]

    assert read(ADVICE) == read(SURGERY) == [A_SECRET]
    assert read(MONEY) is None
    granted = [event["recipient_agency_id"] for event in matching.announced("access.granted")]
    assert granted == [str(ADVICE), str(SURGERY)]
    (denied,) = matching.announced("access.denied")
    assert (denied["recipient_agency_id"], denied["reason"]) == (str(MONEY), "NOT_YOURS")


def test_after_a_no_the_receiver_reads_no_note_and_the_referrer_learns_why(
    matching: Matching, sent: Any
) -> None:
    matching.declines(sent, "OTHER", comment=A_SECRET)

    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        assert disclose(sent.id, tx) is None
    with matching.store.begin(actor=a_client(SURGERY)) as tx:
        told = disclose(sent.id, tx)

    assert told is not None
    assert [note.text for note in told] == [A_SECRET]
