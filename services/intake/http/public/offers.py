"""Who could be told, and what: the boxes of the consent page, and what ticking them means.

Promise: one box per purpose, named agency and kind of information, none ticked for the
person; what was not ticked is refused. Whom the person hid it from is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from services.intake.domain.submission import Grant
from services.intake.usecases import FittingService, fitting_services

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Row

    from services.intake.http.public.answers import Answers
    from services.intake.storage import IntakeTransaction

PURPOSE = "refer"
WHO, PLACE, STORY, HOUSEHOLD, ACCESS = "who", "place", "story", "household", "access"
COUNT = "count"
CATEGORIES = {
    WHO: ("identity", "contact"),
    PLACE: ("address",),
    STORY: ("story",),
    HOUSEHOLD: ("household",),
    ACCESS: ("access_needs",),
    COUNT: ("household", "access_needs"),
}
ONLY_WHO = ("identity",)
"""Who is told beside the agencies that help has no need to reach the person."""
REVIEW, STATISTICS = "case_review", "statistics"
PRACTICES = {"gp": "tell_gp", "health_visitor": "tell_health_visitor"}


@dataclass(frozen=True, slots=True)
class Box:
    """One box to tick."""

    value: str
    kind: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """One agency that could be told for one purpose, with what it would do and could be told."""

    agency_id: UUID
    agency: str
    services: tuple[FittingService, ...]
    boxes: tuple[Box, ...]
    purpose: str = PURPOSE

    @property
    def helps(self) -> bool:
        """Tell whether this agency would be asked to help."""
        return self.purpose == PURPOSE

    @property
    def by_hand(self) -> bool:
        """Tell whether this is the coordinator, who searches where no service fits."""
        return self.helps and not self.services

    @property
    def key(self) -> str:
        """Return what the values of this offer's boxes begin with."""
        return f"{self.agency_id}" if self.helps else f"{self.purpose}.{self.agency_id}"


def offers(told: Answers, tx: IntakeTransaction) -> tuple[Offer, ...]:
    """Return who could help, by name; if nobody, the coordinator; then who else may know."""
    hidden = frozenset((*told.hidden, *told.hidden_teams))
    age = told.age(tx.now.date())
    fitting = [
        service
        for service in fitting_services(told.needs, told.area_codes, age, tx)
        if hidden.isdisjoint((service.agency_id, service.service_id))
    ]
    kinds = tuple(_kinds(told))
    helping = tuple(
        _offer(agency_id, name, tuple(run), kinds)
        for (name, agency_id), run in groupby(sorted(fitting, key=_agency), key=_agency)
    )
    hub = next((hub for hub in hubs(tx) if hub.id not in hidden), None)
    if not helping:
        return (_offer(hub.id, hub.name, (), kinds),) if hub else ()
    return helping + tuple(_besides(told, hub, kinds, tx))


def _besides(
    told: Answers, hub: Row[Any] | None, kinds: tuple[str, ...], tx: IntakeTransaction
) -> Iterable[Offer]:
    """Yield who else may know, each for a purpose of its own."""
    for name, purpose in PRACTICES.items():
        practice = told.practice(name)
        row = tx.agency_row(practice) if practice else None
        if row is not None and row.active:
            yield _other(purpose, row, tuple(k for k in kinds if k in {WHO, STORY}))
    if hub:
        yield _other(REVIEW, hub, tuple(kind for kind in kinds if kind != PLACE))
        yield _other(STATISTICS, hub, (COUNT,))


def grants(offered: Iterable[Offer], ticked: Collection[str]) -> tuple[Grant, ...]:
    """Return one grant per offer: what was ticked is given, an offer without ticks refused."""
    return tuple(_grant(offer, ticked) for offer in offered)


def values(offered: Iterable[Offer]) -> list[str]:
    """Return the value of every box."""
    return [box.value for offer in offered for box in offer.boxes]


def without_a_name(offered: Iterable[Offer], ticked: Collection[str]) -> list[Offer]:
    """Return the agencies that would be told something, but not who it is about.

    Who only counts needs no name.
    """
    return [
        offer
        for offer in offered
        if offer.purpose != STATISTICS
        and not {box.value for box in offer.boxes}.isdisjoint(ticked)
        and f"{offer.key}.{WHO}" not in ticked
    ]


def _kinds(told: Answers) -> Iterable[str]:
    yield WHO
    if told.address:
        yield PLACE
    if told.story:
        yield STORY
    if told.household:
        yield HOUSEHOLD
    if told.access_needs:
        yield ACCESS


def hubs(tx: IntakeTransaction) -> list[Row[Any]]:
    """Return who coordinates this partnership: id, name and phone."""
    agency = tx.table("agency")
    facts = select(agency.c.id, agency.c.name, agency.c.phone)
    return tx.all(facts.where(agency.c.kind == "hub", agency.c.active))


def _agency(service: FittingService) -> tuple[str, UUID]:
    return service.agency, service.agency_id


def _offer(
    agency_id: UUID, agency: str, services: tuple[FittingService, ...], kinds: tuple[str, ...]
) -> Offer:
    needed = {category for service in services for category in service.categories} or {"identity"}
    boxes = tuple(
        Box(f"{agency_id}.{kind}", kind, not needed.isdisjoint(CATEGORIES[kind])) for kind in kinds
    )
    return Offer(agency_id, agency, services, boxes)


def _other(purpose: str, agency: Row[Any], kinds: tuple[str, ...]) -> Offer:
    boxes = tuple(Box(f"{purpose}.{agency.id}.{kind}", kind) for kind in kinds)
    return Offer(agency.id, agency.name, (), boxes, purpose)


def _grant(offer: Offer, ticked: Collection[str]) -> Grant:
    given = [box.kind for box in offer.boxes if box.value in ticked]
    asked = given or [box.kind for box in offer.boxes]
    categories = tuple(category for kind in asked for category in _categories(offer, kind))
    return Grant(offer.purpose, offer.agency_id, categories, "given" if given else "refused")


def _categories(offer: Offer, kind: str) -> tuple[str, ...]:
    return ONLY_WHO if kind == WHO and not offer.helps else CATEGORIES[kind]
