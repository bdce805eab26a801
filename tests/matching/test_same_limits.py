"""What a page takes the partner API takes, and no more; a refused form keeps what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.matching.domain.outcomes import MOST
from services.matching.http.schemas import MOST_PLACES
from services.matching.usecases.ruling import MOST_OTHERS, TOO_MANY
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, Matching, a_service
from tests.matching.helping import Helping
from tests.matching.test_api import Partner
from tests.matching.test_helping_doors import a_day, does
from tests.matching.test_portal import SECRET, Worker, page_of

if TYPE_CHECKING:
    from flask import Flask

    from shared.testing.sign_on import PretendIssuer

CODES = {
    "weeks": "TENANCY_SUSTAINED",
    "calls": "CALLS_TO_SERVICES_REDUCED",
    "pounds_per_year": "INCOME_MAXIMISED",
    "pounds_once": "DEBT_REDUCED",
}


@pytest.fixture
def helping(matching: Matching) -> Helping:
    return Helping(matching)


@pytest.fixture
def worker(app: Flask) -> Worker:
    return Worker(app, "worker", "manager")


@pytest.mark.parametrize("figure", CODES)
def test_a_figure_too_large_is_refused_on_the_page_and_by_the_api_alike(
    app: Flask, issuer: PretendIssuer, worker: Worker, helping: Helping, figure: str
) -> None:
    active, too_much = helping.active(), MOST[figure] + 1
    said = {"need": "debt", "result": "ACHIEVED", "codes": [CODES[figure]], figure: too_much}
    typed = {f"{figure}-debt": str(too_much), "codes-debt": CODES[figure]}

    told = Partner(app, issuer, ADVICE).calls(
        "POST", f"/referrals/{active.id}/complete", version=5, json={"outcomes": [said]}
    )
    page = does(
        worker, helping, active, "complete", words=SECRET, **{"result-debt": "ACHIEVED", **typed}
    )

    assert (told.status_code, page.status_code) == (422, 422)
    assert f"Write a number from 0 to {MOST[figure]:,}." in page.text
    assert f'value="{too_much}"' in page.text
    assert "Agnieszka" in page.text
    assert helping.now(active).state == "active"


@pytest.mark.parametrize(
    ("action", "typed"),
    [
        ("redirect", {"words": SECRET}),
        ("decline", {"reason": "NO_CAPACITY", "comment": SECRET}),
    ],
)
def test_more_services_than_may_be_suggested_are_refused_and_so_is_what_is_none(
    matching: Matching, worker: Worker, helping: Helping, action: str, typed: dict[str, str]
) -> None:
    others = matching.publishes(*(a_service(MONEY) for _ in range(MOST_OTHERS + 1)))
    opened = helping.opened()
    form: dict[str, Any] = {"version": str(opened.version), **typed}
    page = worker.sees(page_of(opened, action))

    many = worker.fills(
        page_of(opened, action), {**form, "alternatives": [str(one) for one in others]}, page
    )
    nonsense = worker.fills(page_of(opened, action), {**form, "alternatives": ["debt"]}, page)

    assert (many.status_code, TOO_MANY in many.text) == (422, True)
    assert (nonsense.status_code, "Choose services of the list." in nonsense.text) == (422, True)
    assert "Agnieszka" in many.text
    assert helping.now(opened).state == "opened"


@pytest.mark.parametrize(
    "staff", ["rosa", "", str(new_id())], ids=["a name", "nothing", "a stranger"]
)
def test_who_cannot_be_read_is_not_taken_for_nobody(
    worker: Worker, helping: Helping, staff: str
) -> None:
    active = helping.active()

    answer = does(worker, helping, active, "reassign", staff=staff, team="East", known="")

    assert answer.status_code == 422
    assert 'value="East"' in answer.text
    assert helping.matching.announced("referral.reassigned") == []


@pytest.mark.parametrize("places", ["many", str(MOST_PLACES + 1)])
def test_a_number_of_places_that_is_none_is_said_to_be_none(
    worker: Worker, helping: Helping, places: str
) -> None:
    opened = helping.opened()
    start = a_day("start", helping.today)
    page = worker.sees(page_of(opened, "accept"))

    answer = worker.fills(
        page_of(opened, "accept"), {"version": "3", "places": places, **start}, page
    )

    assert (answer.status_code, "as a number from 0 to" in answer.text) == (422, True)
    assert f'value="{places}"' in answer.text
    assert helping.now(opened).state == "opened"
