"""Messages as they travel: CloudEvents 1.0 in binary mode (AMQP binding, prefix `cloudEvents:`).

Written with the prefix of the released specification, read with either; attribute values are
strings. What cannot be read says so in one sentence and is parked, never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from shared import tracing
from shared.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "cloudEvents:"
READ_PREFIXES = (PREFIX, "cloudEvents_")
OPTIONAL = ("correlationid", "causationid", "expirytime", "traceparent", "restates")


class UnreadableMessageError(Permanent):
    """The message does not say what a message must say."""


@dataclass(frozen=True)
class Message:
    """One event as a reader receives it; `body` is the JSON exactly as announced."""

    id: UUID
    type: str
    producer: str
    subject: str
    time: datetime
    sequence: int | None
    actor: dict[str, Any]
    correlation_id: str | None
    causation_id: str | None
    expires: datetime | None
    producer_epoch: str
    producer_seq: int
    producer_prev: str
    body: bytes
    traceparent: str | None = None
    restates: datetime | None = None

    @property
    def happened_at(self) -> datetime:
        """Return when it happened: a restatement tells it again, and says of which moment."""
        return self.restates or self.time

    @property
    def source(self) -> str:
        """Return the CloudEvents source."""
        return f"/{self.producer}"

    @cached_property
    def data(self) -> dict[str, Any]:
        """Return the body, read."""
        try:
            data = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise UnreadableMessageError("its body is not JSON") from error
        if not isinstance(data, dict):
            raise UnreadableMessageError("its body is not a JSON object")
        return data


def message_of(row: Mapping[str, Any], *, service: str, epoch: UUID) -> Message:
    """Return the message that an outbox *row* of *service* is, without the way over a wire."""
    said = row["headers"]
    return Message(
        id=row["message_id"],
        type=row["type"],
        producer=service,
        subject=row["subject"],
        time=row["created_at"],
        sequence=row["sequence"],
        actor=said["actor"],
        correlation_id=said.get("correlationid"),
        causation_id=said.get("causationid"),
        expires=_moment(said.get("expirytime")),
        producer_epoch=str(epoch),
        producer_seq=row["producer_seq"],
        producer_prev=row["producer_prev"],
        body=row["body"],
        traceparent=said.get("traceparent"),
        restates=_moment(said.get("restates")),
    )


def headers_of(row: Mapping[str, Any], *, service: str, epoch: UUID) -> dict[str, str]:
    """Return the headers for an outbox *row* of *service*: CloudEvents attributes and `actor`."""
    said = row["headers"]
    attributes = {
        "specversion": "1.0",
        "id": str(row["message_id"]),
        "type": row["type"],
        "source": f"/{service}",
        "subject": row["subject"],
        "time": row["created_at"].isoformat(),
        "producerepoch": _text_of(epoch),
        "producerseq": str(row["producer_seq"]),
        "producerprev": row["producer_prev"],
        **{name: said[name] for name in OPTIONAL if name in said},
    }
    if row["sequence"] is not None:
        attributes["sequence"] = f"{row['sequence']:010d}"
    headers = {PREFIX + name: value for name, value in attributes.items()}
    headers["actor"] = orjson.dumps(said["actor"]).decode()
    if "traceparent" in said:  # the attribute is the origin's, the plain header this way's
        headers[tracing.HEADER] = tracing.hop(said["traceparent"])
    return headers


@lru_cache(maxsize=16)
def _text_of(epoch: UUID) -> str:
    """Return the text of an *epoch*: each message of a producer has the same."""
    return str(epoch)


def read(headers: Mapping[str, Any], body: bytes) -> Message:
    """Return the message that *headers* and *body* make, or say what is wrong with it."""
    said = _attributes(headers)
    if said.get("specversion") != "1.0":
        raise UnreadableMessageError("it is not a CloudEvents 1.0 message")
    try:
        return Message(
            id=UUID(said["id"]),
            type=said["type"],
            producer=said["source"].rsplit("/", 1)[-1],
            subject=said["subject"],
            time=datetime.fromisoformat(said["time"]),
            sequence=int(said["sequence"]) if "sequence" in said else None,
            actor=orjson.loads(headers.get("actor", "{}")),
            correlation_id=said.get("correlationid"),
            causation_id=said.get("causationid"),
            expires=_moment(said.get("expirytime")),
            producer_epoch=said["producerepoch"],
            producer_seq=int(said["producerseq"]),
            producer_prev=said["producerprev"],
            body=body,
            traceparent=_traceparent(said.get("traceparent")),
            restates=_moment(said.get("restates")),
        )
    except KeyError as error:
        raise UnreadableMessageError(f"it has no {error.args[0]}") from error
    except ValueError as error:
        raise UnreadableMessageError("one of its attributes cannot be read") from error


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _traceparent(said: str | None) -> str | None:
    """Return what was said if it is one: a message is not refused for a bad trace."""
    return said if said and tracing.parsed(said) else None


def _attributes(headers: Mapping[str, Any]) -> dict[str, str]:
    cut = len(PREFIX)
    return {
        name[cut:]: value if type(value) is str else str(value)
        for name, value in headers.items()
        if name[:cut] in READ_PREFIXES
    }
