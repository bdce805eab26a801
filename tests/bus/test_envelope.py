"""CloudEvents in binary mode: written with one prefix, read with either, or refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from parish import BellRang, Parish
from shared.bus.envelope import (
    PREFIX,
    UnreadableMessageError,
    headers_of,
    message_of,
    read,
)
from shared.ids import new_id

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def written(tmp_path: Path) -> tuple[dict[str, str], bytes]:
    parish = Parish(tmp_path)
    parish.ring()
    (row,) = parish.rows(parish.bell, "outbox")
    return headers_of(row._mapping, service="bell", epoch=parish.bell.epoch), row.body


def test_what_is_written_is_read_back(written: tuple[dict[str, str], bytes]) -> None:
    headers, body = written

    message = read(headers, body)

    assert headers["cloudEvents:specversion"] == "1.0"
    assert message.type == "bell.rang.v1"
    assert message.source == "/bell"
    assert message.producer_seq == 1
    assert message.data["loud"] == 1
    assert message.actor["kind"] == "system"


def test_the_underscore_prefix_is_read_as_well(written: tuple[dict[str, str], bytes]) -> None:
    headers, body = written
    other = {name.replace(PREFIX, "cloudEvents_"): value for name, value in headers.items()}

    assert read(other, body) == read(headers, body)


@pytest.mark.parametrize("missing", ["id", "type", "source", "subject", "time", "producerseq"])
def test_a_message_without_a_needed_attribute_names_it(
    written: tuple[dict[str, str], bytes], missing: str
) -> None:
    headers, body = written
    del headers[PREFIX + missing]

    with pytest.raises(UnreadableMessageError, match=f"it has no {missing}"):
        read(headers, body)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("id", "seven"), ("time", "yesterday"), ("producerseq", "first"), ("specversion", "2.0")],
)
def test_an_attribute_that_cannot_be_read_is_refused(
    written: tuple[dict[str, str], bytes], attribute: str, value: str
) -> None:
    headers, body = written
    headers[PREFIX + attribute] = value

    with pytest.raises(UnreadableMessageError):
        read(headers, body)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff"])
def test_a_body_that_is_not_a_json_object_is_refused(
    written: tuple[dict[str, str], bytes], body: bytes
) -> None:
    headers, _ = written

    with pytest.raises(UnreadableMessageError, match="JSON"):
        _ = read(headers, body).data


def test_a_message_is_the_same_over_the_wire_and_without_it(tmp_path: Path) -> None:
    parish = Parish(tmp_path)
    with parish.bell.begin() as tx:
        event = BellRang(new_id(), 1)
        tx.announce(event, sequence=7, expires=tx.now + timedelta(minutes=2))
    (row,) = parish.rows(parish.bell, "outbox")
    known = {"service": "bell", "epoch": parish.bell.epoch}

    assert message_of(row._mapping, **known) == read(headers_of(row._mapping, **known), row.body)
