"""A form sent for a referral that is over brings back nothing of what it was about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.matching.drivers import ADVICE, MONEY, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.test_portal import Worker, page_of

if TYPE_CHECKING:
    from flask import Flask

    from tests.matching.drivers import Matching

FORMS: dict[str, dict[str, str]] = {
    "decline": {"version": "3"},
    "accept": {"version": "3", "start-day": "x"},
    "complete": {"version": "3", "result-0": "x"},
    "redirect": {"version": "3"},
    "review": {"version": "3"},
}


@pytest.mark.parametrize("action", FORMS)
@pytest.mark.parametrize("how", ["halted", "declined"])
def test_a_form_that_is_refused_after_the_end_shows_no_need_and_no_service_for_it(
    matching: Matching, app: Flask, action: str, how: str
) -> None:
    matching.publishes(
        a_service(ADVICE), a_service(MONEY, name="Counting pennies", listed="public")
    )
    request = matching.asks(ADVICE)
    referral = matching.opens(matching.the_referral(request))
    if how == "declined":
        matching.declines(referral, "OUT_OF_AREA")
    else:
        ear = Ear(matching)
        ear.hears(ear.ended(request, request.consent_id, grant(ADVICE)))
    worker = Worker(app)
    known = worker.sees(page_of(referral))
    assert "Counting pennies" not in known

    answer: Any = worker.fills(page_of(referral, action), FORMS[action], worker.sees("/guide"))

    assert answer.status_code in {303, 404, 409}
    assert "Counting pennies" not in answer.text
    assert "Debt" not in answer.text.replace("Debt advice", "")
