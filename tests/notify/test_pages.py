"""The coordinator sees whether messages left; a demonstration shows its mails to anyone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from services.notify import create_app
from services.notify.domain import (
    DIED,
    ERASED,
    HIDDEN,
    NOT_NOW,
    REFERRAL_ENDED,
    SAID_ANYWAY,
    VOIDED,
)
from services.notify.http.words import REASONS, SUBJECTS
from services.notify.mail import TEMPLATES
from services.notify.sink import demo_mailbox
from services.notify.storage import delivery
from shared.testing.sign_on import PretendIssuer, sign_in
from shared.web.access import unguarded
from tests.notify.desk import ASKED, HUB, REFERENCE

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

    from shared.settings import Settings
    from tests.notify.desk import Desk


@pytest.fixture
def app(desk: Desk) -> Flask:
    app = create_app(replace(desk.settings, demo="referral-guide"), desk.store)
    PretendIssuer(app)
    return app


def get(app: Flask, path: str, *roles: str, agency_id: UUID = HUB) -> tuple[int, str]:
    client = app.test_client()
    if roles:
        sign_in(app, client, *roles, agency_id=agency_id)
    answer = client.get(path, base_url="https://localhost")
    return answer.status_code, answer.text


def test_the_coordinator_sees_each_message_in_words(app: Flask, desk: Desk) -> None:
    desk.sent()

    status, page = get(app, f"/deliveries/?reference={REFERENCE.lower()}", "coordinator")

    assert status == 200
    assert f"Messages about {REFERENCE}" in page
    assert "An agency or its staff" in page
    assert "Waiting to leave" in page


def test_why_a_message_was_kept_back_is_said_in_words(app: Flask, desk: Desk) -> None:
    desk.submitted()
    with desk.store.begin() as tx:
        tx.execute(update(delivery).values(state="suppressed", reason="NO_SAFE_CHANNEL"))

    _, page = get(app, "/deliveries/", "coordinator")

    assert "no safe way to write" in page


@pytest.mark.parametrize("kind", ["staff", "team"])
def test_a_coordinator_a_request_is_hidden_from_sees_none_of_its_messages(
    app: Flask, desk: Desk, kind: str
) -> None:
    client, team = app.test_client(), desk.new_id()
    who = sign_in(app, client, "coordinator", agency_id=HUB, teams=(team,))
    about = {"request_id": desk.new_id(), "reference": REFERENCE}
    whom = {"hidden_from_staff": [who.id]} if kind == "staff" else {"hidden_from_teams": [team]}
    desk.hears("request.submitted.v1", {**about, **whom}, sequence=1)
    other = {"request_id": desk.new_id(), "reference": "ZZZZ-222F"}
    desk.hears("request.submitted.v1", other, sequence=1)

    page = client.get("/deliveries/", base_url="https://localhost").text

    assert REFERENCE not in page
    assert "ZZZZ-222F" in page


def test_every_kind_of_mail_and_every_reason_we_give_has_words() -> None:
    kinds = {file.stem for file in TEMPLATES.glob("en/*/[a-z]*.txt")}

    assert kinds == set(SUBJECTS)
    assert {*SAID_ANYWAY, REFERRAL_ENDED, HIDDEN, NOT_NOW, DIED, VOIDED, ERASED} <= set(REASONS)


def test_moments_are_those_of_the_clock_on_the_wall(app: Flask, desk: Desk) -> None:
    desk.submitted()
    summer = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    with desk.store.begin() as tx:
        tx.execute(update(delivery).values(created_at=summer))

    _, page = get(app, "/deliveries/", "coordinator")

    assert "01 Jul 00:30:00" in page
    assert "UTC" not in page


@pytest.mark.parametrize("role", ["coordinator", "hub_admin"])
def test_a_role_of_the_hub_held_at_another_agency_shows_no_message(
    app: Flask, desk: Desk, role: str
) -> None:
    desk.submitted()

    status, page = get(app, "/deliveries/", role, agency_id=ASKED)

    assert status == 403
    assert REFERENCE not in page


def test_a_worker_may_not_look(app: Flask) -> None:
    status, _ = get(app, "/deliveries/", "worker")

    assert status == 403


def test_a_stranger_is_asked_to_sign_in(app: Flask) -> None:
    status, _ = get(app, "/deliveries/")

    assert status in {302, 303}


def test_a_demonstration_shows_its_mails(app: Flask, settings: Settings) -> None:
    mailbox = demo_mailbox(settings)
    mailbox.add(
        b"Subject: Hello <b>you</b>\r\nTo: a@example.org\r\nFrom: b@example.org\r\n"
        b"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\nOne\r\n\r\nTwo\r\n"
    )
    (name,) = mailbox.names()

    status, listed = get(app, "/demo/mail")
    _, shown = get(app, f"/demo/mail/{name}")

    assert status == 200
    assert f"/demo/mail/{name}" in listed
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in shown
    assert "One" in shown
    assert "Two" in shown


@pytest.mark.parametrize("name", ["nobody", "..%2fcredentials.json", "x.eml"])
def test_only_mails_can_be_read_there(app: Flask, name: str) -> None:
    status, _ = get(app, f"/demo/mail/{name}")

    assert status == 404


def test_outside_a_demonstration_there_is_no_such_page(desk: Desk) -> None:
    app = create_app(desk.settings, desk.store)

    assert get(app, "/demo/mail")[0] == 404
    assert unguarded(app) == []
