"""Telling the other services how many places an agency has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.capacity import status
from services.matching.messages import CapacityChanged
from services.matching.storage.guide import places_of, standing_of

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction


def tell_capacity(service_id: UUID, tx: MatchingTransaction) -> None:
    """Announce a service's figure and the state it leads to."""
    for row in tx.services_named([service_id]):
        figure = places_of(row)
        if figure is None:
            continue
        event = CapacityChanged(
            service_id=service_id,
            agency_id=row.agency_id,
            places=figure.places,
            takes_waiting_list=figure.takes_waiting_list,
            as_of=figure.as_of,
            status=status(standing_of(row), tx.now),
        )
        tx.announce(event, sequence=figure.version)


def tell_if_free_is(count: int, service_id: UUID, tx: MatchingTransaction) -> None:
    """Announce the figure when *count* places are left: that is when its state may change."""
    for row in tx.services_named([service_id]):
        figure = places_of(row)
        if figure is not None and figure.free == count:
            tell_capacity(service_id, tx)
