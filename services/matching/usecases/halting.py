"""A referral whose basis is lost stops at once, and goes on only on a new one (T26, T27).

Promise: a halted referral keeps its place and its clocks stand still; its receiver sees only
the reference, dates and coded reason, and is asked to confirm within one working day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.transitions import step
from services.matching.messages import ReferralAcknowledged, ReferralHalted, ReferralResumed
from services.matching.usecases.commanding import commanded, refuse
from services.matching.usecases.sides import goes_on, sides
from shared.codes import codes

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.domain.agreement import Agreement
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

HALTED, RESUMED = step("T26", "halted"), step("T27", "resumed")


def halt(referral: Referral, reason: str, tx: MatchingTransaction) -> None:
    """Stop a referral for which the person's agreement is lost (T26)."""
    due = tx.due_from_now(referral, "T26")
    version = tx.move(
        referral,
        HALTED,
        reason=reason,
        due_at=due,
        acknowledged_at=None,
    )
    event = ReferralHalted(**sides(referral), reason=reason, answer_by=due)
    tx.announce(event, sequence=version)


def resume(referral: Referral, agreement: Agreement, tx: MatchingTransaction) -> None:
    """Let a referral go on where it was: there is a basis again (T27)."""
    state = goes_on(referral, tx)
    version = tx.move(
        referral,
        RESUMED,
        back_to=state,
        consent_id=agreement.relied_on(referral.agency_id) or referral.consent_id,
        acknowledged_at=None,
    )
    tx.announce(ReferralResumed(**sides(referral), state=state), sequence=version)


def acknowledge(
    referral_id: UUID, version: int | None, basis: str | None, tx: MatchingTransaction
) -> None:
    """Note that the receiver has stopped, or by which ground in law it keeps what it has (T26)."""
    referral, row = commanded(referral_id, "acknowledge", version, tx)
    if basis is not None and basis not in codes("override_grounds"):
        refuse("/basis", "Choose one of the grounds in law, or none.")
    now = tx.move(referral, row, reason=basis, acknowledged_at=tx.now)
    tx.announce(ReferralAcknowledged(**sides(referral), basis=basis), sequence=now)
