"""Events as frozen dataclasses, with the marshmallow schema that reads them from the wire.

Strict about what we send, tolerant of what we receive: a writer dumps exactly its declared
fields, a reader declares only what it needs and ignores the rest.
"""

from __future__ import annotations

import dataclasses
import types
from datetime import UTC, date, datetime
from functools import cache
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields, post_load

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

PLAIN: dict[type, Callable[..., fields.Field[Any]]] = {
    UUID: fields.UUID,
    str: fields.String,
    int: lambda **how: fields.Integer(strict=True, **how),
    bool: fields.Boolean,
    date: fields.Date,
    datetime: lambda **how: fields.AwareDateTime(default_timezone=UTC, **how),
}


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


@cache
def schema_for(cls: type) -> Schema:
    """Return the one schema that reads *cls*; unknown fields are ignored, missing ones refused."""
    return _schema_class(cls)(unknown=EXCLUDE)


class _Reading(Schema):
    """Builds the dataclass it was derived from."""

    made: ClassVar[type]

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> object:
        """Return the event."""
        return self.made(**data)


@cache
def _schema_class(cls: type) -> type[_Reading]:
    hints = get_type_hints(cls)
    declared = {f.name: _field(hints[f.name], f) for f in dataclasses.fields(cls)}
    return type(f"{cls.__name__}Schema", (_Reading,), {**declared, "made": cls})


def _field(hint: Any, declared: dataclasses.Field[Any]) -> fields.Field[Any]:  # noqa: ANN401
    optional = declared.default is not dataclasses.MISSING
    how = {"required": False, "load_default": declared.default} if optional else {"required": True}
    return _typed(hint, **how)


def _typed(hint: Any, **how: Any) -> fields.Field[Any]:  # noqa: ANN401 - marshmallow's own options
    if get_origin(hint) in {Union, types.UnionType}:
        (inner,) = [arg for arg in get_args(hint) if arg is not type(None)]
        return _typed(inner, **{**how, "allow_none": True})
    if get_origin(hint) is tuple:
        return _Tuple(_typed(get_args(hint)[0]), **how)
    if dataclasses.is_dataclass(hint):
        return fields.Nested(_schema_class(hint)(unknown=EXCLUDE), **how)  # type: ignore[arg-type]
    return PLAIN[hint](**how)


class _Tuple(fields.List[Any]):
    """A list on the wire, a tuple in a frozen event."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - marshmallow's signature
        return tuple(super()._deserialize(*args, **kwargs))
