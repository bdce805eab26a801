"""Who could be told, and what: the boxes of the consent page, and what ticking them means.

Promise: one box per named agency and kind of information, none ticked for the person;
what was not ticked is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from services.intake.domain.submission import Grant
from services.intake.http.public import answers
from services.intake.usecases import FittingService, fitting_services

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Row

    from services.intake.drafts import Draft
    from services.intake.storage import IntakeTransaction

PURPOSE = "refer"
WHO, PLACE, STORY = "who", "place", "story"
CATEGORIES = {WHO: ("identity", "contact"), PLACE: ("address",), STORY: ("story",)}


@dataclass(frozen=True, slots=True)
class Box:
    """One box to tick."""

    value: str
    kind: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """One agency that could help, with what it would do and what it could be told."""

    agency_id: UUID
    agency: str
    services: tuple[FittingService, ...]
    boxes: tuple[Box, ...]

    @property
    def by_hand(self) -> bool:
        """Tell whether this is the coordinator, who searches where no service fits."""
        return not self.services


def offers(draft: Draft, tx: IntakeTransaction) -> tuple[Offer, ...]:
    """Return the agencies that could help with this draft, by name; if none, the coordinator."""
    fitting = fitting_services(
        answers.needs(draft),
        answers.area_codes(draft),
        answers.age(draft, tx.now.date()),
        tx,
    )
    kinds = tuple(_kinds(draft))
    ordered = sorted(fitting, key=_agency)
    found = tuple(
        _offer(agency_id, name, tuple(run), kinds)
        for (name, agency_id), run in groupby(ordered, key=_agency)
    )
    return found or tuple(_offer(hub.id, hub.name, (), kinds) for hub in hubs(tx))


def grants(offered: Iterable[Offer], ticked: Collection[str]) -> tuple[Grant, ...]:
    """Return one grant per agency: what was ticked is given, an agency without ticks refused."""
    return tuple(_grant(offer, ticked) for offer in offered)


def values(offered: Iterable[Offer]) -> list[str]:
    """Return the value of every box."""
    return [box.value for offer in offered for box in offer.boxes]


def without_a_name(offered: Iterable[Offer], ticked: Collection[str]) -> list[Offer]:
    """Return the agencies that would be told something, but not who it is about."""
    return [
        offer
        for offer in offered
        if not {box.value for box in offer.boxes}.isdisjoint(ticked)
        and f"{offer.agency_id}.{WHO}" not in ticked
    ]


def _kinds(draft: Draft) -> Iterable[str]:
    yield WHO
    if answers.postcode(draft):
        yield PLACE
    if answers.story(draft):
        yield STORY


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


def _grant(offer: Offer, ticked: Collection[str]) -> Grant:
    given = [box.kind for box in offer.boxes if box.value in ticked]
    asked = given or [box.kind for box in offer.boxes]
    categories = tuple(category for kind in asked for category in CATEGORIES[kind])
    return Grant(PURPOSE, offer.agency_id, categories, "given" if given else "refused")
