"""A feed of Open Referral UK as drafts of our entries, each part with its JSON pointer.

Promise: nothing in a record is believed that its own profile would refuse; what only says
less than it could is left out and named, and the rest of the record is taken.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import orjson
from marshmallow import ValidationError

from services.matching.errors import FileRefusedError
from services.matching.importing import feed_parts as parts
from services.matching.importing.drafts import Draft, Flaw, Reading
from services.matching.importing.plain_faults import in_words
from services.matching.open_referral.shape import Service
from shared.web.problems import pointers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_RECORDS = 20_000
DEEPEST = 30  # parts within parts; those of the standard go a third as deep
WRAPPED_IN = ("contents", "services", "service")
DEPEND = frozenset(
    {"", "id", "name", "status", "minimum_age", "maximum_age", "organization", "service_areas"}
)
"""Without these, or with wrong ones, a record is of no use: the rest may be left out."""

_check = Service()


def read_feed(raw: bytes) -> Reading:
    """Return the services of a feed: a page of it, a list of records, or one record."""
    drafts: list[Draft] = []
    refused: list[Flaw] = []
    remarks: list[Flaw] = []
    for place, record in _records(_json(raw)):
        draft = _read(place, record, refused, remarks)
        if draft is not None:
            drafts.append(draft)
    return Reading("open_referral", tuple(drafts), tuple(refused), tuple(remarks))


def _json(raw: bytes) -> Any:  # noqa: ANN401 - whatever was sent
    try:
        found = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise FileRefusedError([Flaw(place, "This is not JSON.")]) from error
    if b"\\u0000" in raw:
        raise FileRefusedError([Flaw("", "A text holds a character that cannot be kept.")])
    return found


def _records(found: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - whatever was sent
    outer = ""
    if isinstance(found, dict):
        outer = next((name for name in WRAPPED_IN if name in found), "")
        if not outer:
            yield "", found
            return
        found = found[outer]
    if not isinstance(found, list):
        raise FileRefusedError([Flaw("", "There is no list of services here.")])
    if len(found) > MOST_RECORDS:
        raise FileRefusedError([Flaw("", f"There are more than {MOST_RECORDS} services.")])
    for number, record in enumerate(found):
        yield f"/{outer}/{number}" if outer else f"/{number}", record


def _read(place: str, record: Any, refused: list[Flaw], remarks: list[Flaw]) -> Draft | None:  # noqa: ANN401
    if not isinstance(record, dict):
        refused.append(Flaw(place, "This is not a record of a service."))
        return None
    if _is_too_deep(record):
        refused.append(Flaw(place, "Too many parts within parts: this cannot be read."))
        return None
    faults = _faults(record)
    fatal = [(at, detail) for at, detail in faults if at.strip("/") in DEPEND]
    if fatal:
        refused.extend(Flaw(f"{place}{at}", detail) for at, detail in fatal)
        return None
    sound = deepcopy(record)
    for at, detail in faults:
        left_out = " We left it out." if _drop(sound, at.split("/")[1:]) else ""
        remarks.append(Flaw(f"{place}{at}", f"{detail}{left_out}"))
    found = parts.Record(place, sound)
    try:
        draft = parts.draft_of(found)
    except parts.UnusableError as unusable:
        refused.append(unusable.flaw)
        return None
    remarks.extend(found.remarks)
    return draft


def _is_too_deep(record: Mapping[str, Any]) -> bool:
    """Tell, without recursion, whether whoever reads *record* part by part could run out of stack.

    Nothing but the file's own size limits how deep it goes.
    """
    level: list[Any] = [record]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _parts_of(outer)]
    return bool(level)


def _parts_of(value: Any) -> Iterable[Any]:  # noqa: ANN401 - any part of a record
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _faults(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    try:
        _check.load(dict(record))
    except ValidationError as error:
        return [(at, in_words(detail, _at(record, at))) for at, detail in pointers(error.messages)]
    return []


def _at(value: Any, pointer: str) -> Any:  # noqa: ANN401 - any part of a record
    """Return what stands at *pointer*, nothing where nothing does."""
    for step in pointer.split("/")[1:]:
        if isinstance(value, list):
            value = value[int(step)]
        else:
            value = value.get(step, "") if isinstance(value, dict) else ""
    return value


def _drop(value: Any, steps: list[str]) -> bool:  # noqa: ANN401 - any part of a record
    """Take the part at *steps* out of *value*; False where there is no such part."""
    for step in steps[:-1]:
        value = value[int(step)] if isinstance(value, list) else value.get(step)
        if not isinstance(value, dict | list):
            return False
    last = steps[-1]
    if isinstance(value, list):
        value[int(last)] = None
        return True
    return value.pop(last, None) is not None
