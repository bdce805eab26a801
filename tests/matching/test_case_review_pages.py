"""Case review page by page: panels, the agenda, one case, and who is kept out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from shared.identity import Principal
from shared.ids import new_id
from shared.testing.sign_on import sign_in
from shared.web import sessions
from tests.matching.drivers import ADVICE, MONEY, Matching
from tests.matching.test_case_review import HUB, SECRET, Panel
from tests.matching.test_portal import Worker

START = "/agency/case-review/"


class Attendee(Worker):
    """Somebody of the panel at a browser."""

    def __init__(self, app: Flask, who: Principal, *roles: str) -> None:
        super().__init__(app, *(roles or ("worker",)), agency_id=who.agency_id or HUB)
        named = replace(who, session=str(new_id()), name="Sam Lee")
        self.who = replace(named, roles=frozenset(roles or ("worker",)))
        store = app.extensions["store"]
        with store.begin(actor=self.who) as tx:
            value = sessions.begin_session(tx, self.who, started=tx.now, code_at=None)
        self.browser.set_cookie(sessions.cookie_name(app.name), value, secure=True)


@pytest.fixture
def panel(matching: Matching) -> Panel:
    return Panel(matching)


def typed(**changes: Any) -> dict[str, Any]:
    return {"version": "1", "minutes": SECRET, "decision": "SETTLED", **changes}


def test_an_attendee_puts_a_stuck_request_on_the_agenda_and_reads_it(
    app: Flask, panel: Panel
) -> None:
    panel.asks(HUB, threshold=3, needs=("debt", "benefits", "housing"))
    attendee = Attendee(app, panel.advice)
    place = f"{START}{panel.id}"
    page = attendee.sees(place)
    assert "Three or more needs" in page

    assert attendee.fills(place, {"reference": "HDJ-2RF"}, page).status_code == 303

    agenda = attendee.sees(place)
    assert "Nothing of yours" not in agenda
    link = re.search(r'href="(/agency/case-review/cases/[^"]+)"', agenda)
    assert link is not None
    case = attendee.sees(link[1])
    assert "That you read this is recorded" in case
    assert "Debt" in case
    assert len(panel.matching.announced("access.granted")) == 1


def test_the_agenda_shows_nothing_of_a_request_of_others(app: Flask, panel: Panel) -> None:
    panel.asks(HUB)
    case = panel.lists(panel.hub)
    place = f"{START}{panel.id}"

    other, outsider = Attendee(app, panel.money), Attendee(app, panel.outsider)

    assert "HDJ-2RF" not in other.sees(place)
    other.sees(f"{START}cases/{case}", 404)
    other.sees(f"{START}cases/{case}/review", 404)
    outsider.sees(place, 404)
    assert "You sit on no panel" in outsider.sees(START)
    refused = other.fills(place, {"reference": "HDJ-2RF"})
    assert refused.status_code == 422
    assert "There is no such request for this panel" in refused.text
    Attendee(app, panel.money, "trustee").sees(START, 403)


def test_a_meeting_is_written_down_and_what_is_to_do_is_done(app: Flask, panel: Panel) -> None:
    panel.asks(HUB)
    case = panel.lists(panel.hub)
    hub, advice = Attendee(app, panel.hub, "coordinator"), Attendee(app, panel.advice)
    form = f"{START}cases/{case}/review"
    todo = {
        "words-0": "Ring the landlord",
        "agency-0": str(ADVICE),
        **dict(zip(("due-0-day", "due-0-month", "due-0-year"), ("1", "2", "2099"), strict=True)),
    }

    again = {"decision": "AGAIN", "again-day": "8", "again-month": "1", "again-year": "2099"}
    answer = hub.fills(form, typed(**todo, **again))

    assert answer.status_code == 303
    assert "What your agency is to do" in advice.sees(f"{START}{panel.id}")
    assert "What your agency is to do" not in hub.sees(f"{START}{panel.id}")
    page = advice.sees(f"{START}cases/{case}")
    assert SECRET.replace("'", "&#39;") in page
    button = re.search(r'action="(/agency/case-review/actions/[^"]+)"', page)
    assert button is not None
    assert "actions/" not in hub.sees(f"{START}cases/{case}")
    assert advice.fills(button[1], {}, page).status_code == 303
    assert "Done" in advice.sees(f"{START}cases/{case}")
    assert hub.fills(button[1], {}, hub.sees(f"{START}{panel.id}")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"minutes": ""}, "Write down what was said."),
        ({"decision": ""}, "Choose what the panel decided."),
        ({"decision": "AGAIN"}, "Enter a day"),
        ({"words-1": "Ring"}, "Enter what will be done, who does it, and by when."),
    ],
)
def test_a_form_with_a_fault_keeps_what_was_typed(
    app: Flask, panel: Panel, wrong: dict[str, str], sentence: str
) -> None:
    panel.asks(HUB)
    case = panel.lists(panel.hub)

    said = {"minutes": "We talked", **wrong}
    answer = Attendee(app, panel.hub).fills(f"{START}cases/{case}/review", typed(**said))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert said["minutes"] in answer.text


def test_the_coordinator_makes_a_panel_and_says_who_sits_on_it(app: Flask, panel: Panel) -> None:
    keeper = Attendee(app, panel.hub, "coordinator")
    meets = {"meets-day": "8", "meets-month": "1", "meets-year": "2099"}
    wrong = keeper.fills(f"{START}new", {"name": "", "agreement": str(panel.deal), **meets})
    assert "Give the panel a name." in wrong.text

    made = keeper.fills(f"{START}new", {"name": "Housing", "agreement": str(panel.deal), **meets})
    assert made.status_code == 303
    seats = made.location.split("?")[0]
    people = [str(panel.hub.id), str(panel.money.id)]
    answer = keeper.fills(seats, {"version": "1", "staff": people, **meets})

    assert answer.status_code == 303
    assert "Housing" in Attendee(app, panel.money).sees(START)
    assert "Housing" not in Attendee(app, panel.advice).sees(START)
    Attendee(app, panel.advice).sees(f"{START}new", 403)
    stranger = keeper.fills(seats, {"version": "2", "staff": [str(UUID(int=1))], **meets})
    assert "Only staff of agencies under the agreement" in stranger.text


def test_the_coordinator_keeps_a_panel_without_reading_its_lines(app: Flask, panel: Panel) -> None:
    panel.asks(HUB)
    case = panel.lists(panel.hub)
    browser = app.test_client()
    sign_in(app, browser, "coordinator", agency_id=HUB)

    page = browser.get(START, base_url="https://localhost").text

    assert "Weekly" in page
    assert "HDJ-2RF" not in page
    for path in (f"{START}{panel.id}", f"{START}cases/{case}"):
        assert browser.get(path, base_url="https://localhost").status_code == 404
    assert [d["recipient_agency_id"] for d in panel.matching.announced("access.denied")] == [
        str(HUB)
    ]


def test_a_line_somebody_only_hears_of_here_says_nothing_before_it_is_opened(
    app: Flask, panel: Panel
) -> None:
    panel.asks(HUB, MONEY, threshold=3, needs=("debt", "benefits", "housing"))
    attendee, place = Attendee(app, panel.money), f"{START}{panel.id}"
    assert "HDJ-2RF" not in attendee.sees(place)
    panel.lists(panel.hub)

    page = attendee.sees(place)

    assert "HDJ-2RF" in page
    assert "Open it to read. That is recorded." in page
    assert "A high level of need" not in page
    assert panel.matching.announced("access.granted") == []


def test_money_has_no_line_when_it_only_offers_the_same_help(app: Flask, panel: Panel) -> None:
    panel.asks(HUB)
    panel.lists(panel.hub)

    page = Attendee(app, panel.money).sees(START)

    assert "0 cases" in page
    assert str(MONEY) not in page
