"""Telling the other services what the guide says, and how many places an agency has.

Promise: whatever is told of one service takes the next number, so that its readers know the
newest and the log knows when one is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.capacity import status
from services.matching.messages import CapacityChanged, ServicePublished
from services.matching.storage.guide import entry_of, places_of, standing_of

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction


def tell_service(service_id: UUID, tx: MatchingTransaction) -> None:
    """Announce a service's entry in the guide, new or changed."""
    for row in tx.services_named([service_id]):
        tx.announce(published(row, tx.now), sequence=tx.next_telling(service_id))


def tell_capacity(service_id: UUID, tx: MatchingTransaction) -> None:
    """Announce a service's figure and the state it leads to."""
    for row in tx.services_named([service_id]):
        figure = figure_of(row, tx.now)
        if figure is not None:
            tx.announce(figure, sequence=tx.next_telling(service_id))


def tell_if_free_is(count: int, service_id: UUID, tx: MatchingTransaction) -> None:
    """Announce the figure when *count* places are left: that is when its state may change."""
    for row in tx.services_named([service_id]):
        figure = places_of(row)
        if figure is not None and figure.free == count:
            tell_capacity(service_id, tx)


def published(row: Row[Any], now: datetime) -> ServicePublished:
    """Return what is told of an entry of the guide."""
    entry = entry_of(row.entry)
    return ServicePublished(
        service_id=row.id,
        agency_id=row.agency_id,
        name=entry["name"],
        description=entry["description"],
        needs=tuple(entry["needs"]),
        area_codes=tuple(entry["area_codes"]),
        minimum_age=entry["minimum_age"],
        maximum_age=entry["maximum_age"],
        categories=tuple(entry["categories"]),
        status=status(standing_of(row), now),
        listed=row.listed,
    )


def figure_of(row: Row[Any], now: datetime) -> CapacityChanged | None:
    """Return what is told of a service's places, None while its agency never said."""
    figure = places_of(row)
    if figure is None:
        return None
    return CapacityChanged(
        service_id=row.id,
        agency_id=row.agency_id,
        places=figure.places,
        takes_waiting_list=figure.takes_waiting_list,
        as_of=figure.as_of,
        status=status(standing_of(row), now),
    )
