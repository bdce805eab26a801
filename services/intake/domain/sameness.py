"""By what a person is known again: never by a birth date, a name or a number alone.

Promise: two people of one household, twins among them, are two people here. Who moved, or told
another number, may not be known again: a missed repeat costs less than help refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Parts = tuple[tuple[str, str], ...]

MOST = 4
REACHED_BY = {"email": "email", "phone": "phone", "text": "phone"}


@dataclass(frozen=True, slots=True)
class Known:
    """What was told of who somebody is; nothing where it was not told."""

    given_name: str
    family_name: str
    born: str | None
    postcode: str | None
    channels: tuple[tuple[str, str], ...] = ()


def probes(known: Known) -> tuple[tuple[str, Parts], ...]:
    """Return by which parts, taken together, this person may be known again: at most four."""
    return tuple(dict.fromkeys((*_at_home(known), *_reached(known))))[:MOST]


def _at_home(known: Known) -> Iterable[tuple[str, Parts]]:
    if known.born and known.postcode and known.given_name.strip():
        born, postcode = ("born", known.born), ("postcode", known.postcode)
        yield "person at home", (*_name(known), born, postcode)


def _reached(known: Known) -> Iterable[tuple[str, Parts]]:
    for kind, value in known.channels:
        field = REACHED_BY.get(kind)
        if field and value and known.given_name.strip():
            yield f"person by {field}", (*_name(known), (field, value))


def _name(known: Known) -> Parts:
    return ("name", known.given_name), ("name", known.family_name)


def is_repeat(needs: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two requests of one person ask for some of the same help."""
    return not set(needs).isdisjoint(other)
