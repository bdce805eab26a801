"""What a form offers that is in no definition: the agencies and practices of today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from services.intake.forms import Option, Page
from services.intake.storage import tables as t

if TYPE_CHECKING:
    from services.intake.storage import IntakeTransaction

PRACTICE, HUB = "practice", "hub"
AGENCIES = "agencies"
_ENTRY = select(t.guide.c.service_id).where(t.guide.c.agency_id == t.agency.c.id)
_ACTIVE = (
    select(t.agency.c.id, t.agency.c.name, t.agency.c.kind, t.agency.c.phone)
    .where(
        t.agency.c.active,
        # Who runs only services that the public must not find is not named to it either.
        ~exists(_ENTRY) | exists(_ENTRY.where(t.guide.c.listed == "public")),
    )
    .order_by(t.agency.c.name, t.agency.c.id)
)


@dataclass(frozen=True, slots=True)
class Around:
    """Who may be chosen from, by name; and who coordinates, with the number to ring."""

    agencies: tuple[Option, ...] = ()
    practices: tuple[Option, ...] = ()
    hub: str = ""
    hub_phone: str = ""

    @property
    def facts(self) -> frozenset[str]:
        """Return what conditions may ask about."""
        there = {AGENCIES: self.agencies, PRACTICE: self.practices}
        return frozenset(name for name, options in there.items() if options)

    def choices(self, page: Page) -> dict[str, tuple[Option, ...]]:
        """Return what may be chosen in those fields of *page* whose list is not fixed."""
        lists = {AGENCIES: self.agencies, PRACTICE: self.practices}
        return {field.name: lists[field.type] for field in page.fields if field.type in lists}


def around(tx: IntakeTransaction) -> Around:
    """Return who may be chosen from now."""
    rows = tx.ask(_ACTIVE)
    options = [(row.kind, Option(str(row.id), {"en": row.name})) for row in rows]
    hubs = [(row.name, row.phone) for row in rows if row.kind == HUB]
    return Around(
        tuple(option for kind, option in options if kind != PRACTICE),
        tuple(option for kind, option in options if kind == PRACTICE),
        *(hubs[0] if hubs else ()),
    )
