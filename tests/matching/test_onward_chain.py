"""The way of a person from one referral to the next, end to end, and who sees which part of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.hearing import Ear
from tests.matching.helping import Helping
from tests.matching.test_api import Partner
from tests.matching.test_portal import Worker, page_of

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

    from shared.testing.sign_on import PretendIssuer

THERE = "Referred on to"
HERE = "Referred on from"


@pytest.fixture
def first(matching: Matching) -> Any:
    """Return a referral from the surgery that the advice agency has taken on."""
    return Helping(matching).active()


def refers_on(matching: Matching, first: Any, **values: Any) -> Any:
    """Have the receiver of *first* refer the person on to the money agency."""
    matching.publishes(a_service(MONEY, name="Money by phone", needs=["food"]))
    about = {"needs": ("food",), "referrer_agency_id": first.agency_id, "onward_of": first.id}
    return matching.asks(MONEY, reference="ONW-ARD", **{**about, **values})


def told(worker: Worker, referral: Any) -> str:
    """Return what the page says beside the two keys, with what it links to."""
    page = worker.sees(page_of(referral))
    rows = re.findall(r"<dt[^>]*>\s*(Referred on [^<]*?)\s*</dt>(.*?)</div>", page, re.DOTALL)
    return " ".join(
        " ".join(re.sub(r"<(?!a )[^>]+>", " ", key + rest).split()) for key, rest in rows
    )


def test_who_referred_on_sees_each_step_and_follows_it(
    matching: Matching, app: Flask, first: Any
) -> None:
    next_one = matching.the_referral(refers_on(matching, first))
    worker = Worker(app, agency_id=ADVICE)

    before, after = told(worker, first), told(worker, next_one)

    assert THERE in before
    assert "ONW-ARD" in before
    assert page_of(next_one) in before
    assert HERE in after
    assert page_of(first) in after
    matching.accepts(matching.opens(next_one))
    assert "Accepted" in told(worker, first)


def test_others_read_that_it_goes_on_and_how_it_stands_and_nothing_else(
    matching: Matching, app: Flask, first: Any
) -> None:
    next_one = matching.the_referral(refers_on(matching, first))
    referrer, receiver = Worker(app, agency_id=SURGERY), Worker(app, agency_id=MONEY)

    there, here = told(referrer, first), told(receiver, next_one)

    assert "Another service, since" in there
    assert "Sent." in there
    assert "An earlier referral of" in here
    for page in (referrer.sees(page_of(first)), there):
        for word in ("ONW-ARD", "Money by phone", "Food", str(next_one.id), "Another money"):
            assert word not in page
    assert first.reference not in here
    assert str(first.id) not in receiver.sees(page_of(next_one))


@pytest.mark.parametrize("hides", ["hidden_from_agencies", "hidden_from_staff"])
def test_who_must_not_know_of_the_next_request_reads_nothing_of_it(
    matching: Matching, app: Flask, first: Any, hides: str
) -> None:
    referrer = Worker(app, agency_id=SURGERY)
    who = SURGERY if hides == "hidden_from_agencies" else referrer.who.id

    refers_on(matching, first, **{hides: (who,)})

    assert told(referrer, first) == ""
    assert THERE in told(Worker(app, agency_id=ADVICE), first)


def test_a_partners_system_reads_the_same_way(
    matching: Matching, app: Flask, issuer: PretendIssuer, first: Any
) -> None:
    next_one = matching.the_referral(refers_on(matching, first))

    def way(agency: UUID, referral: Any) -> list[tuple[str, str | None, str | None]]:
        told = Partner(app, issuer, agency).calls("GET", f"/referrals/{referral.id}/way")
        keys = ("direction", "stage", "referral_id")
        return [tuple(item[key] for key in keys) for item in told.get_json()["items"]]

    assert way(ADVICE, first) == [("after", "Sent", str(next_one.id))]
    assert way(SURGERY, first) == [("after", "Sent", None)]
    assert way(ADVICE, next_one) == [("before", "Being helped", str(first.id))]
    assert way(MONEY, next_one) == [("before", None, None)]
    outside = Partner(app, issuer, MONEY).calls("GET", f"/referrals/{first.id}/way")
    assert outside.status_code == 404


def test_what_somebody_else_names_is_no_link(matching: Matching, app: Flask, first: Any) -> None:
    next_one = matching.the_referral(refers_on(matching, first, referrer_agency_id=SURGERY))

    for agency, referral in ((ADVICE, first), (SURGERY, first), (MONEY, next_one)):
        assert told(Worker(app, agency_id=agency), referral) == ""


def test_a_request_that_nobody_could_be_asked_for_is_not_silent(
    matching: Matching, app: Flask, first: Any
) -> None:
    refers_on(matching, first, needs=("housing",))

    for agency in (ADVICE, SURGERY):
        assert "Nobody was asked yet." in told(Worker(app, agency_id=agency), first)


def test_the_link_is_told_again_with_the_request(
    matching: Matching, app: Flask, first: Any
) -> None:
    request, ear = refers_on(matching, first), Ear(matching)

    ear.hears_again(ear.submitted(request))

    assert THERE in told(Worker(app, agency_id=ADVICE), first)
