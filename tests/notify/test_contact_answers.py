"""However answers about an address come - twice, late, out of order - a person gets one mail."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.notify import picking, usecases
from services.notify.domain import State, Taken
from services.notify.errors import SealedAddressError
from services.notify.keeper import KeyKeeper
from services.notify.sealing import SealingKeys
from services.notify.storage import sealing_key
from shared.settings import Settings
from shared.testing.clock import FixedClock
from shared.vault import Vault
from tests.notify.desk import Desk, heard, seal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.bus.envelope import Message

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = timedelta(minutes=2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), st.integers(0, 5), st.sampled_from([-1, 30, 119])),
        st.tuples(st.just("repeat"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("wait"), st.just(0), st.sampled_from([1, 60, 121, 600])),
        st.tuples(st.just("send"), st.just(0), st.just(0)),
        st.tuples(st.just("crash"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


class Person:
    """One message to one person, the provider reduced to a list of what it took."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(NOON)
        self.desk = Desk(Settings(var=folder), self.clock)
        self.desk.submitted()
        self.heard: list[Message] = []
        self.used: list[str] = []

    def answer(self, which: int, seconds: int) -> None:
        questions = self.desk.questions()
        expires = self.clock.now() + timedelta(seconds=seconds)
        question = questions[which % len(questions)]
        message = self.desk.answer(question, "mair@example.org", expires=expires)
        self.heard.append(message)
        self.desk.hears_again(message)

    def repeat(self, which: int, _seconds: int) -> None:
        if self.heard:
            self.desk.hears_again(self.heard[which % len(self.heard)])

    def wait(self, _which: int, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def send(self, _which: int = 0, _seconds: int = 0) -> None:
        with self.desk.store.begin() as tx:
            attempts = picking.claim(10, tx)
            self.used += [str(attempt.delivery.contact_request_id) for attempt in attempts]
            usecases.settle([(attempt, Taken()) for attempt in attempts], tx)

    def crash(self, _which: int, _seconds: int) -> None:
        with self.desk.store.begin() as tx:
            tx.recover()


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_doubled_shuffled_and_late_answers_give_one_mail(steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        person = Person(Path(folder))
        for act, which, seconds in steps:
            getattr(person, act)(which, seconds)

        person.wait(0, 3600)
        person.send()
        person.answer(len(person.desk.questions()) - 1, 119)
        person.send()
        person.send()
        (row,) = person.desk.rows()
        person.desk.store.close()

    assert row.state == State.SENT
    assert len(person.used) == 1


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    person = Person(tmp_path)
    yield person
    person.desk.store.close()


def test_a_late_answer_is_dropped_and_asked_again(person: Person) -> None:
    person.answer(0, -1)

    (row,) = person.desk.rows()
    assert row.sealed is None
    assert len(person.desk.questions()) == 2


def test_an_address_that_lay_too_long_is_not_used(person: Person) -> None:
    person.answer(0, 119)
    person.wait(0, 120)

    person.send()

    assert person.used == []
    assert len(person.desk.questions()) == 2


def test_an_answer_about_another_request_is_dropped(person: Person) -> None:
    (question,) = person.desk.questions()
    stranger = {**question, "request_id": str(person.desk.new_id())}

    person.desk.hears_again(person.desk.answer(stranger, "x@example.org", expires=NOON + SOON))

    (row,) = person.desk.rows()
    assert row.state == State.ASKING


def test_silence_is_answered_by_asking_again(person: Person) -> None:
    person.wait(0, 180)

    person.send()

    assert len(person.desk.questions()) == 2


def keys_of(desk: Desk) -> SealingKeys:
    return SealingKeys(Vault("notify", desk.settings.keys))


def test_the_key_is_renewed_weekly_and_the_old_one_destroyed_two_days_later(
    person: Person,
) -> None:
    desk, (question,) = person.desk, person.desk.questions()
    sealed, asked = seal(question["public_key"], "mair@example.org"), desk.new_id()
    counts = []
    for days in (6, 1, 1, 1):
        person.clock.advance(timedelta(days=days))
        with desk.store.begin() as tx:
            keys_of(desk).rotate(tx)
            counts.append(tx.execute(select(func.count()).select_from(sealing_key)).scalar())

    assert counts == [1, 2, 2, 1]
    with pytest.raises(SealedAddressError):
        keys_of(desk).open(sealed, asked, desk.store)


def test_a_sealed_address_opens_with_the_key_it_was_asked_under(person: Person) -> None:
    desk, (question,) = person.desk, person.desk.questions()
    sealed = seal(question["public_key"], "mair@example.org")
    person.clock.advance(timedelta(days=8))
    with desk.store.begin() as tx:
        keys_of(desk).rotate(tx)

    assert keys_of(desk).open(sealed, desk.new_id(), desk.store) == "mair@example.org"


def test_a_destroyed_key_is_forgotten_after_the_commit_that_destroyed_it(person: Person) -> None:
    desk, keys = person.desk, keys_of(person.desk)
    (question,) = desk.questions()
    sealed = seal(question["public_key"], "mair@example.org")
    keeper = KeyKeeper(desk.store, keys)
    for days in (8, 3):
        person.clock.advance(timedelta(days=days))
        keys.open(sealed, desk.new_id(), desk.store)
        assert keeper._rotated()

    with pytest.raises(SealedAddressError):
        keys.open(sealed, desk.new_id(), desk.store)


def test_a_tampered_address_is_refused_without_quoting_it(person: Person) -> None:
    desk, (question,) = person.desk, person.desk.questions()
    sealed = seal(question["public_key"], "mair@example.org")
    cut = sealed[:-4] + ("AAAA" if not sealed.endswith("AAAA") else "BBBB")

    with pytest.raises(SealedAddressError) as refused:
        keys_of(desk).open(cut, desk.new_id(), desk.store)

    assert "mair" not in str(refused.value)


def test_no_file_of_notify_holds_the_private_key_in_the_clear(person: Person) -> None:
    desk = person.desk
    key = keys_of(desk)._keys(desk.store)[0]
    secret = json.loads(json.dumps(key.as_dict(private=True)))["d"].encode()

    files = [path for path in desk.settings.var.rglob("*") if path.is_file()]

    assert [path for path in files if secret in path.read_bytes()] == []


def test_where_it_is_not_safe_now_the_question_is_put_again_when_it_is(person: Person) -> None:
    (question,) = person.desk.questions()
    at = NOON + timedelta(days=5)
    told = {name: question[name] for name in ("contact_request_id", "request_id")}
    told |= {"reason": "NOT_NOW", "again_at": at.isoformat()}
    person.desk.hears_again(heard("contact.withheld.v1", told))

    person.wait(0, 3600 * 24 * 4)
    person.send()
    assert len(person.desk.questions()) == 1

    person.wait(0, 3600 * 24)
    person.send()
    person.answer(1, 119)
    person.send()
    (row,) = person.desk.rows()
    assert row.state == State.SENT


def test_a_withheld_answer_to_an_old_question_changes_nothing(person: Person) -> None:
    (old,) = person.desk.questions()
    person.wait(0, 180)
    person.send()
    late = {
        "contact_request_id": old["contact_request_id"],
        "request_id": old["request_id"],
        "reason": "NO_SAFE_CHANNEL",
    }

    person.desk.hears_again(heard("contact.withheld.v1", late))

    (row,) = person.desk.rows()
    assert row.state == State.ASKING
