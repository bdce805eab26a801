"""A receiving agency is told that somebody may be with it already: by what it may read anyway."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk
from intake.telling import ADVICE, HOMES, a_consent, a_grant, a_submission, an_email, naming
from intake.test_details import opens

from services.intake.domain.submission import Contact
from services.intake.storage.hidden import hide

SAYS = "This person may already be with you."
BOTH = {"consent": a_consent(a_grant(ADVICE), a_grant(HOMES)), "referrals": naming()}


def refers(desk: Desk, *states: str, agency: UUID = ADVICE, **changes: Any) -> tuple[Any, UUID]:
    submitted = desk.takes_in(a_submission(**{**BOTH, **changes}))
    return submitted, desk.put_to(submitted, *(states or ("sent",)), agency=agency)


def reads(desk: Desk, referral: tuple[Any, UUID], agency: UUID = ADVICE) -> str:
    submitted, referral_id = referral
    _, shown = opens(desk, f"/requests/{submitted.id}/person?referral={referral_id}", agency)
    assert shown.status_code == 200
    return str(shown.text)


def test_the_second_referral_of_one_person_names_the_first(desk: Desk) -> None:
    first = refers(desk, "sent", "opened", "accepted")

    page = reads(desk, refers(desk))

    assert SAYS in page
    assert f"Referral {first[0].reference}" in page
    assert f"/agency/referrals/{first[1]}" in page
    assert len(desk.announced("access.granted.v1")) == 1


def test_somebody_who_is_here_once_is_not_said_to_be_here_twice(desk: Desk) -> None:
    assert SAYS not in reads(desk, refers(desk))


@pytest.mark.parametrize("states", [("proposed",), ("sent", "declined"), ("sent", "withdrawn")])
def test_what_the_agency_may_not_open_is_not_told_of(desk: Desk, states: tuple[str, ...]) -> None:
    more = {"consent_needed": False} if states == ("proposed",) else {}
    submitted = desk.takes_in(a_submission(**BOTH))
    other = UUID(int=77)
    for sequence, state in enumerate(states, start=1):
        facts = {"reason": "OTHER"} if state == "withdrawn" else more
        desk.hears_of_referral(state, submitted.id, other, sequence, **facts)

    assert SAYS not in reads(desk, refers(desk))


def test_a_request_that_another_agency_has_is_not_told_of(desk: Desk) -> None:
    refers(desk, agency=HOMES)

    assert SAYS not in reads(desk, refers(desk))


def test_from_whom_the_other_is_hidden_it_stays_hidden(desk: Desk) -> None:
    first = refers(desk)
    with desk.store.begin() as tx:
        hide(first[0].id, [ADVICE], [], tx)

    assert SAYS not in reads(desk, refers(desk))


def test_what_was_not_agreed_to_be_shown_is_not_told_of(desk: Desk) -> None:
    refers(desk, consent=a_consent(a_grant(ADVICE, "story")))

    assert SAYS not in reads(desk, refers(desk))


@pytest.mark.parametrize("born", [None, date(1981, 2, 3)])
def test_one_who_shares_only_a_number_and_a_name_is_another(desk: Desk, born: date | None) -> None:
    contact = Contact("en", None, (an_email("shared@example.org"),))
    refers(desk, contact=contact)
    other = replace(a_submission().person, date_of_birth=born)

    assert SAYS not in reads(desk, refers(desk, contact=contact, person=other))
