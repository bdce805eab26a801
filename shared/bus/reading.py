"""Is a message what it says it is? Asked of every delivery before any handler sees it.

Promise: what is too large, is not JSON, says too little, or comes from somebody who may not say
it is refused with a sentence; RabbitMQ vouches for who sent it, the catalogue for who may.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.bus.envelope import PREFIX, READ_PREFIXES, UnreadableMessageError, read
from shared.bus.topology import AGAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amqp.basic_message import Message as Delivery

    from shared.bus.envelope import Message

LARGEST = 1_000_000  # bytes of body; our own events have a few hundred
ANNOUNCED_BY = PREFIX + "announcedby"  # who had sent what an operator hands again


class Reader:
    """Reads one service's deliveries; *announcers* says who may announce each type."""

    def __init__(self, service: str, announcers: Mapping[str, frozenset[str]]) -> None:
        self._service, self._announcers = service, announcers

    def read(self, delivery: Delivery) -> Message:
        """Return what was delivered, or raise UnreadableMessageError."""
        body = delivery.body
        if len(body) > LARGEST:
            raise UnreadableMessageError(f"its body has {len(body)} bytes, {LARGEST} are allowed")
        message = read(headers_in(delivery), body)
        _ = message.data
        self._check_sender(message, self._sender(delivery))
        return message

    def _sender(self, delivery: Delivery) -> str:
        sender = delivery.properties.get("user_id")
        if delivery.delivery_info["exchange"] != AGAIN:
            return str(sender or "nobody")
        return str(
            delivery.headers.get(ANNOUNCED_BY, "nobody")
        )  # only our own operator writes there

    def _check_sender(self, message: Message, sender: str) -> None:
        allowed = self._announcers.get(message.type)
        if allowed is None:
            raise UnreadableMessageError("its type is not one we know")
        if sender not in allowed:
            raise UnreadableMessageError(f"{_name(sender)} may not announce {message.type}")
        if message.producer != sender:
            raise UnreadableMessageError(f"{_name(sender)} sent it under another name")


def headers_in(delivery: Delivery) -> dict[str, Any]:
    """Return the headers of what was delivered."""
    headers: dict[str, Any] = delivery.properties.get("application_headers") or {}
    return headers


def identity(headers: Mapping[str, Any], body: bytes) -> UUID:
    """Return the id of a message, or one made of its body if it has none."""
    for prefix in READ_PREFIXES:
        try:
            return UUID(str(headers[prefix + "id"]))
        except (KeyError, ValueError):
            continue
    return UUID(bytes=hashlib.sha256(body).digest()[:16])


def kind_of(headers: Mapping[str, Any]) -> str:
    """Return the type that a message claims, if it is one of ours to write down."""
    said = (str(headers.get(prefix + "type", "")) for prefix in READ_PREFIXES)
    known = next((kind for kind in said if kind), "")
    return known if _is_plain(known) else "a message"


def _name(sender: str) -> str:
    return sender if _is_plain(sender) else "somebody"


def _is_plain(text: str) -> bool:
    """Tell whether *text* is a short name of letters, digits and dots: it may be written down."""
    return text.replace(".", "").replace("_", "").isalnum() and len(text) <= LONGEST_NAME


LONGEST_NAME = 60
