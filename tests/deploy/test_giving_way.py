"""A worker whose broker is starting lets it, and the pages, have the processor first."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from deploy.served.giving_way import SIGNALS, let_broker_start

FOR_EVER = 600.0


@pytest.fixture(autouse=True)
def blocked() -> Iterator[None]:
    """As in a worker: its signals are taken one by one, in no handler."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.fixture
def place() -> Iterator[socket.socket]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken


def url_of(place: socket.socket) -> str:
    return f"amqp://bell:word@127.0.0.1:{place.getsockname()[1]}/onward"


def test_it_waits_until_somebody_listens(place: socket.socket) -> None:
    begun: list[bool] = []
    waiting = threading.Thread(target=lambda: begun.append(let_broker_start(url_of(place))))
    waiting.start()
    waiting.join(0.5)
    waited = waiting.is_alive()
    place.listen()
    waiting.join(90)

    assert waited
    assert begun == [True]


def test_it_begins_at_last_though_nobody_listens(place: socket.socket) -> None:
    began = time.monotonic()

    assert let_broker_start(url_of(place), patience=0.3)
    assert time.monotonic() - began >= 0.3


def test_told_to_stop_it_does_not_begin(place: socket.socket) -> None:
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)  # no other thread has it blocked

    assert not let_broker_start(url_of(place), FOR_EVER)


@pytest.mark.parametrize("url", [None, "", "no url", "amqp://[", "amqp://host:port/x"])
def test_what_is_wrong_with_the_address_is_for_others_to_say(url: str | None) -> None:
    assert let_broker_start(url, FOR_EVER)
