"""What the hub's offices may do for the whole partnership, nobody may from another agency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.test_portal import Worker, page_of

if TYPE_CHECKING:
    from flask import Flask

OF_THE_HUB = (
    "/agency/agreements/new",
    "/agency/case-review/new",
    "/agency/desk/",
    "/agency/guide/import",
)


@pytest.mark.parametrize("page", OF_THE_HUB)
def test_the_office_counts_at_the_hub_alone(matching: Matching, app: Flask, page: str) -> None:
    matching.hub_is(SURGERY)
    matching.publishes()

    Worker(app, "coordinator", agency_id=SURGERY).sees(page)
    Worker(app, "coordinator", "officer", agency_id=MONEY).sees(page, status=403)


def test_nobody_pauses_a_service_of_others_from_an_agency_that_is_not_the_hub(
    matching: Matching, app: Flask
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    (service,) = matching.publishes(a_service(ADVICE))
    elsewhere = Worker(app, "worker", "coordinator", agency_id=MONEY)
    path, typed = f"/agency/guide/{service}", {"reason": "Rivals"}

    assert "Pause" not in elsewhere.sees(path)
    answer = elsewhere.browser.post(f"{path}/pause", data=typed, base_url="https://localhost")

    assert answer.status_code == 403
    assert len(matching.referrals(matching.asks(ADVICE))) == 1


def test_beside_an_office_that_does_not_count_somebody_stays_a_worker(
    matching: Matching, app: Flask
) -> None:
    matching.publishes(a_service(ADVICE, places=3))
    sent = matching.the_referral(matching.asks(ADVICE))

    page = Worker(app, "worker", "coordinator").sees(page_of(sent))

    assert "Open this referral" in page
    assert "Take this referral back" not in page
