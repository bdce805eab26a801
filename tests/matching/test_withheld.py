"""What a referral is about is read by nobody who may not: a restriction, then an erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.matching.errors import AnswerRefusedError, NotPossibleError
from services.matching.http.shapes import referral_shape
from services.matching.usecases import Came, complete, content_of, record_outcome
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear
from tests.matching.helping import Helping
from tests.matching.test_api import Partner
from tests.matching.test_portal import Worker, page_of
from tests.matching.test_restricted import restricts

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

    from shared.testing.sign_on import PretendIssuer

ON_BOTH = pytest.mark.usefixtures("where")
CAME, ANOTHER = (Came(need, "ACHIEVED", ("GOT_HELP",)) for need in ("debt", "food"))
ABOUT = ("45-54", "Wandsworth", "Help wanted", "Urgency", "Why this service")


@pytest.fixture
def ear(matching: Matching) -> Ear:
    return Ear(matching)


@pytest.fixture
def request_sent(matching: Matching) -> Any:
    matching.publishes(a_service(ADVICE))
    return matching.asks(ADVICE)


def told(matching: Matching, referral: Any, agency: UUID) -> dict[str, Any]:
    """Return the referral as the API tells a client of *agency* of it."""
    with matching.store.read() as tx:
        caller = a_client(agency)
        row = tx.referral(referral.id, caller)
        assert row is not None
        return referral_shape(row, [], content_of([row], caller, tx), tx.now, ["record-outcome"])


def is_closed(shape: dict[str, Any]) -> bool:
    return (shape["needs"], shape["urgency"], shape["explanation"]) == ([], None, None)


@ON_BOTH
def test_while_restricted_the_agency_asked_is_told_the_stage_and_nothing_it_is_about(
    matching: Matching, ear: Ear, app: Flask, request_sent: Any
) -> None:
    referral = matching.opens(matching.the_referral(request_sent))
    worker = Worker(app)
    assert all(word in worker.sees(page_of(referral)) for word in ABOUT)

    restricts(ear, request_sent)

    page = worker.sees(page_of(referral))
    assert not [word for word in ABOUT if word in page]
    assert referral.reference in page
    assert "request is restricted" in page
    assert "details (this is recorded)" not in page
    worker.sees(page_of(referral, "decision"), status=404)
    shape = told(matching, referral, ADVICE)
    assert is_closed(shape)
    assert (shape["withheld"], shape["state"], shape["actions"]) == ("restricted", "opened", [])
    assert told(matching, referral, SURGERY)["needs"], "who referred keeps their own request"

    restricts(ear, request_sent, restricted=False, sequence=4)
    assert all(word in worker.sees(page_of(referral)) for word in ABOUT)


@ON_BOTH
def test_an_erased_request_tells_who_referred_it_its_stage_and_no_need(
    matching: Matching, ear: Ear, app: Flask, request_sent: Any
) -> None:
    referral = matching.the_referral(request_sent)
    who_referred = Worker(app, agency_id=SURGERY)
    assert "Help wanted" in who_referred.sees(page_of(referral))

    restricts(ear, request_sent)
    ear.hears(ear.over(request_sent, "erased"))

    page = who_referred.sees(page_of(referral))
    assert not [word for word in ABOUT if word in page]
    assert referral.reference in page
    assert "details were erased" in page
    assert "Erased" in who_referred.sees(f"/agency/?q={referral.reference}")
    for agency in (SURGERY, ADVICE):
        shape = told(matching, referral, agency)
        assert is_closed(shape)
        assert shape["withheld"] == "erased"


def test_the_inbox_says_restricted_in_place_of_needs_and_urgency(
    matching: Matching, ear: Ear, app: Flask, request_sent: Any
) -> None:
    assert "Restricted" not in Worker(app).sees("/agency/")

    restricts(ear, request_sent)

    inbox = Worker(app).sees("/agency/")
    assert inbox.count(">Restricted<") == 2, "for the help wanted and for how urgent it is"


@pytest.mark.parametrize("kind", ["restricted", "erased"])
def test_nobody_is_asked_for_needs_they_may_not_read(
    matching: Matching, ear: Ear, app: Flask, kind: str
) -> None:
    helping = Helping(matching)
    active = helping.active()
    if kind == "erased":
        helping.does(complete, active, ())
        ear.hears(ear.over(active, "erased"))
    else:
        restricts(ear, active)
        page = Worker(app).sees(page_of(active, "complete"))
        assert not [need for need in active.needs if f'"result-{need}"' in page]
        with pytest.raises(AnswerRefusedError, match="Nothing may be said"):
            helping.does(complete, active, (CAME,))
        helping.does(complete, active, ())

    Worker(app).sees(page_of(active, "record-outcome"), status=409)
    with pytest.raises((AnswerRefusedError, NotPossibleError)) as refused:
        helping.does(record_outcome, active, (CAME,) if kind == "restricted" else (ANOTHER,))
    assert not [need for need in active.needs if need in str(refused.value)]


def test_on_the_waiting_list_a_restricted_request_keeps_its_place_and_tells_nothing(
    matching: Matching, ear: Ear, app: Flask
) -> None:
    waiting = Helping(matching).waiting()
    worker = Worker(app)
    assert "Restricted" not in worker.sees("/agency/waiting")

    restricts(ear, waiting)

    page = worker.sees("/agency/waiting")
    assert waiting.reference in page
    assert page.count(">Restricted<") == 2


def test_a_restricted_request_is_in_the_api_s_list_without_what_it_is_about(
    matching: Matching, ear: Ear, app: Flask, issuer: PretendIssuer, request_sent: Any
) -> None:
    restricts(ear, request_sent)
    referral = matching.the_referral(request_sent)
    partner = Partner(app, issuer, ADVICE)

    (listed,) = partner.calls("GET", "/referrals?role=receiver").get_json()["items"]
    alone = partner.calls("GET", f"/referrals/{referral.id}").get_json()

    for shape in (listed, alone):
        assert is_closed(shape)
        assert shape["withheld"] == "restricted"
    assert partner.calls("GET", f"/referrals/{referral.id}/decision").status_code == 404
    assert partner.calls("GET", f"/referrals/{referral.id}/outcomes").status_code == 404


def test_no_other_service_is_suggested_by_needs_that_may_not_be_read(
    matching: Matching, ear: Ear, app: Flask
) -> None:
    matching.publishes(a_service(ADVICE), a_service(MONEY, name="Money by phone"))
    asked = matching.asks(ADVICE)
    referral = matching.opens(matching.the_referral(asked))
    worker = Worker(app)
    assert "Money by phone" in worker.sees(page_of(referral, "decline"))

    restricts(ear, asked)

    assert "Money by phone" not in worker.sees(page_of(referral, "decline"))
