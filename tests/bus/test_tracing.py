"""A partner's trace runs on through every message; one that is not valid is as if not sent."""

from __future__ import annotations

import io
import json
import logging
import string
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from parish import Parish, Rang, note_ring
from shared import observe, tracing
from shared.bus import Message, Worker
from shared.bus.envelope import PREFIX, headers_of, read
from shared.bus.handover import pending
from shared.ids import new_id
from shared.storage import Store, Transaction

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = f"00-{TRACE}-{PARENT}-01"
INVALID = [
    "",
    "nonsense",
    f"00-{TRACE}-{PARENT}",
    f"ff-{TRACE}-{PARENT}-01",
    f"00-{'0' * 32}-{PARENT}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE.upper()}-{PARENT}-01",
    f"00-{TRACE}-{PARENT}-01-more",
    f"00-{TRACE[:-1]}-{PARENT}-01",
    f"{SENT},{SENT}",
]
LOWER_HEX = "0123456789abcdef"


def hex_of(length: int) -> st.SearchStrategy[str]:
    text = st.text(LOWER_HEX, min_size=length, max_size=length)
    return text.filter(lambda drawn: set(drawn) != {"0"})


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    observe.clear_correlation()
    yield
    observe.clear_correlation()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def parish(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


def only_row(parish: Parish, store: Store[Any]) -> Any:
    (row,) = parish.rows(store, "outbox")
    return row


def heard_from(store: Store[Any]) -> list[Message]:
    return pending(store, "reader", None, 10)


@given(trace=hex_of(32), parent=hex_of(16), flags=st.sampled_from(["00", "01", "03"]))
def test_what_is_valid_is_continued_by_a_span_of_our_own(
    trace: str, parent: str, flags: str
) -> None:
    tracing.begin(f"00-{trace}-{parent}-{flags}", str(new_id()))

    ours = tracing.current(str(new_id()))

    assert tracing.parsed(ours) == (trace, f"0{int(flags) & 1}")
    assert ours[36:52] != parent


@pytest.mark.parametrize("sent", INVALID)
def test_what_is_not_valid_is_ignored_and_the_correlation_id_is_the_trace(sent: str) -> None:
    correlation = observe.bind_correlation()

    tracing.begin(sent, correlation)

    assert tracing.trace_id() == correlation.replace("-", "")
    assert tracing.parsed(tracing.current(correlation))


@given(st.text(string.printable))
def test_nothing_that_is_sent_breaks_anything(sent: str) -> None:
    tracing.begin(sent, str(new_id()))

    assert tracing.parsed(tracing.bound())


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert tracing.parsed(f"cc-{TRACE}-{PARENT}-01-what-the-future-brings") == (TRACE, "01")


def test_an_empty_correlation_id_is_no_trace() -> None:
    nil = "00000000-0000-0000-0000-000000000000"

    assert tracing.parsed(tracing.current(nil))


def test_an_announcement_stores_the_trace_of_the_work_that_wrote_it(parish: Parish) -> None:
    tracing.begin(SENT, observe.bind_correlation())
    parish.ring()

    stored = only_row(parish, parish.bell).headers["traceparent"]

    assert stored == tracing.bound()
    assert tracing.parsed(stored) == (TRACE, "01")


def test_work_of_its_own_announces_within_one_trace_and_the_next_work_in_another(
    parish: Parish,
) -> None:
    first = observe.bind_correlation()
    parish.ring()
    parish.ring()
    second = observe.bind_correlation()
    parish.ring()

    traces = [row.headers["traceparent"][3:35] for row in parish.rows(parish.bell, "outbox")]

    assert traces == [one.replace("-", "") for one in (first, first, second)]


def test_the_wire_carries_the_origins_trace_and_beside_it_its_own_way(parish: Parish) -> None:
    tracing.begin(SENT, observe.bind_correlation())
    parish.ring()
    row = only_row(parish, parish.bell)

    headers = headers_of(row._mapping, service="bell", epoch=parish.bell.epoch)

    assert headers[PREFIX + "traceparent"] == row.headers["traceparent"]
    assert tracing.parsed(headers["traceparent"]) == (TRACE, "01")
    assert headers["traceparent"] != headers[PREFIX + "traceparent"]
    assert read(headers, row.body).traceparent == row.headers["traceparent"]


def test_a_message_with_a_bad_trace_is_read_without_it(parish: Parish) -> None:
    parish.ring()
    row = only_row(parish, parish.bell)
    headers = headers_of(row._mapping, service="bell", epoch=parish.bell.epoch)
    headers[PREFIX + "traceparent"] = "nonsense"

    assert read(headers, row.body).traceparent is None


def test_what_is_announced_while_handling_keeps_the_origins_trace(parish: Parish) -> None:
    tracing.begin(SENT, observe.bind_correlation())
    parish.ring()
    messages = heard_from(parish.bell)

    elsewhere = threading.Thread(target=parish.listener.deliver, args=(messages,))
    elsewhere.start()
    elsewhere.join()

    answer = only_row(parish, parish.ear)
    assert answer.type == "ear.heard.v1"
    assert answer.headers["traceparent"] == messages[0].traceparent


def test_a_message_that_came_without_a_trace_is_answered_within_its_chains(parish: Parish) -> None:
    parish.ring()
    (message,) = heard_from(parish.bell)
    object.__setattr__(message, "traceparent", None)

    parish.listener.deliver([message])

    answer = only_row(parish, parish.ear)
    assert answer.headers["traceparent"][3:35] == str(message.correlation_id).replace("-", "")


def test_lines_written_while_handling_name_message_chain_and_trace(parish: Parish) -> None:
    def tell(event: Rang, tx: Transaction) -> None:
        observe.logger("ear").info("ring.noted")
        note_ring(event, tx)

    worker = Worker("ear", parish.ear, handlers={Rang: tell})
    tracing.begin(SENT, observe.bind_correlation())
    parish.ring()
    (message,) = heard_from(parish.bell)
    root, stream = logging.getLogger(), io.StringIO()
    before = (root.handlers, root.level, threading.excepthook, logging.raiseExceptions)
    observe.configure(stream)

    worker.deliver([message])
    observe.logger("ear").info("batch.done")

    root.handlers, root.level, threading.excepthook, logging.raiseExceptions = before
    during, after = map(json.loads, stream.getvalue().splitlines())
    assert during["event"] == "ring.noted"
    assert during["message_id"] == str(message.id)
    assert during["type"] == "bell.rang.v1"
    assert during["correlation_id"] == message.correlation_id
    assert during["trace_id"] == TRACE
    assert "message_id" not in after
