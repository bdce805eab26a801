"""The guide in memory: what its entries say and how each service stands, by need and area.

Promise: it is only ever brought up to what is committed; a transaction that has written to the
guide itself, and may yet be undone, looks at what it wrote beside it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from sys import intern
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
        self._options: dict[UUID, Option] = {}
        self._found: dict[tuple[str, str], set[UUID]] = {}
        self._offering: dict[str, set[UUID]] = {}

    def learn(self, option: Option) -> None:
        """Take a service, new or changed."""
        service_id = option.entry.service_id
        known = self._options.get(service_id)
        self._options[service_id] = option
        if known is not None and known.version == option.version:
            return
        for key in _keys(known) if known else ():
            self._found[key].discard(service_id)
            self._offering[key[0]].discard(service_id)
        for need, area in _keys(option):
            self._found.setdefault((intern(need), intern(area)), set()).add(service_id)
            self._offering.setdefault(need, set()).add(service_id)

    def fitting(self, situation: Situation) -> set[UUID]:
        """Return the services that offer a need where the person lives, or where is unknown."""
        needs = situation.needs
        if not situation.area_codes:
            return set().union(*(self._offering.get(need, ()) for need in needs))
        areas = (ANYWHERE, *situation.area_codes)
        found = self._found
        return set().union(*(found.get((need, area), ()) for need in needs for area in areas))

    def options(self, ids: Iterable[UUID]) -> list[Option]:
        """Return these services, as far as there are such."""
        known = self._options
        return [known[one] for one in ids if one in known]

    def elsewhere(self, situation: Situation) -> frozenset[str]:
        """Return the needs that somebody offers, though not where the person lives."""
        here = self.fitting(situation)
        return frozenset(n for n in situation.needs if self._offering.get(n, set()) - here)

    def known(self, service_id: UUID) -> Option | None:
        """Return how a service was known last."""
        return self._options.get(service_id)


def _keys(option: Option) -> list[tuple[str, str]]:
    criteria = option.entry.criteria
    areas = criteria.area_codes or (ANYWHERE,)
    return [(need, area) for need in criteria.needs for area in areas]
