"""The guide in memory: what its entries say and how each service stands, by need and area.

Promise: it is only ever brought up to what is committed; a transaction that has written to the
guide itself, and may yet be undone, looks at what it wrote beside it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.matching.domain.choice import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from services.matching.domain.criteria import Situation

ANYWHERE = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A service that could be asked: its entry as the choice sees it, and of which version.

    `taking_part` is whether its agency does; `categories` are what it cannot do without.
    """

    entry: Entry
    version: int
    categories: frozenset[str]
    taking_part: bool
    declared_wait: int | None = None


class GuideIndex:
    """Every service by need and area, as of the change with `number`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.number: int | None = None
        self._place: dict[UUID, int] = {}
        self._options: list[Option] = []
        self._found: dict[tuple[str, str], set[int]] = {}
        self._offering: dict[str, set[int]] = {}

    def learn(self, option: Option) -> None:
        """Take a service, new or changed."""
        here = self._place.setdefault(option.entry.service_id, len(self._options))
        if here == len(self._options):
            self._options.append(option)
            self._enter(here, option)
            return
        known, self._options[here] = self._options[here], option
        if known.version != option.version:
            for key in _keys(known):
                self._found[key].discard(here)
                self._offering[key[0]].discard(here)
            self._enter(here, option)

    def _enter(self, here: int, option: Option) -> None:
        for need, area in _keys(option):
            self._found.setdefault((need, area), set()).add(here)
            self._offering.setdefault(need, set()).add(here)

    def fitting(self, situation: Situation) -> list[Option]:
        """Return the services that offer a need where the person lives, or where is unknown."""
        options = self._options
        return [options[here] for here in self._fitting(situation)]

    def _fitting(self, situation: Situation) -> set[int]:
        needs, found = situation.needs, self._found
        if not situation.area_codes:
            return set().union(*[self._offering.get(need, ()) for need in needs])
        areas = (ANYWHERE, *situation.area_codes)
        keys = [(need, area) for need in needs for area in areas]
        return set().union(*[found[key] for key in keys if key in found])

    def named(self, ids: Iterable[UUID]) -> list[Option]:
        """Return these services, as far as there are such."""
        places = [self._place.get(one) for one in ids]
        return [self._options[here] for here in places if here is not None]

    def elsewhere(self, situation: Situation) -> frozenset[str]:
        """Return the needs that somebody offers, though not where the person lives."""
        here = self._fitting(situation)
        return frozenset(n for n in situation.needs if not self._offering.get(n, here) <= here)

    def known(self, service_id: UUID) -> Option | None:
        """Return how a service was known last."""
        here = self._place.get(service_id)
        return None if here is None else self._options[here]


def _keys(option: Option) -> list[tuple[str, str]]:
    criteria = option.entry.criteria
    areas = criteria.area_codes or (ANYWHERE,)
    return [(need, area) for need in criteria.needs for area in areas]
