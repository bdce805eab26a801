"""What the public feed reads: listed public entries, and where imported ones came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.matching.domain.visibility import PUBLIC
from services.matching.storage import tables as t
from services.matching.storage.import_tables import imported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Row

    from shared.storage import Transaction

_c = t.service.c
_LAST_VERSION = (t.service_version.c.service_id == _c.id) & (
    t.service_version.c.version == _c.version
)
_PUBLISHED = (
    select(
        t.service,
        t.capacity.c.places,
        t.capacity.c.as_of,
        t.capacity.c.takes_waiting_list,
        t.capacity.c.reserved,
        t.capacity.c.accepted,
        t.capacity.c.version.label("capacity_version"),
        t.agency.c.name.label("agency_name"),
        t.agency.c.phone.label("agency_phone"),
        t.agency.c.kind.label("agency_kind"),
        t.agency.c.mailbox.label("agency_mailbox"),
        t.service_version.c.at.label("changed_at"),
        imported.c.assured_on,
        imported.c.unassured_since,
    )
    .join(t.capacity, t.capacity.c.service_id == _c.id)
    .join(t.agency, t.agency.c.id == _c.agency_id)
    .join(t.service_version, _LAST_VERSION)
    .outerjoin(imported, imported.c.service_id == _c.id)
    .where(t.agency.c.active, _c.listed.in_(PUBLIC))
)


def public_entries(
    tx: Transaction, *, needs: Sequence[str] | None = None, agency_id: UUID | None = None
) -> list[Row[Any]]:
    """Return id, agency and text of every public entry, in the order of their ids."""
    query = select(_c.id, _c.agency_id, _c.entry).join(t.agency, t.agency.c.id == _c.agency_id)
    query = query.where(t.agency.c.active, _c.listed.in_(PUBLIC)).order_by(_c.id)
    if needs is not None:
        offering = select(t.service_need.c.service_id).where(t.service_need.c.need.in_(needs))
        query = query.where(_c.id.in_(offering))
    return tx.all(query.where(_c.agency_id == agency_id) if agency_id else query)


def origin(agency_id: UUID, key: str, tx: Transaction) -> UUID | None:
    """Return the entry that its source knows by *key*."""
    this = (imported.c.agency_id == agency_id) & (imported.c.source_key == key)
    row = tx.one(select(imported.c.service_id).where(this).order_by(imported.c.service_id))
    return row.service_id if row else None


def keep_origin(service_id: UUID, tx: Transaction, **values: Any) -> None:  # noqa: ANN401 - columns
    """Keep where a new entry came from."""
    tx.insert(imported, service_id=service_id, at=tx.now, **values)


def published(ids: Sequence[UUID], tx: Transaction) -> list[Row[Any]]:
    """Return the public entries with these *ids* and all that the feed tells of them."""
    return tx.all(_PUBLISHED.where(_c.id.in_(ids)).order_by(_c.id)) if ids else []


def publishers(tx: Transaction) -> list[Row[Any]]:
    """Return the public entries' rows, an agency's together, for what is told of agencies."""
    return tx.all(_PUBLISHED.order_by(_c.agency_id, _c.id))
