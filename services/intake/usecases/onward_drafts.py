"""Drafts that go on from a referral: they hold a copy of what the gate released for it.

Promise: such a copy is read only while the gate would release it again, and goes with its request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.intake.domain.consent import REFER
from services.intake.storage import case_drafts as rows
from services.intake.usecases.deciding import Ask, Refusal, decide

if TYPE_CHECKING:
    from services.intake.storage import IntakeTransaction


def is_shut(draft: rows.CaseDraft, tx: IntakeTransaction) -> bool:
    """Tell whether *draft* goes on from a referral of which its agency may see nothing any more."""
    before = draft.body.get("onward_of")
    step = tx.referral_now(UUID(before)) if before else None
    if step is None or step.agency_id != draft.agency_id:
        return False
    ask = Ask(step.request_id, step.referral_id, draft.agency_id, REFER, None)
    return isinstance(decide(ask, tx), Refusal)


def drop_those_of(request_id: UUID, tx: IntakeTransaction) -> list[UUID]:
    """Delete the drafts that go on from a referral of this request; return whose keys must go."""
    steps = tx.steps_of_request(request_id)
    referrals = {str(step.referral_id) for step in steps}
    kept = [row for one in {step.agency_id for step in steps} for row in rows.drafts_of(one, tx)]
    copies = [row.id for row in kept if rows.read_draft(row, tx).body.get("onward_of") in referrals]
    rows.drop_rows(copies, tx)
    return copies
