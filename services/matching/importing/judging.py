"""Holding a draft to the guide's own schema, and telling what may be left out of it.

Promise: a wrong limit of who a service is for refuses the row; anything else that is wrong
is left out and named, so that nobody is sent where they do not belong.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from services.matching.errors import GuideRefusedError
from services.matching.guide_schema import LONGEST, read_guide
from services.matching.importing.drafts import SERVICE_FAULT, Flaw
from services.matching.importing.plain_faults import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.matching.importing.drafts import Draft
    from shared.errors import Fault

LIMITS = frozenset(
    {
        "",
        "id",
        "agency_id",
        "name",
        "needs",
        "groups",
        "area_codes",
        "rules",
        "minimum_age",
        "maximum_age",
        "threshold",
    }
)
"""What must be right; of the needs, those that are ours are enough."""

TEXTS = (
    "description",
    "who_for",
    "eligibility",
    "what_to_bring",
    "threshold_guide",
    "occasional_support",
)
LISTS = ("needs", "languages")
LEFT_OUT = " We left it out."


def judged(
    draft: Draft, entry: Mapping[str, Any]
) -> tuple[dict[str, Any] | None, list[Flaw], list[Flaw]]:
    """Return the entry as the guide reads it, what refused it, and what was left out."""
    data, remarks = deepcopy(dict(entry)), []
    remarks += _shorten(draft, data)
    while True:
        data |= {name: _without_blanks(data[name]) for name in LISTS if data.get(name)}
        try:
            return read_guide({"services": [data]})["services"][0], [], remarks
        except GuideRefusedError as error:
            left = [fault for fault in error.errors if not _leave_out(fault, data)]
            told = [_flaw(draft, fault, entry, left) for fault in error.errors]
        if left:
            return None, told, remarks
        remarks += told


def _shorten(draft: Draft, data: dict[str, Any]) -> list[Flaw]:
    """Cut texts that are longer than the guide keeps."""
    long = [name for name in TEXTS if len(data.get(name) or "") > LONGEST]
    for name in long:
        data[name] = data[name][: LONGEST - 1] + "\u2026"
    detail = f"We keep {LONGEST} letters, so we cut the end."
    return [Flaw(draft.place_of(f"/services/0/{name}"), detail) for name in long]


def _leave_out(fault: Fault, data: dict[str, Any]) -> bool:
    """Take what is wrong out of *data*; False where the row is of no use without it."""
    name, *inner = _steps(fault)
    if name in LISTS:
        return _blank_out(data, name, inner)
    if name in LIMITS or name not in data:
        return False
    if inner and isinstance(data[name], dict):
        return data[name].pop(inner[0], None) is not None
    del data[name]
    return True


def _blank_out(data: dict[str, Any], name: str, inner: list[str]) -> bool:
    """Blank one item of a list; False where nothing else remains."""
    if not inner or not isinstance(data.get(name), list):
        return False
    data[name][int(inner[0])] = None
    return any(item is not None for item in data[name])


def _without_blanks(items: Any) -> Any:  # noqa: ANN401 - a list, if the row is sound
    return [item for item in items if item is not None] if isinstance(items, list) else items


def _flaw(draft: Draft, fault: Fault, entry: Mapping[str, Any], left: Sequence[Fault]) -> Flaw:
    words = in_words(fault.detail, _written(fault, entry))
    return Flaw(draft.place_of(fault.pointer), f"{words}{'' if fault in left else LEFT_OUT}")


def _written(fault: Fault, entry: Mapping[str, Any]) -> object:
    """Return what stood where *fault* was found."""
    value: Any = entry
    for step in _steps(fault):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return ""
    return value


def _steps(fault: Fault) -> list[str]:
    return fault.pointer.strip("/").split("/")[SERVICE_FAULT:] or [""]
