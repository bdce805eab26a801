"""An event's properties leave as the bytes that pika itself would write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pika import BasicProperties

from shared.bus.wire import EventProperties, properties_of

WORDS = st.text(st.characters(codec="utf-8"), max_size=40)
MOMENTS = st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    headers = {"actor": draw(st.dictionaries(WORDS, WORDS, max_size=3))}
    if draw(st.booleans()):
        headers["correlationid"] = draw(st.uuids().map(str))
    return {
        "message_id": UUID(int=draw(st.integers(0, 2**128 - 1))),
        "type": draw(WORDS),
        "subject": draw(WORDS),
        "sequence": draw(st.none() | st.integers(1, 10**9)),
        "headers": headers,
        "created_at": draw(MOMENTS),
        "producer_seq": draw(st.integers(1, 2**40)),
        "producer_prev": draw(WORDS),
    }


@given(rows())
def test_the_bytes_are_pikas_own(row: dict[str, Any]) -> None:
    ours = properties_of(row, service="bell", epoch=UUID(int=7), user="bell")

    assert b"".join(ours.encode()) == b"".join(BasicProperties(**vars(ours)).encode())


@given(rows())
def test_what_is_written_can_be_read(row: dict[str, Any]) -> None:
    ours = properties_of(row, service="bell", epoch=UUID(int=7), user="bell")

    read = EventProperties().decode(b"".join(ours.encode()))

    assert read.headers == ours.headers
    assert (read.message_id, read.user_id, read.type) == (ours.message_id, "bell", row["type"])
