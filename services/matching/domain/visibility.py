"""Who may see which entry of the guide, and what of its contact and its place.

Promise: closed by default. What an agency did not open is shown to nobody but itself; where a
hidden service is, only its own agency is ever told.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID


class Listed(StrEnum):
    """Who finds an entry."""

    PUBLIC = "public"
    PARTNERS = "partners"
    BY_WORKER_ONLY = "by_worker_only"


class Location(StrEnum):
    """What is told of where a service is."""

    SHOWN = "shown"
    AREA_ONLY = "area_only"
    HIDDEN = "hidden"


class ContactPublic(StrEnum):
    """What the public is told of whom to ask."""

    ROLE = "role"
    NAMED = "named"
    NONE = "none"


class Audience(StrEnum):
    """Who reads the guide: anybody, a partner's system, its worker, the hub, or the agency."""

    PUBLIC = "public"
    PARTNER = "partner"
    WORKER = "worker"
    HUB = "hub"
    OWN = "own"


PUBLIC = (Listed.PUBLIC,)
PARTNERS = (Listed.PUBLIC, Listed.PARTNERS)
EVERYTHING = tuple(Listed)
LISTS: dict[Audience, tuple[Listed, ...]] = {
    Audience.PUBLIC: PUBLIC,
    Audience.PARTNER: PARTNERS,
    Audience.WORKER: EVERYTHING,
    Audience.HUB: EVERYTHING,
    Audience.OWN: EVERYTHING,
}
REFERRING_ROLES = frozenset({"worker", "manager", "safeguarding", "coordinator"})
CONTACT = ("name", "role", "phone", "email")
PUBLIC_CONTACT: dict[str, tuple[str, ...]] = {
    ContactPublic.NAMED: CONTACT,
    ContactPublic.ROLE: ("role", "phone"),
    ContactPublic.NONE: (),
}
"""An e-mail address often is a name, so it goes with the name."""


def audience(
    kind: str, roles: Collection[str], mine: UUID | None, of: UUID | None, *, hub: bool = False
) -> Audience:
    """Return as whom somebody of agency *mine* reads an entry of agency *of*."""
    if kind not in {"staff", "client", "system"}:
        return Audience.PUBLIC
    if kind == "system" or (of is not None and mine == of):
        return Audience.OWN
    if hub:
        return Audience.HUB
    works = kind == "staff" and not REFERRING_ROLES.isdisjoint(roles)
    return Audience.WORKER if works else Audience.PARTNER


def contact_for(
    reader: Audience, listed: str, rule: str, contact: Mapping[str, Any]
) -> dict[str, str]:
    """Return what *reader* is told of whom to ask; the rest is empty."""
    open_to_partners = listed in PARTNERS and reader in {Audience.PARTNER, Audience.WORKER}
    full = reader in {Audience.OWN, Audience.HUB} or open_to_partners
    shown = CONTACT if full else PUBLIC_CONTACT.get(rule, ())
    return {part: (contact.get(part) or "") if part in shown else "" for part in CONTACT}


def may_ring_agency(reader: Audience, listed: str, rule: str) -> bool:
    """Tell whether the agency's own number may stand beside the entry."""
    if reader is Audience.PUBLIC:
        return rule != ContactPublic.NONE
    return reader in {Audience.OWN, Audience.HUB} or listed in PARTNERS


def location_for(reader: Audience, rule: str) -> Location:
    """Return how much of the place *reader* is told; an unknown rule tells nothing."""
    if reader is Audience.OWN:
        return Location.SHOWN
    return Location(rule) if rule in set(Location) else Location.HIDDEN
