"""What identity does when it hears something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.identity.heard import AgencyChanged
from services.identity.usecases import keep_agency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.identity.storage import IdentityTransaction


def follow_agency(event: AgencyChanged, tx: IdentityTransaction) -> None:
    """Keep the agency; when it leaves, end what its staff and clients may do."""
    keep_agency(event.agency_id, event.name, active=event.active, tx=tx)


HANDLERS: Mapping[type, Callable[[Any, Any], None]] = {AgencyChanged: follow_agency}
