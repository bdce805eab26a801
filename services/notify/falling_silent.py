"""When a person is no longer to be written to, or perhaps not: what waits is stopped or asked anew.

Promise: once a request is withdrawn, void, erased or its person has died, nothing that waits
leaves; once less is agreed or safe, whatever waits needs a new yes of the gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notify.domain import ERASED, KEPT_BACK, may_tell
from services.notify.heard_of_requests import (
    ConsentExpired,
    ContactChanged,
    RequestErased,
    RequestRestricted,
)
from services.notify.usecases import ask_again, suppress

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from services.notify.heard_of_requests import ConsentGiven, OverrideRecorded
    from services.notify.storage import NotifyTransaction


def be_silent(request_id: UUID, reason: str, tx: NotifyTransaction) -> None:
    """Stop every message to a person that has not left, and every later one but the last word."""
    tx.be_silent(request_id, reason)
    for row in tx.unsent_to_person(request_id):
        if not may_tell(reason, row.template):
            suppress(row, reason, tx)


def forget(event: RequestErased, tx: NotifyTransaction) -> None:
    """Write nobody about what was destroyed."""
    be_silent(event.request_id, ERASED, tx)


def reach_anew(event: Any, tx: NotifyTransaction) -> None:  # noqa: ANN401 - names a request
    """Ask again where to, for whatever has not left yet: the old answer may be wrong now."""
    for row in tx.unsent_to_person(event.request_id):
        ask_again(row, tx)


def keep_from_person(event: OverrideRecorded, tx: NotifyTransaction) -> None:
    """Write the person nothing of agencies they were not told of: others may read their mail."""
    agencies = {grant.recipient for grant in event.grants}
    if event.person_told:
        tx.keep_told(event.request_id, agencies)
        return
    tx.keep_untold(event.request_id, agencies)
    known = tx.referrals_of(event.request_id)
    theirs = {row.referral_id for row in known if row.agency_id in agencies}
    for row in tx.unsent_to_person(event.request_id):
        if row.referral_id in theirs:
            suppress(row, KEPT_BACK, tx)


def know_agreed(event: ConsentGiven, tx: NotifyTransaction) -> None:
    """Write again of agencies the person was not told of, once they agree that these know."""
    tx.keep_told(event.request_id, {grant.recipient for grant in event.grants})


SILENCES: dict[type, Callable[[Any, NotifyTransaction], None]] = {
    RequestErased: forget,
    ContactChanged: reach_anew,
    ConsentExpired: reach_anew,
    RequestRestricted: reach_anew,
}
