"""An outbox row as AMQP properties: CloudEvents headers, and what operators look for."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Any

from pika import BasicProperties

from shared.bus.envelope import PREFIX, headers_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

PERSISTENT = 2
JSON = "application/json"
_u16, _u32, _u64 = Struct(">H").pack, Struct(">I").pack, Struct(">Q").pack


class EventProperties(BasicProperties):  # type: ignore[misc]  # pika has no types
    """The properties of every event, put into bytes at a third of pika's cost."""

    ALWAYS = (
        BasicProperties.FLAG_CONTENT_TYPE
        | BasicProperties.FLAG_HEADERS
        | BasicProperties.FLAG_DELIVERY_MODE
        | BasicProperties.FLAG_MESSAGE_ID
        | BasicProperties.FLAG_TIMESTAMP
        | BasicProperties.FLAG_TYPE
        | BasicProperties.FLAG_USER_ID
        | BasicProperties.FLAG_APP_ID
    )

    def encode(self) -> list[bytes]:
        """Return the bytes that pika would, for the properties that an event has."""
        chain = self.correlation_id
        flags = self.ALWAYS | (BasicProperties.FLAG_CORRELATION_ID if chain else 0)
        pieces: list[bytes] = []
        for name, said in self.headers.items():
            value = said.encode()
            pieces += (_named(name), _u32(len(value)), value)
        table = b"".join(pieces)
        return [
            _u16(flags),
            _short(self.content_type),
            _u32(len(table)),
            table,
            bytes((self.delivery_mode,)),
            _short(chain) if chain else b"",
            _short(self.message_id),
            _u64(self.timestamp),
            _short(self.type),
            _short(self.user_id),
            _short(self.app_id),
        ]


def properties_of(
    row: Mapping[str, Any], *, service: str, epoch: UUID, user: str
) -> EventProperties:
    """Return what goes with the body of *row*; RabbitMQ refuses a *user* who is somebody else."""
    headers = headers_of(row, service=service, epoch=epoch)
    return EventProperties(
        content_type=JSON,
        delivery_mode=PERSISTENT,
        headers=headers,
        message_id=headers[PREFIX + "id"],
        correlation_id=row["headers"].get("correlationid"),
        timestamp=int(row["created_at"].timestamp()),
        type=row["type"],
        user_id=user,
        app_id=service,
    )


def _short(text: str) -> bytes:
    said = text.encode()
    return bytes((len(said),)) + said


@lru_cache(maxsize=64)
def _named(name: str) -> bytes:
    """Return what comes before a header's value: its name, and that it is a string."""
    return _short(name) + b"S"
