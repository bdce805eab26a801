"""What identity does when it hears something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.identity.heard import AgencyChanged, ServicePublished
from services.identity.teams import know_team
from services.identity.usecases import follow_agency, keep_agency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.identity.storage import IdentityTransaction


def follow(event: AgencyChanged, tx: IdentityTransaction) -> None:
    """Keep the agency; when it leaves, end what its staff and clients may do."""
    follow_agency(event.agency_id, event.name, tx.told_version, tx, active=event.active)


def remember(event: AgencyChanged, tx: IdentityTransaction) -> None:
    """Keep the copy of an agency that is told again."""
    keep_agency(event.agency_id, event.name, tx.told_version, tx, active=event.active)


HANDLERS: Mapping[type, Callable[[Any, Any], None]] = {
    AgencyChanged: follow,
    ServicePublished: know_team,
}
RESTATED: Mapping[type, Callable[[Any, Any], None]] = {
    AgencyChanged: remember,
    ServicePublished: know_team,
}
