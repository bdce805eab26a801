"""Messages that no service of ours would send, put on the broker with the rights of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pika

from shared.bus.envelope import PREFIX
from shared.bus.topology import EVENTS
from shared.bus.wire import properties_of
from shared.ids import new_id

SENDER, TYPE = "intake", "request.submitted.v1"
READERS = ("matching", "notify", "audit")
Change = Callable[[dict[str, Any]], bytes | None]


def not_json(_headers: dict[str, Any]) -> bytes:
    return b'{"request_id": "half'


def no_id(headers: dict[str, Any]) -> None:
    del headers[f"{PREFIX}id"]


def unknown_type_version(headers: dict[str, Any]) -> None:
    headers[f"{PREFIX}type"] = "request.submitted.v2"


def unknown_envelope_version(headers: dict[str, Any]) -> None:
    headers[f"{PREFIX}specversion"] = "2.0"


def forged_source(headers: dict[str, Any]) -> None:
    headers[f"{PREFIX}source"] = "/matching"


def ten_megabytes(_headers: dict[str, Any]) -> bytes:
    return b'{"text": "' + b"x" * 10_000_000 + b'"}'


@dataclass(frozen=True)
class Poison:
    """A way to spoil a message, and the reason that an operator is to read."""

    spoil: Change
    reason: str


POISONS = (
    Poison(not_json, "its body is not JSON"),
    Poison(no_id, "it has no id"),
    Poison(unknown_type_version, "its type is not one we know"),
    Poison(unknown_envelope_version, "it is not a CloudEvents 1.0 message"),
    Poison(forged_source, "intake sent it under another name"),
    Poison(ten_megabytes, "its body has 10000012 bytes, 1000000 are allowed"),
)


def publish(url: str, poison: Poison) -> None:
    """Put one spoiled message on the exchange, as whom *url* names."""
    row = {
        "message_id": new_id(),
        "type": TYPE,
        "subject": str(new_id()),
        "sequence": 1,
        "headers": {"actor": {"kind": "system"}},
        "created_at": datetime.now(UTC),
        "producer_seq": 1,
        "producer_prev": "",
    }
    properties = properties_of(row, service=SENDER, epoch=new_id(), user=SENDER)
    body = poison.spoil(properties.headers) or b"{}"
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish(EVENTS, TYPE, body, properties, mandatory=True)
