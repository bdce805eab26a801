"""A name that nobody on file has hides at once from whoever may be meant, and is looked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.own_page import OwnPage
from intake.telling import ADVICE, HUB, REFERRER, a_consent, a_submission
from intake.test_hidden_and_held import naming, worker
from intake.test_hiding import COORDINATOR, NAMESAKE, NOSY, UNKNOWN, hidden_now, works

from services.intake.domain.naming import may_be_meant
from services.intake.names_clock import NamesWatch
from services.intake.usecases import submit_request
from services.intake.usecases.asking_first import ask_first
from services.intake.usecases.consenting import consents_of, give_consent
from services.intake.usecases.hiding import Hiding, hide_own, names_to_find, settle_names
from shared.identity import Principal

if TYPE_CHECKING:
    from intake.desk import Desk

PERSON, LIKE, UNLIKE = "Philippa Peacock", "Pip Peacock-Smith", "Wanda Unlike"


@pytest.mark.parametrize(
    ("said", "on_file"),
    [
        ("Bob Brute", "Rob Brute"),
        ("Philippa Peacock", "Pip Peacock-Smith"),
        ("Jon Smyth", "John Smith"),
        ("Dave", "Dave Miller"),
        ("Mr Brute", "Bob Brute"),
        ("Siobhan O'Brien", "Siobh\u00e1n O\u2019Brien"),
        (
            "\u0645\u062d\u0645\u062f \u0639\u0644\u064a",
            "\u0645\u064f\u062d\u0645\u062f \u0639\u0644\u064a",
        ),
    ],
)
def test_a_short_form_a_second_surname_or_a_slip_may_mean_them(said: str, on_file: str) -> None:
    assert may_be_meant(said, on_file)


@pytest.mark.parametrize(
    ("said", "on_file"),
    [("Dave Jones", "Dave Miller"), ("Ann Lee", "Tom Lea"), ("\U0001f600", "Bob"), ("", "Bob")],
)
def test_a_first_name_alone_or_no_name_at_all_means_nobody(said: str, on_file: str) -> None:
    assert not may_be_meant(said, on_file)


@given(st.text(min_size=1, max_size=80))
def test_everybody_may_be_meant_by_their_own_name(name: str) -> None:
    assert may_be_meant(f"{name} Peacock", f"{name} Peacock")


def test_from_whoever_may_be_meant_it_is_hidden_before_anybody_looks(desk: Desk) -> None:
    works(desk, NOSY, LIKE)
    works(desk, NAMESAKE, UNLIKE)

    submitted = desk.takes_in(a_submission(hidden_from_names=(PERSON,)))

    assert hidden_now(desk, submitted.id) == {("staff", NOSY)}
    assert desk.announced("request.submitted.v1")[-1]["hidden_from_staff"] == [str(NOSY)]


def test_the_hub_is_told_at_once_that_a_name_waits_and_by_when_but_not_which(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(hidden_from_names=(PERSON,)))

    (told,) = desk.announced("request.names_to_find.v1")
    assert told["request_id"] == str(submitted.id)
    assert set(told) == {"request_id", "reference", "look_by"}


def test_whoever_writes_the_names_down_keeps_their_own_work(desk: Desk) -> None:
    writer = worker(NOSY)
    works(desk, NOSY, "Ann Peacock", REFERRER)
    works(desk, NAMESAKE, LIKE)

    with desk.store.begin(actor=writer) as tx:
        submitted = submit_request(a_submission(hidden_from_names=(PERSON,)), tx)

    assert hidden_now(desk, submitted.id) == {("staff", NAMESAKE)}


def test_a_name_on_file_is_nothing_to_look_for(desk: Desk) -> None:
    works(desk, NOSY, PERSON)

    desk.takes_in(a_submission(hidden_from_names=(PERSON,)))

    assert desk.announced("request.names_to_find.v1") == []


def test_whoever_is_not_meant_may_know_again_and_whoever_is_may_not(desk: Desk) -> None:
    works(desk, NOSY, LIKE)
    works(desk, NAMESAKE, "Paul Peacock")
    submitted = desk.takes_in(a_submission(hidden_from_names=(PERSON,)))

    with desk.store.begin(actor=COORDINATOR) as tx:
        settle_names(submitted.id, {NOSY}, tx, version=1)

    assert hidden_now(desk, submitted.id) == {("staff", NOSY)}
    assert desk.announced("request.amended.v1")[-1]["hidden_from_staff"] == [str(NOSY)]
    assert desk.announced("request.names_settled.v1") == [{"request_id": str(submitted.id)}]


def test_whoever_was_named_outright_stays_hidden_though_the_coordinator_means_nobody(
    desk: Desk,
) -> None:
    works(desk, NOSY, LIKE)
    submitted = desk.takes_in(a_submission(hidden_from_names=(PERSON,)))
    with desk.store.begin(actor=Principal("person", str(submitted.id))) as tx:
        hide_own(submitted.id, Hiding(names=(LIKE,)), tx, version=None)

    with desk.store.begin(actor=COORDINATOR) as tx:
        (one,) = names_to_find(tx)
        settle_names(submitted.id, (), tx, version=one.version)

    assert hidden_now(desk, submitted.id) == {("staff", NOSY)}


@pytest.mark.parametrize("name", [PERSON, LIKE])
def test_somebody_of_that_name_who_comes_later_never_sees_it(desk: Desk, name: str) -> None:
    submitted = desk.takes_in(a_submission(hidden_from_names=(PERSON,)))
    with desk.store.begin(actor=COORDINATOR) as tx:
        settle_names(submitted.id, (), tx, version=1)

    works(desk, NOSY, name)

    assert hidden_now(desk, submitted.id) == {("staff", NOSY)}
    with desk.store.read(actor=COORDINATOR) as tx:
        assert [one.request_id for one in names_to_find(tx)] == [submitted.id]


def test_a_second_of_the_same_name_who_comes_later_never_sees_it(desk: Desk) -> None:
    works(desk, NOSY, PERSON)
    submitted = desk.takes_in(a_submission(hidden_from_names=(PERSON,)))

    works(desk, NAMESAKE, PERSON, HUB)

    assert hidden_now(desk, submitted.id) == {("staff", NOSY), ("staff", NAMESAKE)}


def test_a_colleague_told_again_unchanged_is_looked_at_no_more(desk: Desk) -> None:
    works(desk, NOSY, LIKE)
    submitted = desk.takes_in(a_submission(hidden_from_names=(PERSON,)))
    with desk.store.begin(actor=COORDINATOR) as tx:
        settle_names(submitted.id, (), tx, version=1)

    works(desk, NOSY, LIKE)

    assert hidden_now(desk, submitted.id) == set()


def test_the_hub_hears_of_names_only_once_the_person_has_agreed(desk: Desk) -> None:
    with desk.store.begin(actor=worker()) as tx:
        told = a_submission(referrals=naming(), hidden_from_names=(PERSON,))
        waiting = ask_first(told, tx, reserved=(tx.new_id(), "CC2C-C2CC"))
    assert desk.announced("request.names_to_find.v1") == []

    with desk.store.begin(actor=Principal("person", str(waiting.id))) as tx:
        (entry,) = consents_of(waiting.id, tx)
        give_consent(entry.id, waiting.id, a_consent(), tx)

    assert len(desk.announced("request.names_to_find.v1")) == 1


def days(desk: Desk, count: int) -> list[dict[str, Any]]:
    desk.clock.advance(timedelta(days=count))
    NamesWatch(desk.store).look()
    late = desk.announced("clock.overdue.v1")
    return [one for one in late if one["object_type"] == "hidden_names"]


def test_who_does_not_look_within_a_working_day_is_told_each_working_day(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(hidden_from_names=(PERSON,)))
    assert days(desk, 0) == []
    (look_by,) = (one["look_by"] for one in desk.announced("request.names_to_find.v1"))

    late = days(desk, 5)

    assert [one["rung"] for one in late] == [1]
    assert late[0]["due_at"] == look_by
    assert late[0]["request_id"] == str(submitted.id)
    assert len(days(desk, 0)) == 1
    assert [one["rung"] for one in days(desk, 5)] == [1, 2]
    assert len(days(desk, 0)) == 2


def test_a_hub_that_must_not_know_is_not_reminded_and_it_stays_hidden_from_who_may_be_meant(
    desk: Desk,
) -> None:
    works(desk, NOSY, LIKE)
    hidden = {"hidden_from_names": (PERSON,), "hidden_from_agencies": (HUB,)}
    submitted = desk.takes_in(a_submission(**hidden))

    assert days(desk, 9) == []
    assert ("staff", NOSY) in hidden_now(desk, submitted.id)


def test_once_somebody_has_looked_nobody_is_told_any_more(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(hidden_from_names=(PERSON,)))
    days(desk, 7)

    with desk.store.begin(actor=COORDINATOR) as tx:
        settle_names(submitted.id, (), tx, version=1)

    assert len(days(desk, 7)) == 1


def test_the_person_reads_that_somebody_looked_for_whoever_must_not_know(desk: Desk) -> None:
    page = OwnPage.of(desk, hidden_from_names=(UNKNOWN,)).works_at(HUB, "coordinator")

    page.staff_post(f"/requests/names/{page.id}", {})

    told = page.shows().text("/my/details")
    assert "to find out who must not know: The names of people who must not know" in told


def test_the_coordinator_sees_first_from_whom_it_is_hidden_until_then(desk: Desk) -> None:
    works(desk, NOSY, LIKE)
    works(desk, NAMESAKE, "Ada Aardvark", ADVICE)
    page = OwnPage.of(desk, hidden_from_names=(UNKNOWN,)).works_at(HUB, "coordinator")

    shown = page.staff_post(f"/requests/names/{page.id}", {}).text

    assert shown.index("Pip Peacock-Smith") < shown.index("Ada Aardvark")
    assert "until you have looked" in shown
