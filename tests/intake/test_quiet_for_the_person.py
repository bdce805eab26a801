"""Every kind of mail to a person, against what may have happened since it was queued."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest
from intake.telling import EMAIL, HUB, a_submission, an_email
from joserfc.jwk import ECKey

from services.intake.domain.contact import safe_from
from services.intake.domain.submission import Contact
from services.intake.usecases.consenting import withdraw_all_consents
from services.intake.usecases.ending import close_request, withdraw_request
from services.intake.usecases.guarding import freeze_page, hide_details, thaw_page
from services.intake.usecases.reaching import change_contact
from shared.identity import Principal
from shared.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.desk import Desk

KIND = UUID(int=702)
PUBLIC = orjson.dumps(ECKey.generate_key("P-256").as_dict(private=False)).decode()


def asks(desk: Desk, request: UUID, template: str = "referral_sent") -> str:
    """Ask where to, as notify does for each attempt; return what the question is known by."""
    attempt = str(new_id())
    told: dict[str, Any] = {"contact_request_id": attempt, "request_id": request}
    told |= {"delivery_id": new_id(), "template": template, "public_key": PUBLIC}
    desk.hears("contact.requested.v1", request, channels=["email"], **told)
    return attempt


MAILS = Path(__file__).parent.parent.parent / "services/notify/templates/mail/en/person"
EVERY = sorted(file.stem for file in MAILS.glob("[a-z]*.txt"))
PROMPTS = {"how_it_went", "ask_again"}


def withdrawn(desk: Desk, request: UUID) -> None:
    with desk.store.begin(actor=Principal("person", id=str(request))) as tx:
        withdraw_request(request, None, tx)


def consents_taken_back(desk: Desk, request: UUID) -> None:
    with desk.store.begin(actor=Principal("person", id=str(request))) as tx:
        withdraw_all_consents(request, tx, method="online_form", reason=None)


def dead(desk: Desk, request: UUID) -> None:
    with desk.store.begin(
        actor=Principal("staff", str(KIND), HUB, frozenset({"coordinator"}))
    ) as tx:
        close_request(request, "DIED", None, tx)


def frozen(desk: Desk, request: UUID) -> None:
    with desk.store.begin() as tx:
        freeze_page(request, tx)


def hidden(desk: Desk, request: UUID) -> None:
    with desk.store.begin() as tx:
        hide_details(request, tx)


def unsafe(desk: Desk, request: UUID) -> None:
    with desk.store.begin(actor=Principal("person", id=str(request))) as tx:
        change_contact(request, Contact("en", None, (an_email(EMAIL, "no"),)), tx)


MEANWHILE = [
    (withdrawn, {"request_withdrawn"}),
    (consents_taken_back, {"consent_withdrawn"}),
    (dead, set()),
    (frozen, set()),
    (unsafe, set()),
    (hidden, set(EVERY) - PROMPTS),
]


@pytest.mark.parametrize(
    ("happens", "still"), MEANWHILE, ids=lambda one: getattr(one, "__name__", "")
)
def test_of_every_mail_to_the_person_only_what_must_still_finds_an_address(
    desk: Desk, happens: Callable[[Desk, UUID], None], still: set[str]
) -> None:
    """The table over every kind of mail there is: no new kind slips past."""
    submitted = desk.takes_in()

    happens(desk, submitted.id)

    asked = {asks(desk, submitted.id, template=template): template for template in EVERY}
    found = {asked[told["contact_request_id"]] for told in desk.announced("contact.released.v1")}
    assert found == still


@pytest.mark.parametrize("happens", [frozen, hidden])
def test_who_writes_is_told_as_a_page_is_frozen_or_hidden(
    desk: Desk, happens: Callable[[Desk, UUID], None]
) -> None:
    submitted = desk.takes_in()

    happens(desk, submitted.id)

    (told,) = desk.announced("contact.changed.v1")
    assert told == {"request_id": str(submitted.id), "kinds": ["email"]}


def test_a_frozen_page_that_is_opened_again_lets_mails_leave(desk: Desk) -> None:
    submitted = desk.takes_in()
    frozen(desk, submitted.id)
    asks(desk, submitted.id)
    with desk.store.begin() as tx:
        thaw_page(submitted.id, tx)

    asks(desk, submitted.id)

    assert [told["reason"] for told in desk.announced("contact.withheld.v1")] == ["PAGE_FROZEN"]
    assert len(desk.announced("contact.released.v1")) == 1


def test_that_a_request_was_withdrawn_is_not_told_weeks_later(desk: Desk) -> None:
    submitted = desk.takes_in()
    withdrawn(desk, submitted.id)
    desk.clock.advance(timedelta(days=15))

    asks(desk, submitted.id, template="request_withdrawn")

    assert desk.announced("contact.released.v1") == []


TUESDAY = datetime(2026, 11, 24, 7, 30, tzinfo=ZoneInfo("Europe/London"))


def workday(day: date) -> bool:
    """Tell it of a week with a bank holiday on its Wednesday."""
    return day.weekday() < 5 and day != date(2026, 11, 25)


@pytest.mark.parametrize(
    ("times", "at", "expected"),
    [
        ((), TUESDAY, TUESDAY),
        (("weekday_morning",), TUESDAY, TUESDAY.replace(hour=8, minute=0)),
        (("weekday_morning",), TUESDAY.replace(hour=9), TUESDAY.replace(hour=9)),
        (("weekday_evening", "weekday_morning"), TUESDAY.replace(hour=12),
         TUESDAY.replace(hour=17, minute=0)),
        (("weekday_morning",), TUESDAY.replace(hour=12, minute=0),
         datetime(2026, 11, 26, 8, tzinfo=TUESDAY.tzinfo)),
        (("weekend",), TUESDAY, datetime(2026, 11, 28, 9, tzinfo=TUESDAY.tzinfo)),
        (("school_hours",), TUESDAY, None),
        (("school_hours", "weekend"), TUESDAY, None),
        (("whenever_he_is_out",), TUESDAY, None),
    ],
)  # fmt: skip
def test_nobody_is_written_to_but_when_it_is_safe(
    times: tuple[str, ...], at: datetime, expected: datetime | None
) -> None:
    assert safe_from(times, at, workday) == expected


def test_a_mail_waits_for_the_hours_in_which_it_is_safe(desk: Desk) -> None:
    desk.clock.advance(datetime(2026, 11, 24, 22, tzinfo=UTC) - desk.clock.now())
    way = an_email(times=("weekday_morning",))
    submitted = desk.takes_in(a_submission(contact=Contact(channels=(way,))))

    asks(desk, submitted.id)
    desk.clock.advance(timedelta(hours=10, minutes=1))
    asks(desk, submitted.id)

    (withheld,) = desk.announced("contact.withheld.v1")
    assert (withheld["reason"], withheld["again_at"]) == ("NOT_NOW", "2026-11-25T08:00:00+00:00")
    assert len(desk.announced("contact.released.v1")) == 1
