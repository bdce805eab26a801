"""Which services could fit, for the page on which a person says who may know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

TAKES_REQUESTS = frozenset({"open", "open_waiting_list", "unknown", "unassured"})
"""An entry nobody has checked for a year is doubtful, and may be asked all the same."""
PUBLIC = frozenset({"public"})
PARTNERS = frozenset({*PUBLIC, "partners"})
WORKERS = frozenset({*PARTNERS, "by_worker_only"})
"""Which entries are for whom to find: the public's own pages show only what everybody may."""


@dataclass(frozen=True, slots=True)
class FittingService:
    """A service that could help, and what its agency would need to be told."""

    service_id: UUID
    name: str
    description: str
    needs: tuple[str, ...]
    status: str
    categories: tuple[str, ...]
    agency_id: UUID
    agency: str


def fitting_services(
    needs: Sequence[str],
    area_codes: Sequence[str],
    age: int | None,
    tx: IntakeTransaction,
    listed: Collection[str] = PUBLIC,
) -> tuple[FittingService, ...]:
    """Return the open services of active agencies that could fit, by agency name.

    What is not known about the person (area, age) never excludes a service.
    """
    return tuple(
        _shown(row)
        for row in tx.open_guide()
        if row.status in TAKES_REQUESTS
        and row.listed in listed
        and not set(needs).isdisjoint(row.needs)
        and _reaches(row.area_codes, area_codes)
        and _takes(row, age)
    )


def _reaches(served: Sequence[str], home: Sequence[str]) -> bool:
    return not served or not home or not set(served).isdisjoint(home)


def _takes(row: Row[Any], age: int | None) -> bool:
    if age is None:
        return True
    old_enough = row.minimum_age is None or age >= row.minimum_age
    return old_enough and (row.maximum_age is None or age <= row.maximum_age)


def _shown(row: Row[Any]) -> FittingService:
    return FittingService(
        service_id=row.service_id,
        name=row.name,
        description=row.description,
        needs=tuple(row.needs),
        status=row.status,
        categories=tuple(row.categories),
        agency_id=row.agency_id,
        agency=row.agency,
    )
