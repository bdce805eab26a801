"""A different word is typed wherever matching may hear of a person; none is found in the plain.

Every form of a referral, the desk, a case review and every field of the API; searched are the
files of the database, with the messages that wait there, and whatever is logged.
Left out are words about a service, not a person: its entry, why it closes, the plan for those
who wait, what an agreement or a panel is called, a file of the guide.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from journeys.test_canaries import Canaries
from marshmallow import fields
from sqlalchemy import select

from driving.visitor import Visitor
from services.matching import usecases
from services.matching.http import helping_schemas, schemas
from services.matching.http.notes_pages import KINDS
from services.matching.storage import tables as t
from services.matching.usecases.desking import read_words
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.helping import Helping
from tests.matching.test_api import Partner
from tests.matching.test_case_review import HUB, Panel
from tests.matching.test_case_review_pages import START, Attendee
from tests.matching.test_desk import (
    coordinator,
    ear,  # noqa: F401 - fixture
    second_of,
    tells_own,
    the_line,
    unplaced,
)
from tests.matching.test_portal import Worker, page_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from driving.visitor import Form
    from shared.testing.sign_on import PretendIssuer

NUMBERS = ("pounds", "calls", "scale", "weeks", "onward")
TAKEN = 303
DAYS = ("-day", "-month", "-year")
SEALED_BY_KIND = set(KINDS) - {"why_this_service"}
"""Why a service was chosen by hand is typed where somebody chooses: see the desk below."""


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def sealed(
    canaries: Canaries,
    matching: Matching,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> Callable[[int], None]:
    """Return what looks for every word typed so far, wherever it could have been left."""
    caplog.set_level("DEBUG")
    said: list[str] = []

    def look(least: int) -> None:
        said.extend((caplog.text, *capfd.readouterr()))
        assert len(canaries.words) >= least
        assert canaries.leaks(tmp_path, "\n".join(said) + str(matching.announced())) == []

    return look


def the_form(page: str, path: str) -> Form:
    visitor = Visitor("https://localhost")
    visitor.html, visitor.path = page, path
    return visitor.form()


def fills(worker: Worker, canaries: Canaries, path: str, matching: Matching, **chosen: Any) -> int:
    """Type a word into every text of a form: first days that are none, then days that are."""
    page = worker.sees(path)
    form = the_form(page, path)
    kept = {name: value for name, value in form.values if name != "csrf_token"}
    picked = {n: some[0] for n, some in form.choices.items() if ":" not in n and n not in kept}
    words = {name: canaries.word(f"{path} {name}") for name in form.texts}
    assert words, path
    typed = {**kept, **picked, **words, **chosen}
    first = worker.fills(path, typed, page).status_code
    if first == TAKEN:
        return first
    on = matching.clock.now() + timedelta(days=int(chosen.pop("in_days", 0)))
    days = {
        name: str(getattr(on, part.strip("-")))
        for name in form.texts
        for part in DAYS
        if name.endswith(part)
    }
    blank = {name: "" for name in form.texts if name.startswith(NUMBERS)}
    return worker.fills(path, {**typed, **blank, **days, **chosen}, page).status_code


def kinds(matching: Matching) -> set[str]:
    with matching.store.read() as tx:
        return {row.kind for row in tx.all(select(t.note.c.kind))}


def test_no_word_of_any_form_of_a_referral(
    matching: Matching, app: Flask, canaries: Canaries, sealed: Callable[[int], None]
) -> None:
    helping = Helping(matching)
    matching.publishes(
        a_service(ADVICE, places=40), a_service(MONEY, name="Money by phone", places=9)
    )
    one, two = (Worker(app, "worker", "manager", agency_id=agency) for agency in (ADVICE, SURGERY))

    def at(state: str) -> Any:
        row = helping.sent_again()
        if state != "sent":
            row = matching.opens(row)
        if state in {"accepted", "active", "completed"}:
            row = matching.accepts(row)
        if state in {"active", "completed"}:
            helping.does(usecases.start, row, helping.today)
        if state == "completed":
            helping.does(usecases.complete, row, ())
        return helping.now(row)

    def types(who: Worker, row: Any, action: str, **chosen: Any) -> None:
        status = fills(who, canaries, page_of(row, action), matching, **chosen)
        assert status == TAKEN, (action, status)

    types(one, at("opened"), "notes")
    types(one, at("opened"), "accept")
    types(one, at("opened"), "decline", reason="CANNOT_MATCH")
    asked = at("opened")
    types(one, asked, "ask")
    types(two, asked, "answer")
    types(two, at("sent"), "cancel")
    stopping = at("accepted")
    types(two, stopping, "cancel")
    types(one, stopping, "refuse-cancel")
    types(one, at("accepted"), "wait")
    types(one, at("accepted"), "withdraw")
    types(one, at("active"), "hold", in_days=7)
    types(one, at("accepted"), "record-contact", code="NO_ANSWER", attended="", absent="")
    types(one, at("active"), "complete")
    types(one, at("opened"), "redirect")
    types(one, at("completed"), "reopen", reason="PLACE_FREE_NOW")

    assert SEALED_BY_KIND - kinds(matching) <= {"review_comment"}
    sealed(30)


def test_no_word_of_a_review_of_a_wait(
    matching: Matching, app: Flask, canaries: Canaries, sealed: Callable[[int], None]
) -> None:
    helping = Helping(matching)
    waiting = helping.waiting()
    helping.months_pass(61)
    path = page_of(waiting, "review")
    worker = Worker(app, "worker", "manager")

    chosen = {"result": "extended", "agreed": "yes"}
    fills(worker, canaries, path, matching, in_days=28, **chosen)

    sealed(1)
    assert kinds(matching) == {"review_comment"}


def test_no_word_of_a_decision_at_the_desk(
    matching: Matching,
    app: Flask,
    ear: Any,  # noqa: F811 - the fixture
    canaries: Canaries,
    sealed: Callable[[int], None],
) -> None:
    unplaced(matching, ear, needs=("housing",))
    seat, line = Worker(app, "coordinator", agency_id=HUB), the_line(matching)
    at, why = f"/agency/desk/{line.id}", canaries.word("desk why")
    page = seat.sees(at)
    wrong = {"version": "1", "decision": "LOOK_AGAIN", "why": why}
    wrong["look-day"] = canaries.word("desk day")
    assert seat.fills(f"{at}/decide", wrong, page).status_code == 422
    right = {"version": "1", "decision": "HELPED_OTHERWISE", "why": why}
    assert seat.fills(f"{at}/decide", right, page).status_code == 303

    with matching.store.begin(actor=coordinator()) as tx:
        assert [text for _, text in read_words(line.id, tx)] == [why]
    sealed(2)


def test_no_word_of_why_a_service_was_chosen_by_hand(
    matching: Matching,
    app: Flask,
    ear: Any,  # noqa: F811 - the fixture
    canaries: Canaries,
    sealed: Callable[[int], None],
) -> None:
    request = matching.asks(ADVICE, MONEY)
    matching.says_places(second_of(matching), 3)
    matching.declines(matching.opens(matching.the_referral(request)))
    tells_own(matching, ear, "referral.declined")
    seat, at = Worker(app, "coordinator", agency_id=HUB), f"/agency/desk/{the_line(matching).id}"
    chosen = str(second_of(matching))
    form = {"version": "1", "service": chosen, "reason": canaries.word("propose reason")}

    assert seat.fills(f"{at}/service", form).status_code == 303

    assert len(matching.referrals(request)) == 2
    assert kinds(matching) == {"why_this_service"}
    sealed(1)


def test_no_word_of_a_case_review(
    matching: Matching, app: Flask, canaries: Canaries, sealed: Callable[[int], None]
) -> None:
    panel = Panel(matching)
    panel.asks(HUB)
    case = panel.lists(panel.hub)
    words = {name: canaries.word(name) for name in ("minutes", "words-0")}
    due = {"due-0-day": "1", "due-0-month": "2", "due-0-year": "2099", "agency-0": str(ADVICE)}
    decided = {"version": "1", "decision": "SETTLED", **words}
    sits, path = Attendee(app, panel.hub), f"{START}cases/{case}/review"

    wrong = {**decided, "words-0": canaries.word("words"), "agency-0": str(ADVICE)}
    assert sits.fills(path, {**wrong, "due-0-day": canaries.word("due")}).status_code == 422
    assert sits.fills(path, {**decided, **due}).status_code == 303

    sealed(4)


def test_no_word_of_any_field_of_the_api(
    matching: Matching,
    app: Flask,
    issuer: PretendIssuer,
    canaries: Canaries,
    sealed: Callable[[int], None],
) -> None:
    row = Helping(matching).opened()
    partner = Partner(app, issuer, ADVICE)
    named = [
        name
        for module in (schemas, helping_schemas)
        for body in vars(module).values()
        if isinstance(body, type) and body.__name__.endswith("Body")
        for name, field in body().fields.items()
        if isinstance(field, fields.String)
    ]
    doors = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    actions = sorted(d.rpartition("/")[2] for d in doors if d.startswith("/api/v1/referrals/<"))
    assert len(actions) > 15
    for action in actions:
        body = {name: canaries.word(f"API {action} {name}") for name in sorted(set(named))}
        answer = partner.calls("POST", f"/referrals/{row.id}/{action}", version=1, json=body)
        assert answer.status_code in {200, 409, 412, 422}, (action, answer.text)

    def posts(action: str, **body: Any) -> None:
        now = matching._now(row)
        path = f"/referrals/{row.id}/{action}"
        answer = partner.calls("POST", path, version=now.version, json=body)
        assert answer.status_code == 200, answer.text

    today = str(matching.clock.now().date())
    later = str(matching.clock.now().date() + timedelta(days=9))
    posts("accept", forecast_start=later, note=canaries.word("API accept"))
    posts("record-contact", code="DELIVERED", on=today, note=canaries.word("API contact"))
    posts("start", started_on=today)
    posts("hold", reason="PERSON_WISH", review_on=later, comment=canaries.word("API hold"))
    posts("resume")
    posts("complete", outcomes=[], note=canaries.word("API complete"))
    sealed(100)


def test_a_word_that_is_kept_plain_would_be_found(
    matching: Matching, canaries: Canaries, sealed: Callable[[int], None]
) -> None:
    row = Helping(matching).accepted()
    team = canaries.word("team")
    with matching.store.begin() as tx:
        tx.execute(t.referral.update().where(t.referral.c.id == row.id).values(team=team))

    with pytest.raises(AssertionError, match="team is in"):
        sealed(1)
