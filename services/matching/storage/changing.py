"""A number for every change of what a choice reads, so that what is kept in memory can catch up.

Promise: whatever changes a service, its places or whether its agency takes part gives that
service a higher number than any before, in the same transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from services.matching.storage import tables as t

if TYPE_CHECKING:
    from uuid import UUID

    from shared.storage import Transaction

_latest = t.capacity.alias("latest")
LAST = select(func.coalesce(func.max(_latest.c.changed), 0).label("last"))
NEXT = select(func.coalesce(func.max(_latest.c.changed), 0) + 1).scalar_subquery()
_TOUCH = update(t.capacity).where(t.capacity.c.service_id == bindparam("here")).values(changed=NEXT)
_TOUCH_ALL = (
    update(t.capacity)
    .where(
        t.capacity.c.service_id.in_(
            select(t.service.c.id).where(t.service.c.agency_id == bindparam("agency"))
        )
    )
    .values(changed=NEXT)
)


def touch_service(service_id: UUID, tx: Transaction) -> None:
    """Note that a service has changed."""
    tx.change(_TOUCH, here=service_id)


def touch_agency(agency_id: UUID, tx: Transaction) -> None:
    """Note that all services of an agency have changed."""
    tx.change(_TOUCH_ALL, agency=agency_id)
