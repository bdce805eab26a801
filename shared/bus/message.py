"""Events as frozen dataclasses, and how msgspec reads them from the wire.

Strict about what we send, tolerant of what we receive: a writer dumps exactly its declared
fields, a reader declares only what it needs and ignores the rest.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import msgspec

from shared.bus.envelope import UnreadableMessageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shared.bus.envelope import Message

T = TypeVar("T")

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A point in time on the wire; one without its offset from UTC could mean any of many."""

_NAMED = re.compile(r"field `(\w+)`|\$\.(\w+)")


@dataclasses.dataclass(frozen=True, slots=True)
class Announcement:
    """What the bus knows of an event class: its type, and which field is its subject."""

    type: str
    subject: str


ANNOUNCED: dict[type, Announcement] = {}
HEARD: dict[type, str] = {}


def announces(name: str, *, subject: str) -> Callable[[type[T]], type[T]]:
    """Declare a frozen dataclass as the event *name*, about the id in its field *subject*."""

    def declare(cls: type[T]) -> type[T]:
        ANNOUNCED[cls] = Announcement(name, subject)
        return cls

    return declare


def hears(name: str) -> Callable[[type[T]], type[T]]:
    """Declare a frozen dataclass as one service's own reading of the event *name*."""

    def declare(cls: type[T]) -> type[T]:
        HEARD[cls] = name
        return cls

    return declare


def read(cls: type[T], data: Mapping[str, object]) -> T:
    """Return *data* as *cls*: unknown fields are ignored, missing or wrong ones refused.

    Raises UnreadableMessageError, which names the field and quotes nothing of what stood there.
    """
    try:
        return msgspec.convert(data, cls)
    except msgspec.ValidationError as error:
        which = next((a or b for a, b in _NAMED.findall(str(error))), "body")
        raise UnreadableMessageError(f"its fields cannot be read: {which}") from None


def ids_in(messages: Iterable[Message], field: str, *classes: type) -> list[UUID]:
    """Return the ids that *field* holds in those of *messages* that are read as *classes*."""
    types = {HEARD[cls] for cls in classes}
    found = (message.data.get(field) for message in messages if message.type in types)
    return [UUID(one) for one in found if one is not None]
