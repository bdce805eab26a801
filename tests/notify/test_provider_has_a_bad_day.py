"""Refusals are final, hiccups are tried again, and what is final is said aloud."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from services.notify import domain, usecases
from services.notify.sink import Mailbox, Sink
from services.notify.storage import delivery
from shared.alarms import alarms
from tests.notify.desk import ASKED, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.settings import Settings


class Moody(Sink):
    """A provider that answers RCPT as told, then takes everything; it may hang up on RSET."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__(mailbox)
        self.moods: list[str] = []
        self.hangs_up = False

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.moods:
            return self.moods.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_RSET(  # noqa: N802 - the name aiosmtpd calls
        self, server: Any, _session: Any, _envelope: Any
    ) -> str:
        if self.hangs_up:
            server.transport.abort()
        return "250 ok"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Moody]:
    provider = Moody(Mailbox(tmp_path / "moody"))
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def settings(settings: Settings, provider: Moody) -> Settings:
    return replace(settings, smtp_port=provider.port)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "_FIRST_PAUSE", timedelta(milliseconds=5))


def test_a_refusal_is_final_and_announced_as_a_code(desk: Desk, provider: Moody) -> None:
    provider.moods = ["550 nobody named referrals@agency1.example.org lives here"]
    desk.sent()

    with desk.sending():
        (row,) = desk.until("failed")

    assert row.reason == "SMTP_550"
    (told,) = desk.announced("notification.failed.v1")
    assert told["reason"] == "SMTP_550"


def test_a_refusal_stands_though_the_provider_hangs_up_after_it(
    desk: Desk, provider: Moody
) -> None:
    provider.moods, provider.hangs_up = ["550 nobody by that name"], True
    desk.sent()

    with desk.sending():
        (row,) = desk.until("failed")

    assert (row.reason, row.attempts) == ("SMTP_550", 0)  # not tried again


def test_a_hiccup_is_tried_again(desk: Desk, provider: Moody) -> None:
    provider.moods = ["451 later", "452 full"]
    desk.sent()

    with desk.sending():
        (row,) = desk.until("sent")

    assert row.attempts == 2
    assert desk.announced("notification.failed.v1") == []


def test_a_provider_that_went_away_raises_an_alarm_that_ends_when_it_is_back(
    desk: Desk, provider: Moody
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        desk.settings = replace(desk.settings, smtp_port=nobody.getsockname()[1])
        desk.sent()
        with desk.sending():
            desk.until_tried()

    with desk.store.read() as tx:
        raised = [alarm.name for alarm in alarms(tx)]
    desk.settings = replace(desk.settings, smtp_port=provider.port)
    with desk.sending():
        desk.until("sent")

    assert raised == ["mail_not_leaving"]
    with desk.store.read() as tx:
        assert alarms(tx) == []


def test_a_person_is_asked_about_again_before_every_new_try(desk: Desk, provider: Moody) -> None:
    provider.moods = ["451 later"]
    desk.submitted()

    with desk.sending():
        for number in (1, 2):
            question = desk.until_asked(number)
            expires = desk.clock.now() + timedelta(minutes=2)
            desk.hears_again(desk.answer(question, "mair@example.org", expires=expires))
        desk.until("sent")

    first, second = desk.questions()
    assert first["contact_request_id"] != second["contact_request_id"]
    assert first["delivery_id"] == second["delivery_id"]


def test_after_three_days_it_is_given_up(desk: Desk, provider: Moody) -> None:
    provider.moods = ["451 later"]
    desk.sent()
    with desk.store.begin() as tx:
        tx.execute(update(delivery).values(created_at=tx.now - timedelta(days=3, minutes=1)))

    with desk.sending():
        (row,) = desk.until("failed")

    assert row.reason == "GAVE_UP"


def test_an_agency_that_is_not_known_yet_is_tried_until_it_is(desk: Desk) -> None:
    stranger = desk.agency(desk.new_id(), 9, mailbox="late@example.org")
    desk.sent(agency_id=stranger["agency_id"])

    with desk.sending():
        desk.until_tried()
        desk.hears("agency.changed.v1", stranger, sequence=1)
        (row,) = desk.until("sent")

    assert row.recipient_agency_id == stranger["agency_id"]


def test_an_older_word_about_an_agency_does_not_undo_a_newer_one(desk: Desk) -> None:
    newer = desk.agency(ASKED, 1, mailbox="new@example.org")
    desk.hears("agency.changed.v1", newer, sequence=7)
    desk.hears("agency.changed.v1", desk.agency(ASKED, 1, mailbox="old@x.example"), sequence=6)

    with desk.store.read() as tx:
        assert tx.agencies([ASKED])[ASKED].mailbox == "new@example.org"


def test_one_bad_mail_does_not_hold_up_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.sent(answer_by="2026-11-26T17:00:00+00:00")
    with desk.store.begin() as tx:
        tx.execute(update(delivery).values(facts={"answer_by": "nonsense"}))
    desk.sent()

    with desk.sending():
        desk.until("sent")
        (broken,) = desk.until_tried()

    assert broken.reason == "INTERNAL"


@pytest.mark.parametrize("attempts", [0, 1, 5, 20, 1000])
def test_pauses_grow_and_stay_within_a_quarter_of_an_hour(attempts: int) -> None:
    shortest, longest = (domain.pause_after(attempts, jitter) for jitter in (0.0, 1.0))

    assert timedelta(0) < shortest <= longest <= timedelta(minutes=15)
    assert longest >= domain.pause_after(max(0, attempts - 1), 1.0)


def test_every_channel_asked_for_is_one_that_can_be_sent_to(desk: Desk) -> None:
    desk.submitted()

    (question,) = desk.questions()

    assert tuple(question["channels"]) == usecases.CHANNELS == ("email",)
