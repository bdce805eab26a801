"""Pausing a service for the whole network, and ending that: the coordinator's decision.

Promise: a pause says why and sends nobody new; whoever is with the service already stays there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.errors import ClosureRefusedError, ServiceNotFoundError, ServiceStandsError
from services.matching.usecases.closing import LONGEST_TEXT
from services.matching.usecases.telling import tell_service
from shared.errors import Fault, ForbiddenError

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

COORDINATES = frozenset({"coordinator"})
SAY_WHY = "Say why, in words the agency may read."


def pause_service(service_id: UUID, reason: str, tx: MatchingTransaction) -> None:
    """Send nobody new to a service, for a reason."""
    _check(service_id, tx, paused=False)
    said = reason.strip()
    if not 0 < len(said) <= LONGEST_TEXT:
        raise ClosureRefusedError(SAY_WHY, [Fault("/reason", SAY_WHY)])
    _decide(service_id, "paused", said, tx)


def end_pause(service_id: UUID, tx: MatchingTransaction) -> None:
    """Let people be sent to a service again."""
    _check(service_id, tx, paused=True)
    _decide(service_id, "unpaused", "", tx)


def _check(service_id: UUID, tx: MatchingTransaction, *, paused: bool) -> None:
    if tx.actor.roles.isdisjoint(COORDINATES):
        raise ForbiddenError("Only the coordinator may decide this.")
    row = tx.service_row(service_id)
    if row is None:
        raise ServiceNotFoundError
    if row.paused != paused:
        raise ServiceStandsError("The service stands so already.")


def _decide(service_id: UUID, kind: str, reason: str, tx: MatchingTransaction) -> None:
    tx.change_service(service_id, paused=kind == "paused")
    tx.keep_decision(service_id, kind, decided_by=tx.actor.name or "", reason=reason)
    tell_service(service_id, tx)
