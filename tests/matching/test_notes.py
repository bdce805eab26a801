"""Notes to and fro: sealed, read by the two sides alone, each look recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.test_portal import SECRET, Worker, page_of

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def sent(matching: Matching) -> Any:
    matching.publishes(a_service(ADVICE, places=3))
    return matching.the_referral(matching.asks(ADVICE))


def test_both_sides_write_and_read_and_the_other_is_told_that_there_is_a_note(
    matching: Matching, app: Flask, sent: Any
) -> None:
    receiver, referrer = Worker(app), Worker(app, agency_id=SURGERY)
    path = page_of(sent, "notes")

    assert "Write to the other agency" in receiver.sees(page_of(sent))
    answer = receiver.fills(path, {"text": SECRET})
    assert "We tell the other agency" in receiver.sees(answer.location)
    assert referrer.fills(path, {"text": "We know"}).status_code == 303

    page = referrer.sees(path)
    assert page.index("We know") < page.index("Agnieszka")
    first, second = matching.announced("note.written")
    assert (first["by_agency_id"], first["to_agency_id"]) == (str(ADVICE), str(SURGERY))
    assert second["to_agency_id"] == str(ADVICE)
    assert "Agnieszka" not in str(matching.announced())


def test_a_message_moves_nothing(matching: Matching, app: Flask, sent: Any) -> None:
    Worker(app).fills(page_of(sent, "notes"), {"text": "Hello"})

    now = matching._now(sent)
    assert (now.state, now.version, now.due_at) == (sent.state, sent.version, sent.due_at)


@pytest.mark.parametrize("text", [" ", "x" * 4001])
def test_a_refused_message_stays_and_opens_no_note(
    matching: Matching, app: Flask, sent: Any, text: str
) -> None:
    worker = Worker(app)
    form = worker.sees(page_of(sent, "notes"))
    looks = len(matching.announced("access.granted"))

    answer = worker.fills(page_of(sent, "notes"), {"text": text}, form)

    assert answer.status_code == 422
    assert 'href="#text"' in answer.text
    assert text.strip() in answer.text
    assert len(matching.announced("access.granted")) == looks
    assert matching.announced("note.written") == []


def test_a_stranger_and_whoever_it_is_over_for_write_nothing(
    matching: Matching, app: Flask, sent: Any
) -> None:
    receiver, stranger = Worker(app), Worker(app, agency_id=MONEY)
    form = receiver.sees(page_of(sent, "notes"))
    stranger.sees(page_of(sent, "notes"), status=404)

    matching.declines(sent)

    answer = receiver.fills(page_of(sent, "notes"), {"text": SECRET}, form)
    assert answer.status_code == 409
    assert "Write to the other agency" not in receiver.sees(page_of(sent))


def test_whoever_referred_writes_no_message_that_nobody_could_read(
    matching: Matching, app: Flask, sent: Any
) -> None:
    referrer = Worker(app, agency_id=SURGERY)
    form = referrer.sees(page_of(sent, "notes"))
    matching.declines(sent)

    answer = referrer.fills(page_of(sent, "notes"), {"text": SECRET}, form)

    assert answer.status_code == 409
    assert matching.announced("note.written") == []
    assert "Write to the other agency" not in referrer.sees(page_of(sent))


def test_nobody_writes_while_the_agreement_is_in_doubt(
    matching: Matching, app: Flask, sent: Any
) -> None:
    request = next(r for r in matching.referrals() if r.id == sent.id)
    form = Worker(app).sees(page_of(sent, "notes"))
    ear = Ear(matching)
    ear.hears(ear.ended(request, request.consent_id, grant(ADVICE)))

    assert form
    Worker(app).sees(page_of(sent, "notes"), status=404)


def test_what_a_person_asked_for_themselves_has_no_other_side_to_write_to(
    matching: Matching, app: Flask
) -> None:
    matching.publishes(a_service(ADVICE, places=3))
    alone = matching.the_referral(matching.asks(ADVICE, referrer_agency_id=None))

    assert "Write to the other agency" not in Worker(app).sees(page_of(alone))
