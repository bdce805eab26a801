"""T34: anyone who knows of a request may say that somebody is in danger; who is on duty looks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.desk import Desk
from intake.telling import ADVICE, HOMES, HUB, PERSONAL, REFERRER, a_submission

from services.intake.domain import duty
from services.intake.domain.duty import Shift, on_duty
from services.intake.duty import DutyWatch
from services.intake.errors import RequestNotFoundError
from services.intake.storage.flags import keep_shifts, shifts
from services.intake.storage.hidden import hide
from services.intake.storage.leads import keep_patch, patch_of
from services.intake.usecases.flagging import raise_flag
from services.intake.usecases.keeping_rota import keep_rota
from shared.identity import Principal
from shared.testing.sign_on import sign_in

BASE = "https://localhost"
DAYS = frozenset(range(7))
WORDS = "He shouted through the letterbox, says Petronella."
ROTA = (
    Shift(HOMES, frozenset(range(5)), time(9), time(17), duty.FIRST),
    Shift(HUB, DAYS, time(17), time(9), duty.FIRST),
    Shift(REFERRER, DAYS, time(0), time(0), duty.FALLBACK),
)


@pytest.fixture
def watched(desk: Desk) -> Desk:
    with desk.store.begin() as tx:
        keep_shifts(ROTA, tx)
    return desk


def flags(desk: Desk, request_id: UUID, who: Principal, reason: str = duty.DANGER) -> UUID:
    with desk.store.begin(actor=who) as tx:
        return raise_flag(request_id, reason, tx)


def a_person(request_id: UUID) -> Principal:
    return Principal(kind="person", id=str(request_id))


def on_page(desk: Desk, agency: UUID, role: str = "coordinator") -> Any:
    browser = desk.app.test_client()
    sign_in(desk.app, browser, role, agency_id=agency)
    return browser


def posts(browser: Any, path: str, **form: str) -> Any:
    page = browser.get("/my/sign-in", base_url=BASE).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return browser.post(path, data={"csrf_token": token.group(1), **form}, base_url=BASE)


def test_a_flag_is_told_to_whoever_is_on_duty_and_opens_nothing(watched: Desk) -> None:
    submitted = watched.takes_in()
    before = len(watched.announced())

    flag_id = flags(watched, submitted.id, a_person(submitted.id))

    (told,) = watched.announced()[before:]
    assert told["flag_id"] == str(flag_id)
    assert (told["reason"], told["duty_agency_id"]) == (duty.DANGER, str(HOMES))
    assert told["look_by"] == (watched.clock.now() + timedelta(hours=1)).isoformat()
    assert watched.announced("access.granted.v1") == []


def test_a_flag_takes_the_requests_next_number(watched: Desk) -> None:
    submitted = watched.takes_in()
    flags(watched, submitted.id, a_person(submitted.id))

    outbox = watched.store.metadata.tables["outbox"]
    with watched.store.read() as tx:
        row = tx.one(outbox.select().where(outbox.c.type == "request.flagged.v1"))

    assert row is not None
    assert row.sequence == 2


def test_what_is_said_in_words_is_sealed_and_only_a_code_is_told(watched: Desk) -> None:
    submitted = watched.takes_in()

    flags(watched, submitted.id, a_person(submitted.id), WORDS)

    (told,) = watched.announced("request.flagged.v1")
    assert told["reason"] == duty.OTHER
    assert b"Petronella" not in watched.everything_stored()


def test_pressing_twice_raises_one_flag_but_new_words_are_a_new_one(watched: Desk) -> None:
    submitted = watched.takes_in()
    who = a_person(submitted.id)

    first, again = flags(watched, submitted.id, who), flags(watched, submitted.id, who)
    more = flags(watched, submitted.id, who, WORDS)

    assert first == again != more
    assert len(watched.announced("request.flagged.v1")) == 2


def test_a_partners_system_raises_a_flag(watched: Desk) -> None:
    submitted = watched.takes_in()
    watched.put_to(submitted, "sent")
    headers = watched.issuer.bearer("request.read", agency_id=str(ADVICE))

    answer = watched.app.test_client().post(
        f"/api/v1/requests/{submitted.id}/flag", json={"reason": WORDS}, headers=headers
    )

    (told,) = watched.announced("request.flagged.v1")
    assert (answer.status_code, answer.get_json()) == (201, {"id": told["flag_id"]})


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 2001}, {"other": "x"}])
def test_a_flag_without_a_reason_is_refused_with_its_place(
    watched: Desk, body: dict[str, str]
) -> None:
    headers = watched.issuer.bearer("request.read", agency_id=str(ADVICE))
    path = f"/api/v1/requests/{watched.takes_in().id}/flag"

    answer = watched.app.test_client().post(path, json=body, headers=headers)

    assert answer.status_code == 422
    assert answer.get_json()["errors"]


@pytest.mark.parametrize("state", [(), ("proposed",)])
def test_an_agency_that_does_not_know_of_a_request_cannot_flag_it(
    watched: Desk, state: tuple[str, ...]
) -> None:
    submitted = watched.takes_in()
    if state:
        watched.put_to(submitted, *state)
    headers = watched.issuer.bearer("request.read", agency_id=str(ADVICE))
    ask = watched.app.test_client().post

    real, absent = (
        ask(f"/api/v1/requests/{one}/flag", json={"reason": WORDS}, headers=headers)
        for one in (submitted.id, UUID(int=99))
    )

    assert (real.status_code, absent.status_code) == (404, 404)
    assert real.get_json()["detail"] == absent.get_json()["detail"]
    assert watched.announced("request.flagged.v1") == []


def test_a_person_flags_no_request_but_their_own(watched: Desk) -> None:
    submitted, other = watched.takes_in(), watched.takes_in(a_submission(story="Another."))

    with pytest.raises(RequestNotFoundError):
        flags(watched, other.id, a_person(submitted.id))


def test_staff_raise_a_flag_from_a_page(watched: Desk) -> None:
    submitted = watched.takes_in()
    watched.put_to(submitted, "sent")
    browser = on_page(watched, ADVICE, "worker")
    path = f"/requests/{submitted.id}/flag"

    asked = browser.get(path, base_url=BASE)
    refused = posts(browser, path, reason="", comment=WORDS)
    sent = posts(browser, path, reason=duty.CHILD, comment=WORDS)

    assert "Ring" in asked.text or "ring 999" in asked.text
    assert not [words for words in PERSONAL if words in asked.text]
    assert refused.status_code == 422
    assert "Petronella" in refused.text
    assert sent.status_code == 303
    assert "do not wait" in browser.get(sent.location, base_url=BASE).text


def test_staff_who_do_not_know_of_a_request_find_no_such_page(watched: Desk) -> None:
    path = f"/requests/{watched.takes_in().id}/flag"

    assert on_page(watched, ADVICE, "worker").get(path, base_url=BASE).status_code == 404


def test_looking_at_a_flag_is_recorded_and_shows_words_but_no_person(watched: Desk) -> None:
    submitted = watched.takes_in()
    watched.put_to(submitted, "sent")
    flag_id = flags(watched, submitted.id, a_person(submitted.id), WORDS)
    browser = on_page(watched, HOMES)

    listed = browser.get("/requests/flags", base_url=BASE).text
    assert watched.announced("access.granted.v1") == []
    opened = posts(browser, f"/requests/flags/{flag_id}").text

    assert submitted.reference in listed
    assert "Petronella" not in listed
    assert WORDS in opened
    assert "Wandle Advice" in opened
    assert not [words for words in PERSONAL if words in listed + opened]
    (granted,) = watched.announced("access.granted.v1")
    assert (granted["object_type"], granted["object_id"]) == ("flag", str(flag_id))


@pytest.mark.parametrize("agency", [ADVICE, HUB])
def test_who_is_not_on_duty_finds_no_flag(watched: Desk, agency: UUID) -> None:
    submitted = watched.takes_in()
    flag_id = flags(watched, submitted.id, a_person(submitted.id))
    browser = on_page(watched, agency)

    assert submitted.reference not in browser.get("/requests/flags", base_url=BASE).text
    assert posts(browser, f"/requests/flags/{flag_id}").status_code == 404
    assert watched.announced("access.granted.v1") == []


def test_after_an_hour_the_fallback_is_asked_and_after_two_the_hub(watched: Desk) -> None:
    submitted = watched.takes_in()
    flag_id = flags(watched, submitted.id, a_person(submitted.id))
    watch = DutyWatch(watched.store)

    climbed = []
    for _ in range(5):
        climbed += [watch.look(), watch.look()]
        watched.clock.advance(timedelta(minutes=30))

    told = watched.announced("clock.overdue.v1")
    assert sum(climbed) == 2
    assert [(one["rung"], one["agency_id"]) for one in told] == [(2, str(REFERRER)), (3, str(HUB))]
    assert {one["object_id"] for one in told} == {str(flag_id)}
    assert {one["reference"] for one in told} == {submitted.reference}
    browser = on_page(watched, HUB)
    assert posts(browser, f"/requests/flags/{flag_id}").status_code == 200


LATER = (
    Shift(HOMES, frozenset({0}), time(9), time(17), duty.FIRST),
    Shift(REFERRER, frozenset({1}), time(9), time(17), duty.FIRST),
)


def test_what_was_raised_while_nobody_was_on_duty_is_told_to_who_begins_next(desk: Desk) -> None:
    desk.clock.advance(datetime(2026, 11, 29, 8, 30, tzinfo=UTC) - desk.clock.now())
    with desk.store.begin() as tx:
        keep_shifts(LATER, tx)
    submitted = desk.takes_in()
    flag_id = flags(desk, submitted.id, a_person(submitted.id))
    watch, path = DutyWatch(desk.store), f"/requests/flags/{flag_id}"
    early = on_page(desk, HOMES).get("/requests/flags", base_url=BASE).text

    told = []
    for hours in (3, 20, 2, 24):
        desk.clock.advance(timedelta(hours=hours))
        watch.look()
        watch.look()
        news = desk.announced("clock.overdue.v1")
        told.append([one["agency_id"] for one in news])

    assert submitted.reference not in early
    assert told == [
        [str(HUB)] * 2,
        [str(HUB)] * 2,
        [*[str(HUB)] * 2, str(HOMES)],
        [*[str(HUB)] * 2, str(HOMES), str(REFERRER)],
    ]
    for agency in (REFERRER, HUB):
        page = on_page(desk, agency).get("/requests/flags", base_url=BASE).text
        assert submitted.reference in page
    assert posts(on_page(desk, REFERRER), path).status_code == 200
    desk.clock.advance(timedelta(days=6))
    assert watch.look() == 0


def test_the_hub_finds_a_flag_on_its_page_once_it_is_told_of_it(watched: Desk) -> None:
    submitted = watched.takes_in()
    flag_id = flags(watched, submitted.id, a_person(submitted.id))
    before = on_page(watched, HUB).get("/requests/flags", base_url=BASE).text

    watched.clock.advance(timedelta(hours=1))
    DutyWatch(watched.store).look()

    assert submitted.reference not in before
    hub = on_page(watched, HUB)
    assert submitted.reference in hub.get("/requests/flags", base_url=BASE).text
    assert posts(hub, f"/requests/flags/{flag_id}").status_code == 200


def test_whoever_must_not_know_is_told_of_nothing_when_their_shift_begins(desk: Desk) -> None:
    desk.clock.advance(datetime(2026, 11, 29, 8, 30, tzinfo=UTC) - desk.clock.now())
    with desk.store.begin() as tx:
        keep_shifts(LATER, tx)
    submitted = desk.takes_in()
    with desk.store.begin() as tx:
        hide(submitted.id, [HOMES], [], tx)
    flags(desk, submitted.id, a_person(submitted.id))

    desk.clock.advance(timedelta(days=1, hours=1))
    DutyWatch(desk.store).look()

    told = desk.announced("clock.overdue.v1")
    assert str(HOMES) not in {one["agency_id"] for one in told}


def test_a_flag_that_was_opened_in_time_does_not_climb(watched: Desk) -> None:
    submitted = watched.takes_in()
    flag_id = flags(watched, submitted.id, a_person(submitted.id))
    posts(on_page(watched, HOMES), f"/requests/flags/{flag_id}")

    watched.clock.advance(timedelta(hours=3))

    assert DutyWatch(watched.store).look() == 0
    assert watched.announced("clock.overdue.v1") == []


def test_an_agency_that_must_not_know_is_passed_by(watched: Desk) -> None:
    submitted = watched.takes_in()
    with watched.store.begin() as tx:
        hide(submitted.id, [HOMES], [], tx)

    flags(watched, submitted.id, a_person(submitted.id))

    (told,) = watched.announced("request.flagged.v1")
    assert told["duty_agency_id"] == str(REFERRER)


def test_without_a_rota_the_hub_looks(desk: Desk) -> None:
    submitted = desk.takes_in()

    flags(desk, submitted.id, a_person(submitted.id))

    (told,) = desk.announced("request.flagged.v1")
    assert told["duty_agency_id"] == str(HUB)


@pytest.mark.parametrize(
    ("at", "agency"),
    [
        ("2026-11-23T09:00", HOMES),
        ("2026-11-23T16:59", HOMES),
        ("2026-11-23T17:00", HUB),
        ("2026-11-24T08:59", HUB),
        ("2026-11-28T12:00", None),
    ],
)
def test_the_rota_is_read_by_the_local_hour(at: str, agency: UUID | None) -> None:
    shift = on_duty(ROTA, datetime.fromisoformat(at), duty.FIRST)

    assert (shift.agency_id if shift else None) == agency


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_night_shift_and_the_day_after_it_leave_no_minute_out(at: datetime) -> None:
    day = Shift(HOMES, DAYS, time(9), time(17), duty.FIRST)
    night = Shift(HUB, DAYS, time(17), time(9), duty.FIRST)

    assert day.covers(at) != night.covers(at)


def test_a_rota_handed_in_again_changes_nothing_and_what_staff_chose_stays(desk: Desk) -> None:
    told = {
        "duty": [
            {"agency_id": str(HOMES), "days": [0], "starts": "09:00", "ends": "17:00", "rank": 1}
        ],
        "patches": [{"agency_id": str(REFERRER), "area_codes": ["E09000032"]}],
    }
    for _ in range(2):
        with desk.store.begin() as tx:
            keep_rota(told, tx)
            keep_patch(REFERRER, ["E05014027"], tx)

    with desk.store.begin() as tx:
        keep_rota(told, tx)

        assert patch_of(REFERRER, tx) == {"E05014027"}
        assert [shift.agency_id for shift in shifts(tx)] == [HOMES]
        keep_shifts(ROTA, tx)
        keep_rota(told, tx)

        assert shifts(tx) == ROTA


def test_a_person_asks_on_their_own_page_that_somebody_looks_now(watched: Desk) -> None:
    submitted = watched.takes_in()
    browser = watched.app.test_client()
    way = {"reference": submitted.reference, "code": str(submitted.return_code)}
    opened = posts(browser, "/my/sign-in", **way)
    assert opened.status_code == 303

    asked = browser.get("/my/danger", base_url=BASE).text
    refused = posts_on(browser, asked, reason="", comment=WORDS)
    told = posts_on(browser, asked, reason=duty.DANGER, comment=WORDS)

    assert "Ring 999" in asked
    assert refused.status_code == 422
    assert "Petronella" in refused.text
    assert told.status_code == 303
    (flag,) = watched.announced("request.flagged.v1")
    assert (flag["request_id"], flag["reason"]) == (str(submitted.id), duty.DANGER)
    assert "within an hour" in browser.get(told.location, base_url=BASE).text


GAP = (Shift(HOMES, frozenset({5}), time(9), time(17), duty.FIRST),)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 28, 12, tzinfo=UTC), "They should look within an hour"),
        (datetime(2026, 11, 23, 12, tzinfo=UTC), "we cannot promise when they look"),
        (datetime(2026, 11, 28, 20, tzinfo=UTC), "at work again on Monday 30 November, from 9 am"),
    ],
)
def test_both_pages_promise_an_hour_only_while_somebody_is_on_duty(
    desk: Desk, at: datetime, said: str
) -> None:
    desk.clock.advance(at - desk.clock.now())
    submitted = desk.takes_in()
    desk.put_to(submitted, "sent")
    with desk.store.begin() as tx:
        keep_shifts(GAP, tx)
    person, worker = desk.app.test_client(), on_page(desk, ADVICE, "worker")
    way = {"reference": submitted.reference, "code": str(submitted.return_code)}
    posts(person, "/my/sign-in", **way)
    path = f"/requests/{submitted.id}/flag"

    sent = posts(worker, path, reason=duty.CHILD)
    seen = [
        person.get("/my/danger", base_url=BASE).text,
        person.get("/my/danger-told", base_url=BASE).text,
        worker.get(path, base_url=BASE).text,
        worker.get(sent.location, base_url=BASE).text,
    ]

    assert [said in page for page in seen] == [True] * 4
    gap = "hour" not in said
    assert [("Nobody is on duty now" in page) for page in seen] == [gap] * 4
    assert [("within an hour" in page) for page in seen] == [not gap] * 4
    (flag,) = desk.announced("request.flagged.v1")
    assert flag["duty_agency_id"] == str(HUB if gap else HOMES)


def test_an_agency_that_has_no_public_entry_is_not_named_as_on_duty(desk: Desk) -> None:
    submitted, hidden = desk.takes_in(), UUID(int=666)
    told = {"name": "Ferrandine Shelter", "kind": "voluntary", "active": True, "phone": "020"}
    with desk.store.begin() as tx:
        tx.insert(tx.table("agency"), id=hidden, version=1, **told)
        keep_shifts((Shift(hidden, DAYS, time(0), time(0), duty.FIRST),), tx)
    browser = desk.app.test_client()
    way = {"reference": submitted.reference, "code": str(submitted.return_code)}
    posts(browser, "/my/sign-in", **way)

    page = browser.get("/my/danger", base_url=BASE).text

    assert "on duty now" in page
    assert "Ferrandine" not in page


def posts_on(browser: Any, page: str, **form: str) -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return browser.post("/my/danger", data={"csrf_token": token.group(1), **form}, base_url=BASE)
