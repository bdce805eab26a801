"""An event is read as exactly what it is, or refused without quoting what stood there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from shared.bus.envelope import UnreadableMessageError
from shared.bus.message import Moment, read

ID = "0190a6c4-0000-7000-8000-000000000001"
SECRET = "Rose Cottage"


@dataclass(frozen=True, slots=True)
class Part:
    number: int


@dataclass(frozen=True, slots=True)
class Rang:
    bell_id: UUID
    at: Moment
    on: date | None = None
    parts: tuple[Part, ...] = ()


def told(**others: Any) -> dict[str, Any]:
    return {"bell_id": ID, "at": "2026-11-22T10:00:00Z", **others}


def test_what_is_told_is_read_with_its_types_and_what_is_not_known_is_ignored() -> None:
    event = read(Rang, told(on="2026-11-23", parts=[{"number": 1}], of_tomorrow={"a": 1}))

    when = datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert event == Rang(UUID(ID), when, date(2026, 11, 23), (Part(1),))


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"at": "2026-11-22T10:00:00Z"}, "bell_id"),
        (told(bell_id=SECRET), "bell_id"),
        (told(at="2026-11-22T10:00:00"), "at"),
        (told(at=SECRET), "at"),
        (told(on=SECRET), "on"),
        (told(parts=[{"number": SECRET}]), "parts"),
        (told(parts=[{}]), "number"),
        (told(parts=SECRET), "parts"),
        ([SECRET], "body"),
    ],
)
def test_what_cannot_be_read_names_the_field_and_quotes_nothing(data: Any, field: str) -> None:
    with pytest.raises(UnreadableMessageError, match=rf": {field}$") as refused:
        read(Rang, data)

    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
