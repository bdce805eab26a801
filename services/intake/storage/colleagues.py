"""Staff by the names people know them by; nobody is told whether a name was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.intake.storage.outreach_tables import colleague
from shared.blind_index import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from shared.storage import Transaction

_ACTIVE = select(colleague.c.staff_id, colleague.c.name).where(colleague.c.active)


def staff_named(names: Iterable[str], tx: Transaction) -> tuple[UUID, ...]:
    """Return every active member of staff who has one of these *names*, however it is written."""
    wanted = {normalise("name", name) for name in names} - {b""}
    if not wanted:
        return ()
    rows: list[Any] = tx.ask(_ACTIVE)
    return tuple(row.staff_id for row in rows if normalise("name", row.name) in wanted)
