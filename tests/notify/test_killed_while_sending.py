"""A crash at any point loses nothing: what was under way is done again, and only that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.notify import picking, usecases
from services.notify.domain import State, Taken
from tests.notify.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.notify.storage import Attempt
    from shared.settings import Settings
    from tests.notify.desk import Post

pytestmark = pytest.mark.usefixtures("where")

SOON = timedelta(minutes=2)


@pytest.fixture
def again(desk: Desk, settings: Settings) -> Iterator[Desk]:
    """Open the same databases as a new process would."""
    again = Desk(settings)
    yield again
    again.store.close()


def claim(desk: Desk) -> list[Attempt]:
    with desk.store.begin() as tx:
        return picking.claim(10, tx)


def test_killed_after_marking_and_before_the_mail_left(desk: Desk, again: Desk, post: Post) -> None:
    desk.sent()
    claim(desk)

    with again.sending():
        again.until("sent")

    assert len(post.mails()) == 1


def test_killed_after_the_mail_left_and_before_it_was_marked(
    desk: Desk, again: Desk, post: Post
) -> None:
    desk.sent()
    with desk.sending():
        (row,) = desk.until("sent")
    with desk.store.begin() as tx:
        tx.amend(row.id, state=State.ATTEMPTING)

    with again.sending():
        again.until("sent")

    first, second = post.mails()
    assert first["message-id"] == second["message-id"] == f"<{row.id}@onward.example>"


def test_killed_with_a_persons_address_in_hand_it_is_asked_for_again(
    desk: Desk, again: Desk, post: Post
) -> None:
    desk.submitted()
    (question,) = desk.questions()
    answer = desk.answer(question, "mair@example.org", expires=desk.clock.now() + SOON)
    desk.hears_again(answer)
    claim(desk)

    with again.sending():
        new = again.until_asked(2)
        again.hears_again(
            again.answer(question, "old@example.org", expires=again.clock.now() + SOON)
        )
        again.hears_again(again.answer(new, "mair@example.org", expires=again.clock.now() + SOON))
        again.until("sent")

    assert post.to() == ["mair@example.org"]


def test_a_claimed_address_is_no_longer_in_the_database(desk: Desk) -> None:
    desk.submitted()
    (question,) = desk.questions()
    desk.hears_again(desk.answer(question, "mair@example.org", expires=desk.clock.now() + SOON))
    (before,) = desk.rows()

    claim(desk)

    (after,) = desk.rows()
    assert before.sealed is not None
    assert after.state == State.ATTEMPTING
    assert (after.sealed, after.contact_request_id) == (None, None)


def test_two_claims_never_take_the_same_message(desk: Desk) -> None:
    desk.sent()
    desk.sent()

    taken = [attempt.delivery.id for attempt in (*claim(desk), *claim(desk))]

    assert len(taken) == len(set(taken)) == 2


def test_what_was_settled_is_not_sent_again(desk: Desk, again: Desk, post: Post) -> None:
    desk.sent()
    attempts = claim(desk)
    with desk.store.begin() as tx:
        usecases.settle([(attempt, Taken()) for attempt in attempts], tx)

    with again.sending():
        again.sent()
        again.until("sent", 2)

    assert len(post.mails()) == 1
