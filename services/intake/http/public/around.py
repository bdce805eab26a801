"""What a form offers that is in no definition: the agencies and practices of today."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select

from services.intake.forms import Option, Page
from services.intake.storage import tables as t

if TYPE_CHECKING:
    from services.intake.storage import IntakeTransaction

PRACTICE, HUB = "practice", "hub"
AGENCIES, TEAMS = "agencies", "teams"
_ENTRY = select(t.guide.c.service_id).where(t.guide.c.agency_id == t.agency.c.id)
_ACTIVE = (
    select(t.agency.c.id, t.agency.c.name, t.agency.c.kind, t.agency.c.phone)
    .where(
        t.agency.c.active,
        # Whom the public must not find may have no entry yet: only who shows one is named, and
        # those two kinds that are known to everybody and have none.
        or_(
            t.agency.c.kind == PRACTICE,
            t.agency.c.kind == HUB,
            exists(_ENTRY.where(t.guide.c.listed == "public")),
        ),
    )
    .order_by(t.agency.c.name, t.agency.c.id)
)
_TEAMS = (
    select(t.guide.c.service_id, t.guide.c.name, t.agency.c.id, t.agency.c.name.label("agency"))
    .join(t.agency, t.agency.c.id == t.guide.c.agency_id)
    .where(t.agency.c.active, t.guide.c.listed == "public")
    .order_by(t.agency.c.name, t.agency.c.id, t.guide.c.name, t.guide.c.service_id)
)


@dataclass(frozen=True, slots=True)
class Around:
    """Who may be chosen from, by name; and who coordinates, with the number to ring."""

    agencies: tuple[Option, ...] = ()
    practices: tuple[Option, ...] = ()
    hub: str = ""
    hub_phone: str = ""
    teams: tuple[Option, ...] = ()

    @property
    def facts(self) -> frozenset[str]:
        """Return what conditions may ask about."""
        there = {AGENCIES: self.agencies, PRACTICE: self.practices}
        return frozenset(name for name, options in there.items() if options)

    def choices(self, page: Page) -> dict[str, tuple[Option, ...]]:
        """Return what may be chosen in those fields of *page* whose list is not fixed."""
        lists = {AGENCIES: self.agencies, PRACTICE: self.practices, TEAMS: self.teams}
        return {field.name: lists[field.type] for field in page.fields if field.type in lists}


def around(tx: IntakeTransaction, page: Page | None = None) -> Around:
    """Return who may be chosen from now; teams, which are many, only where *page* asks for them."""
    asks = page is None or any(field.type == TEAMS for field in page.fields)
    rows = tx.ask(_ACTIVE)
    options = [(row.kind, Option(str(row.id), {"en": row.name})) for row in rows]
    hub, phone = next(((row.name, row.phone) for row in rows if row.kind == HUB), ("", ""))
    return Around(
        tuple(option for kind, option in options if kind != PRACTICE),
        tuple(option for kind, option in options if kind == PRACTICE),
        hub,
        phone,
        teams(tx) if asks else (),
    )


def teams(tx: IntakeTransaction) -> tuple[Option, ...]:
    """Return the services of agencies that have several: each is a team that may not know."""
    by_agency = (list(run) for _, run in groupby(tx.ask(_TEAMS), key=lambda row: row.id))
    return tuple(
        Option(str(row.service_id), {"en": f"{row.agency}: {row.name}"})
        for run in by_agency
        if len(run) > 1
        for row in run
    )
