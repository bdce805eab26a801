"""A receiver that may no longer know the story reads only what it wrote itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.matching.usecases import disclose
from tests.matching.drivers import ADVICE, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.test_portal import Worker, page_of

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

THEIRS, OURS = "He cannot read; ring his sister", "We rang on Monday"


@pytest.fixture
def told(matching: Matching, app: Flask) -> Any:
    """Return a request and its referral, on which both sides wrote one note."""
    matching.publishes(a_service(ADVICE, places=3, categories=["identity"]))
    request = matching.asks(ADVICE)
    sent = matching.the_referral(request)
    Worker(app, agency_id=SURGERY).fills(page_of(sent, "notes"), {"text": THEIRS})
    Worker(app).fills(page_of(sent, "notes"), {"text": OURS})
    return request, sent


def reads(matching: Matching, referral: Any, agency: UUID) -> set[str]:
    with matching.store.begin(actor=a_client(agency)) as tx:
        notes = disclose(referral.id, tx)
    assert notes is not None
    return {note.text for note in notes}


def takes_back(matching: Matching, request: Any, *categories: str) -> None:
    ear = Ear(matching)
    ear.hears(ear.ended(request, request.consent_id, grant(ADVICE, *categories)))


def test_while_the_story_is_shared_both_read_all(matching: Matching, told: Any) -> None:
    assert reads(matching, told[1], ADVICE) == {THEIRS, OURS}
    assert reads(matching, told[1], SURGERY) == {THEIRS, OURS}


def test_once_the_story_is_taken_back_the_receiver_reads_its_own_and_who_referred_all(
    matching: Matching, told: Any
) -> None:
    request, sent = told
    takes_back(matching, request, "story")

    assert matching._now(sent).state == sent.state, "it goes on, on what is still agreed"
    assert reads(matching, sent, ADVICE) == {OURS}
    assert reads(matching, sent, SURGERY) == {THEIRS, OURS}


def test_another_category_taken_back_closes_no_note(matching: Matching, told: Any) -> None:
    request, sent = told
    takes_back(matching, request, "contact")

    assert reads(matching, sent, ADVICE) == {THEIRS, OURS}


def test_the_record_names_only_what_was_shown(matching: Matching, app: Flask) -> None:
    matching.publishes(a_service(ADVICE, places=3, categories=["identity"]))
    request = matching.asks(ADVICE)
    sent = matching.the_referral(request)
    Worker(app, agency_id=SURGERY).fills(page_of(sent, "notes"), {"text": THEIRS})
    takes_back(matching, request, "story")

    assert reads(matching, sent, ADVICE) == set()

    assert matching.announced("access.granted") == []


def test_the_page_says_of_no_note_that_is_closed(matching: Matching, app: Flask, told: Any) -> None:
    request, sent = told
    takes_back(matching, request, "story")

    page = Worker(app).sees(page_of(sent, "notes"))

    assert OURS in page
    assert "sister" not in page


def test_a_story_shared_anew_opens_them_again(matching: Matching, told: Any) -> None:
    request, sent = told
    takes_back(matching, request, "story")
    ear = Ear(matching)
    ear.hears(ear.given(request, grant(ADVICE, "story")))

    assert reads(matching, sent, ADVICE) == {THEIRS, OURS}


def test_while_a_request_is_restricted_the_receiver_reads_only_its_own(
    matching: Matching, told: Any
) -> None:
    request, sent = told
    ear = Ear(matching)
    facts = {"request_id": request.request_id}

    ear.hears(ear.message("request.restricted", sequence=3, **facts, restricted=True))
    ear.hears(ear.message("request.restricted", sequence=2, **facts, restricted=False))
    assert reads(matching, sent, ADVICE) == {OURS}
    assert reads(matching, sent, SURGERY) == {THEIRS, OURS}

    ear.hears(ear.message("request.restricted", sequence=4, **facts, restricted=False))
    assert reads(matching, sent, ADVICE) == {THEIRS, OURS}
