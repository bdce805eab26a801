"""What a submission leaves behind, and what it tells."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from intake.desk import Desk
from intake.telling import (
    ADVICE,
    AREA,
    DEBT,
    GONE,
    HOMES,
    HUB,
    PERSONAL,
    RENT,
    SHUT,
    a_body,
    a_consent,
    a_grant,
    a_submission,
    an_email,
    naming,
)
from sqlalchemy import select

from services.intake.checks import settled
from services.intake.domain.submission import Address, Channel, Contact, Person
from services.intake.errors import SubmissionRefusedError
from services.intake.storage import tables as t
from services.notify.domain import may_be_an_address
from shared.ids import new_id


def faults_of(desk: Desk, **changes: Any) -> set[str]:
    with pytest.raises(SubmissionRefusedError) as refused:
        desk.takes_in(a_submission(**changes))
    return {fault.pointer for fault in refused.value.errors}


def a_person(**changes: Any) -> Person:
    return Person(**{"given_name": "Marigold", **changes})


def test_consent_is_announced_before_the_request_and_both_name_only_codes(desk: Desk) -> None:
    submitted = desk.takes_in()

    consent, request = desk.announced()
    assert consent["request_id"] == request["request_id"] == str(submitted.id)
    assert consent["consent_id"] == request["consent_id"]
    assert request["area_codes"][0] == AREA
    assert request["age"] == 46
    assert [grant["recipient"] for grant in request["recipients"]] == [str(ADVICE)]


def test_nothing_personal_is_readable_in_any_file(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(referrals=naming()))

    stored = desk.everything_stored()
    assert submitted.reference.encode() in stored
    assert str(submitted.return_code).encode() not in stored
    for words in (*PERSONAL, "They know the family"):
        assert words.encode() not in stored, words


def test_what_was_refused_is_kept_as_refused_and_told_to_nobody(desk: Desk) -> None:
    grants = a_grant(), a_grant(HOMES, "identity", decision="refused")

    desk.takes_in(a_submission(consent=a_consent(*grants)))

    assert {g["recipient"] for g in desk.announced("consent.given.v1")[0]["grants"]} == {
        str(ADVICE)
    }
    with desk.store.read() as tx:
        kept = tx.all(select(t.consent_grant).where(t.consent_grant.c.decision == "refused"))
    assert [(row.recipient_agency_id, row.category) for row in kept] == [(HOMES, "identity")]


def test_one_recipient_may_answer_yes_and_no_by_category(desk: Desk) -> None:
    grants = (
        a_grant(ADVICE, "identity"),
        a_grant(ADVICE, "contact"),
        a_grant(ADVICE, "story", decision="refused"),
    )

    desk.takes_in(a_submission(consent=a_consent(*grants)))

    (told,) = desk.announced("request.submitted.v1")[0]["recipients"]
    assert told["categories"] == ["identity", "contact"]


def test_the_same_yes_said_twice_is_one_yes(desk: Desk) -> None:
    grants = a_grant(ADVICE, "identity", "story"), a_grant(ADVICE, "story", "identity", "story")

    desk.takes_in(a_submission(consent=a_consent(*grants)))

    (told,) = desk.announced("request.submitted.v1")[0]["recipients"]
    assert told["categories"] == ["identity", "story"]


def test_no_fixed_abode_and_an_unknown_area_are_accepted(desk: Desk) -> None:
    desk.takes_in(a_submission(person=a_person(no_fixed_abode=True)))
    desk.takes_in(a_submission(person=a_person(address=Address((), "ZE1 0AA"))))

    told = [(one["area_codes"], one["age"]) for one in desk.announced("request.submitted.v1")]
    assert told == [([], None)] * 2


def test_every_fault_is_found_at_once_and_nothing_is_stored(shared_desk: Desk) -> None:
    before = shared_desk.rows()

    found = faults_of(
        shared_desk,
        needs=("debt", "gold"),
        urgency="yesterday",
        person=a_person(given_name=" ", date_of_birth=date(2026, 11, 24)),
        consent=a_consent(a_grant(GONE, "identity", "soul"), notice="foreign"),
        referrals=naming(RENT),
    )

    assert found == {
        "/needs/1",
        "/urgency",
        "/person/given_name",
        "/person/date_of_birth",
        "/consent/notice",
        "/consent/grants/0/recipient",
        "/consent/grants/0/categories/1",
        "/referrals/0/service",
    }
    assert shared_desk.rows() == before


CONSENTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "an unknown agency": ({"grants": (a_grant(new_id()),)}, {"/consent/grants/0/recipient"}),
    "a closed agency": ({"grants": (a_grant(GONE),)}, {"/consent/grants/0/recipient"}),
    "all refused": ({"grants": (a_grant(decision="refused"),)}, {"/consent/grants"}),
    "no answer": ({"grants": (a_grant(decision="maybe"),)},
                  {"/consent/grants/0/decision", "/consent/grants"}),
    "statistics to an agency": (
        {"grants": (a_grant(), a_grant(purpose="statistics"))}, {"/consent/grants/1/recipient"}),
    "another purpose only": (
        {"grants": (a_grant(HUB, purpose="statistics"),)}, {"/consent/grants"}),
    "a purpose of one's own": (
        {"grants": (a_grant(), a_grant(purpose="gossip"))}, {"/consent/grants/1/purpose"}),
    "yes and no to the same": (
        {"grants": (a_grant(), a_grant(ADVICE, "story", decision="refused"))},
        {"/consent/grants/1/categories/0"}),
    "ended": ({"valid_until": date(2026, 11, 23)}, {"/consent/valid_until"}),
    "for ever": ({"valid_until": date(9999, 12, 31)}, {"/consent/valid_until"}),
    "longer than the notice": ({"valid_until": date(2027, 11, 24)}, {"/consent/valid_until"}),
    "notice not in this language": ({"language": "cy"}, {"/consent/language"}),
    "word of mouth without witness": ({"method": "phone"}, {"/consent/witness"}),
    "telepathy": ({"method": "telepathy"}, {"/consent/method"}),
    "given by a stranger": ({"given_by": "neighbour"}, {"/consent/given_by"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CONSENTS)
def test_a_consent_nobody_may_rely_on_is_refused(shared_desk: Desk, case: str) -> None:
    changes, expected = CONSENTS[case]

    consent = a_consent(*changes.pop("grants", ()), **changes)

    assert faults_of(shared_desk, consent=consent) == expected


CHANNELS: dict[str, tuple[Channel, str | None]] = {
    "a good address": (an_email(), None),
    "no address": (an_email("marigold at example"), "value"),
    "two addresses": (an_email("a@example.org,b@example.org"), "value"),
    "a line break": (an_email("a@example.org\r\nBcc: b@example.org"), "value"),
    "a number": (Channel("phone", "07700 900123", "yes"), None),
    "too short a number": (Channel("text", "12", "yes"), "value"),
    "smoke": (Channel("smoke", "grey", "yes"), "kind"),
    "safe perhaps": (an_email(safe="perhaps"), "safe"),
    "a letter to nowhere": (Channel("letter", "", "yes"), "kind"),
}


@pytest.mark.parametrize("case", CHANNELS)
def test_an_impossible_channel_is_refused(shared_desk: Desk, case: str) -> None:
    channel, fault = CHANNELS[case]
    changes = {"contact": Contact(channels=(channel,)), "person": a_person()}

    if fault is None:
        assert shared_desk.takes_in(a_submission(**changes))
    else:
        assert faults_of(shared_desk, **changes) == {f"/contact/channels/0/{fault}"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("mari@bücher.example", "mari@xn--bcher-kva.example"),
        ("Mari+help@EXAMPLE.org", "Mari+help@example.org"),
    ],
)
def test_an_address_is_kept_in_letters_that_a_mail_can_be_sent_to(typed: str, kept: str) -> None:
    told = settled(a_submission(contact=Contact(channels=(an_email(typed),))))

    assert [channel.value for channel in told.contact.channels] == [kept]
    assert may_be_an_address(kept)


@pytest.mark.parametrize(("service", "agency"), [(SHUT, HOMES), (RENT, ADVICE), (new_id(), ADVICE)])
def test_a_named_service_must_be_there_open_and_granted(
    shared_desk: Desk, service: Any, agency: Any
) -> None:
    consent = a_consent(a_grant(agency))

    assert faults_of(shared_desk, consent=consent, referrals=naming(service)) == {
        "/referrals/0/service"
    }


def test_a_full_service_may_still_be_named(desk: Desk) -> None:
    consent = a_consent(a_grant(HOMES))

    desk.takes_in(a_submission(consent=consent, referrals=naming(RENT)))

    assert desk.announced("request.submitted.v1")[0]["services"] == [str(RENT)]


def test_what_was_agreed_by_phone_is_told_as_a_fact_without_a_name(desk: Desk) -> None:
    answer = desk.posts(a_body())

    assert answer.status_code == 201
    (told,) = desk.announced("request.submitted.v1")
    assert told["agreed_by_phone"] is True
    assert told["services"] == [str(DEBT)]


@pytest.mark.parametrize(
    "talks",
    [
        [{"channel": "email", "agreed": True}],
        [{"channel": "phone", "agreed": False}],
        [{"channel": "phone", "agreed": True}, None],
    ],
    ids=["written", "not agreed", "another service did not agree"],
)
def test_nothing_else_counts_as_agreed_by_phone(desk: Desk, talks: list[Any]) -> None:
    spoken = {"name": "Petronella", "at": "2026-11-22T10:00:00Z"}
    body = a_body()
    body["consent"]["grants"].append({**body["consent"]["grants"][0], "recipient": str(HOMES)})
    why = {"why_this_service": "They know debt.", "how_eligible": "Lives here."}
    body["referrals"] = [
        {"service": str(service), **why, "discussed_with": {**spoken, **talk} if talk else None}
        for service, talk in zip((DEBT, RENT), talks, strict=False)
    ]

    assert desk.posts(body).status_code == 201
    assert desk.announced("request.submitted.v1")[0]["agreed_by_phone"] is False
