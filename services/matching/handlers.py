"""What matching does when it hears something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.heard import RequestSubmitted, StaffChanged
from services.matching.storage import tables as t
from services.matching.usecases import keep_copy, place_request
from shared.web import standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.matching.storage import MatchingTransaction


def match(event: RequestSubmitted, tx: MatchingTransaction) -> None:
    """Put the request to the services the person agreed to."""
    place_request(event, tx)


def remember_request(event: RequestSubmitted, tx: MatchingTransaction) -> None:
    """Keep the copy of a request that is told again; it was, or will be, placed by its first."""
    keep_copy(event, tx)


def remember_staff(event: StaffChanged, tx: MatchingTransaction) -> None:
    """Keep who works where."""
    tx.keep_newest(
        t.staff,
        id=event.staff_id,
        agency_id=event.agency_id,
        name=event.name,
        roles=list(event.roles),
        active=event.active,
        version=tx.told_version,
    )


HANDLERS: dict[type, Callable[[Any, Any], None]] = {
    RequestSubmitted: match,
    StaffChanged: remember_staff,
    **standing.HANDLERS,
}
RESTATED: dict[type, Callable[[Any, Any], None]] = {
    RequestSubmitted: remember_request,
    StaffChanged: remember_staff,
    **standing.RESTATED,
}
