"""What identity can tell again: who the staff are, and which clients may ask for tokens.

Ended sign-ons are not among it: a service asks about each of its sessions anew within minutes,
so one that missed an ending keeps a session no longer than one that was offline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from services.identity.messages import ClientRevoked
from services.identity.storage import ACCOUNT, CLIENT
from services.identity.teams import facts_of, staff_changed
from services.identity.usecases import registered
from shared.bus.restating import next_rows

if TYPE_CHECKING:
    from uuid import UUID

    from services.identity.storage import IdentityTransaction
    from shared.bus.restating import Part


def restate_staff(tx: IdentityTransaction, after: UUID | None, limit: int) -> UUID | None:
    """Tell again who the next members of staff are."""
    rows = tx.all(next_rows(select(ACCOUNT), ACCOUNT.c.id, after, limit))
    for row in rows:
        event = staff_changed(row.id, facts_of(row))
        tx.restate(event, sequence=row.version, since=tx.now)
    return rows[-1].id if rows else None


def restate_clients(tx: IdentityTransaction, after: str | None, limit: int) -> str | None:
    """Tell again which of the next clients are to be believed."""
    rows = tx.all(next_rows(select(CLIENT), CLIENT.c.client_id, after, limit))
    for row in rows:
        if row.believed:
            tx.restate(registered(row), sequence=row.version, since=tx.now)
        else:
            event = ClientRevoked(row.client_id, row.agency_id)
            tx.restate(event, sequence=row.version, since=row.revoked_at or tx.now)
    return rows[-1].client_id if rows else None


PARTS: tuple[Part, ...] = (restate_staff, restate_clients)
