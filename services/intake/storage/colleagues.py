"""Staff by the names people know them by; nobody is told whether a name was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.intake.domain.agency_names import agencies_meant
from services.intake.domain.naming import who_may_be_meant
from services.intake.storage.outreach_tables import colleague
from services.intake.storage.tables import agency
from shared.blind_index import normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from shared.storage import Transaction

_EVERYBODY = (
    select(colleague.c.staff_id, colleague.c.name, agency.c.name.label("agency"))
    .join(agency, agency.c.id == colleague.c.agency_id)
    .where(colleague.c.active)
    .order_by(colleague.c.name, agency.c.name, colleague.c.staff_id)
)
_AGENCIES = (
    select(agency.c.id, agency.c.name).where(agency.c.active).order_by(agency.c.name, agency.c.id)
)
_ACTIVE = select(colleague.c.staff_id, colleague.c.name).where(colleague.c.active)


def everybody(tx: Transaction) -> list[Any]:
    """Return every active member of staff with the name of their agency, by name."""
    return tx.ask(_EVERYBODY)


def staff_named(names: Iterable[str], tx: Transaction) -> tuple[UUID, ...]:
    """Return every active member of staff who has one of these *names*, however it is written."""
    wanted = {normalise("name", name) for name in names} - {b""}
    if not wanted:
        return ()
    rows: list[Any] = tx.ask(_ACTIVE)
    return tuple(row.staff_id for row in rows if normalise("name", row.name) in wanted)


def staff_perhaps_named(names: Collection[str], tx: Transaction) -> tuple[UUID, ...]:
    """Return every active member of staff whom one of these *names* may mean."""
    rows: list[Any] = tx.ask(_ACTIVE) if names else []
    return who_may_be_meant(names, ((row.staff_id, row.name) for row in rows))


def agencies_named(names: Iterable[str], tx: Transaction) -> tuple[UUID, ...]:
    """Return every active agency that one of these *names* means, however it is written."""
    said = [name for name in names if name.strip()]
    on_file = [(row.id, row.name) for row in (tx.ask(_AGENCIES) if said else [])]
    meant = {one for name in said for one in agencies_meant(name, on_file)}
    return tuple(one for one, _name in on_file if one in meant)


def all_agencies(tx: Transaction) -> list[Any]:
    """Return every active agency, by name: for a coordinator, who may know of each."""
    return tx.ask(_AGENCIES)


def is_new_name(staff_id: UUID, name: str, tx: Transaction) -> bool:
    """Tell whether this member of staff is not on file yet as active under *name*."""
    mine = select(colleague.c.name, colleague.c.active).where(colleague.c.staff_id == staff_id)
    row = tx.one(mine)
    return row is None or not row.active or normalise("name", row.name) != normalise("name", name)
