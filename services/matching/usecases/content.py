"""Who may still read what a referral is about: by its state, its end, a restriction, an erasure.

Promise: every page and every answer of the API asks here, and a list asks once for all its rows.
While a request is restricted the agency that was asked reads nothing of it; once the person's
details are erased, neither side does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services.matching.domain.transitions import LIVE, State
from shared.identity import Principal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

ERASED, RESTRICTED = "erased", "restricted"
NAMES_NEEDS = frozenset({"record-outcome"})
"""What cannot be done without reading the needs."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one reader may read of some referrals, known for all of them at once."""

    caller: Principal
    known: Mapping[UUID, str]

    def withheld(self, referral: Referral) -> str | None:
        """Return what keeps a referral from its reader whatever its state: an erasure first."""
        why = self.known.get(referral.request_id)
        referred = self.caller.agency_id == referral.referrer_agency_id
        return None if why == RESTRICTED and referred else why

    def is_kept(self, referral: Referral) -> bool:
        """Tell whether its reader may still see what a referral is about."""
        return self.withheld(referral) is None and keeps_by_state(referral, self.caller)

    def doable(self, referral: Referral, offered: Iterable[str]) -> tuple[str, ...]:
        """Return of what is *offered* all that can be done with what may be read."""
        closed = frozenset() if self.withheld(referral) is None else NAMES_NEEDS
        return tuple(action for action in offered if action not in closed)


def content_of(
    referrals: Sequence[Referral], caller: Principal, tx: MatchingTransaction
) -> Content:
    """Return what *caller* may read of these referrals, in one statement however many."""
    return Content(caller, tx.withheld({row.request_id for row in referrals}))


def keeps_content(referral: Referral, caller: Principal, tx: MatchingTransaction) -> bool:
    """Tell whether *caller* may still see what one referral is about."""
    return content_of([referral], caller, tx).is_kept(referral)


def keeps_by_state(referral: Referral, caller: Principal) -> bool:
    """Tell whether its state leaves *caller* what it is about; a mistake is hidden from both."""
    if referral.state == State.ENTERED_IN_ERROR:
        return False
    return keeps_for_receiver(referral) or caller.agency_id == referral.referrer_agency_id


def keeps_for_receiver(referral: Referral) -> bool:
    """Tell whether its state leaves the agency that was asked what a referral is about."""
    return State(referral.state) in LIVE - {State.HALTED} or _is_followed_up(referral)


def _is_followed_up(referral: Referral) -> bool:
    """Tell whether a referral that is complete still has its follow-up (K12) before it."""
    kept = referral.clocks or {}
    return referral.state == State.COMPLETED and (not kept or "K12" in kept["clocks"])
