"""What a person finds behind reference and return code, and how slowly others guess."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from intake.desk import Desk
from intake.telling import ADVICE, DEBT, HOMES, a_consent, a_grant, a_submission
from sqlalchemy import select

from services.intake.domain.references import plain, reference_from, return_code_from
from services.intake.errors import NoticeChangedError, RequestNotFoundError
from services.intake.storage import tables as t
from services.intake.usecases import (
    LookedUp,
    current_notice,
    disclose,
    find_request,
    fitting_services,
    look_up,
    openings,
    publish_notice,
    stages,
)
from services.intake.usecases.trying import FREE_TRIES, LONGEST_WAIT, wait_after
from shared.ids import new_id


def tries(desk: Desk, reference: str, code: str) -> LookedUp:
    with desk.store.begin() as tx:
        return look_up(reference, code, tx)


def standing(desk: Desk, request_id: Any) -> list[tuple[str, list[str], str | None]]:
    with desk.store.read() as tx:
        found = stages(find_request(request_id, tx), tx)
    return [(s.agency, [step.stage for step in s.steps], s.reason) for s in found]


def test_reference_and_code_open_the_request_however_they_are_typed(desk: Desk) -> None:
    submitted = desk.takes_in()
    code = str(submitted.return_code).lower().replace("-", " ")

    found = tries(desk, f" {submitted.reference.lower()} ", code)

    assert found.request is not None
    assert found.request.id == submitted.id
    assert found.request.state == "submitted"


def test_a_wrong_code_and_an_unknown_reference_are_answered_alike(desk: Desk) -> None:
    submitted = desk.takes_in()
    wrong = return_code_from(bytes(16))
    unknown = reference_from(bytes(range(16)))

    for _ in range(FREE_TRIES + 2):
        assert tries(desk, submitted.reference, wrong) == tries(desk, unknown, wrong)


def test_guessing_is_slowed_and_the_right_code_must_wait_as_well(desk: Desk) -> None:
    submitted = desk.takes_in()
    code = str(submitted.return_code)

    waits = [tries(desk, submitted.reference, "wrong").wait for _ in range(FREE_TRIES)]

    assert waits == [None] * (FREE_TRIES - 1) + [timedelta(seconds=30)]
    assert tries(desk, submitted.reference, code) == LookedUp(None, timedelta(seconds=30))
    desk.clock.advance(timedelta(seconds=30))
    assert tries(desk, submitted.reference, code).request is not None
    assert tries(desk, submitted.reference, "wrong").wait is None


def test_the_wait_doubles_up_to_a_bound() -> None:
    seconds = [wait_after(failures).total_seconds() for failures in range(4, 13)]

    assert seconds == [0, 30, 60, 120, 240, 480, 900, 900, 900]
    assert wait_after(10**9) == LONGEST_WAIT


def test_tries_are_forgotten_after_a_day_known_reference_or_not(desk: Desk) -> None:
    for number in range(5):
        tries(desk, f"NO-{number}", "wrong")
    desk.clock.advance(timedelta(days=2))

    tries(desk, "ANOTHER", "wrong")

    with desk.store.read() as tx:
        assert len(tx.all(select(t.return_code_try))) == 3  # by reference, by place, by both


def test_a_partners_request_has_no_code_and_opens_with_none(desk: Desk) -> None:
    from intake.telling import a_body

    reference = desk.posts(a_body()).get_json()["reference"]

    for code in ("", "0", return_code_from(bytes(16))):
        assert tries(desk, reference, code).request is None


def test_stages_are_told_in_plain_words_agency_by_agency(desk: Desk) -> None:
    consent = a_consent(a_grant(ADVICE), a_grant(HOMES))
    submitted = desk.takes_in(a_submission(consent=consent))
    assert standing(desk, submitted.id) == []

    desk.put_to(submitted, "proposed", "sent", "opened", "accepted")
    desk.put_to(submitted, "proposed", "sent", "declined", agency=HOMES)

    assert standing(desk, submitted.id) == [
        ("Wandle Advice", ["Received", "Sent", "Accepted"], None),
        ("Homes First", ["Received", "Sent", "Not possible"], "NO_CAPACITY"),
    ]
    with pytest.raises(RequestNotFoundError), desk.store.read() as tx:
        find_request(new_id(), tx)


def test_the_person_finds_who_was_shown_what(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent")
    with desk.store.begin() as tx:
        disclose(submitted.id, referral, ADVICE, "refer", tx)
    desk.clock.advance(timedelta(minutes=1))
    told = {"request_id": submitted.id, "recipient_agency_id": HOMES, "what": ["notes"]}
    desk.hears("access.granted.v1", submitted.id, None, **told)
    desk.hears("access.granted.v1", submitted.id, None, producer="intake", **told)

    with desk.store.read() as tx:
        found = openings(find_request(submitted.id, tx), tx)

    assert [(seen.agency, seen.what) for seen in found] == [
        ("Homes First", ("notes",)),
        ("Wandle Advice", ("access_needs", "identity", "story")),
    ]


def fitting(desk: Desk, *needs: str, areas: tuple[str, ...] = (), age: int | None = 46) -> Any:
    with desk.store.read() as tx:
        return [service.name for service in fitting_services(needs, areas, age, tx)]


def test_services_that_could_fit_are_open_near_and_for_this_age(desk: Desk) -> None:
    assert fitting(desk, "debt") == ["Debt advice"]
    assert fitting(desk, "debt", areas=("E09000032",)) == ["Debt advice"]
    assert fitting(desk, "debt", areas=("E06000001",)) == []
    assert fitting(desk, "debt", age=17) == []
    assert fitting(desk, "debt", age=None) == ["Debt advice"]
    assert fitting(desk, "housing") == []


def test_a_service_nobody_checked_for_a_year_can_still_be_asked(desk: Desk) -> None:
    desk.hears("capacity.changed.v1", DEBT, 3, service_id=DEBT, status="unassured")

    assert fitting(desk, "debt") == ["Debt advice"]


def test_a_service_opens_and_closes_as_it_is_told_and_never_backwards(desk: Desk) -> None:
    desk.hears("capacity.changed.v1", DEBT, 3, service_id=DEBT, status="full")
    assert fitting(desk, "debt") == []

    desk.hears_of_service(DEBT, sequence=2)
    assert fitting(desk, "debt") == []

    desk.hears_of_service(DEBT, sequence=4)
    assert fitting(desk, "debt") == ["Debt advice"]
    desk.hears_of_agency(ADVICE, active=False)
    assert fitting(desk, "debt") == []


def test_a_notice_never_changes_once_it_is_published(desk: Desk) -> None:
    notice = {"id": "n1", "language": "cy", "text": "Cadwn."}
    for _ in range(2):
        with desk.store.begin() as tx:
            publish_notice(notice, tx)
    with pytest.raises(NoticeChangedError), desk.store.begin() as tx:
        publish_notice({**notice, "text": "Other."}, tx)

    with desk.store.read() as tx:
        assert current_notice("cy", tx).text == "Cadwn."
        assert current_notice("pl", tx).language == "en"


def test_references_hold_no_words_and_no_look_alikes() -> None:
    made = {reference_from(bytes([seed, *range(15)])) for seed in range(200)}

    assert len(made) > 190
    for reference in made:
        marks = reference.replace("-", "")
        assert len(marks) == 8
        assert marks[2].isdigit()
        assert marks[5].isdigit()
        assert not set(marks) & set("AEIOU01LQZSB")
        assert plain(f" {reference.lower()}. ") == reference
