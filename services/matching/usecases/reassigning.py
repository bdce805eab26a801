"""Another worker or team of the same agency takes a referral over (T33)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.messages import ReferralReassigned
from services.matching.storage.hiding import known_as
from services.matching.usecases.commanding import ANSWERING_ROLES, commanded, refuse
from services.matching.usecases.sides import sides
from services.matching.usecases.stepping import take_step

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

LONGEST_TEAM = 80
OF_YOUR_AGENCY = "Choose a worker or manager of your agency."


def reassign(
    referral_id: UUID,
    version: int | None,
    staff_id: UUID | None,
    team: str | None,
    tx: MatchingTransaction,
) -> None:
    """Give a referral to another worker or team of the agency that has it (T33)."""
    referral, row = commanded(referral_id, "reassign", version, tx)
    _check_worker(referral, staff_id, tx)
    name = (team or "").strip() or None
    if name is not None and len(name) > LONGEST_TEAM:
        refuse("/team", f"Write at most {LONGEST_TEAM} characters.")
    event = ReferralReassigned(**sides(referral), staff_id=staff_id, team=name)
    take_step(referral, row, event, tx, assigned_to=staff_id, team=name)


def _check_worker(referral: Referral, staff_id: UUID | None, tx: MatchingTransaction) -> None:
    """Refuse whoever does not work there now, or must not know of this person."""
    if staff_id is None:
        return
    worker = tx.worker_of(referral.agency_id, staff_id)
    if (
        worker is None
        or not ANSWERING_ROLES & set(worker.roles)
        or tx.is_hidden_from(referral.request_id, known_as(worker))
    ):
        refuse("/staff_id", OF_YOUR_AGENCY)
