"""How much a reader lets the broker send ahead, after one that died of what it read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from shared.bus.caution import PREFETCH, SUSPECT, Caution


def a_delivery(returns: int | None) -> Any:
    headers = {} if returns is None else {"x-delivery-count": returns}
    return SimpleNamespace(properties={"application_headers": headers})


def test_the_first_message_is_taken_alone_for_it_may_have_killed_the_reader_before() -> None:
    caution = Caution(100)

    assert (caution.size, caution.ahead) == (1, 1)


def test_after_one_that_never_came_back_whole_batches_are_taken() -> None:
    caution = Caution(100)

    caution.settled([a_delivery(None)])

    assert (caution.size, caution.ahead) == (100, 100 * PREFETCH)


def test_one_return_is_what_any_restart_costs_and_no_reason_for_fear() -> None:
    caution = Caution(100)

    caution.settled([a_delivery(SUSPECT - 1)])

    assert caution.size == 100


def test_while_what_comes_was_returned_again_and_again_each_is_taken_alone() -> None:
    caution = Caution(100)

    for _ in range(5):
        caution.settled([a_delivery(SUSPECT)])

    assert (caution.size, caution.ahead) == (1, 1)


def test_courage_once_taken_stays() -> None:
    caution = Caution(100)
    caution.settled([a_delivery(None)])

    caution.settled([a_delivery(SUSPECT)])

    assert caution.size == 100
