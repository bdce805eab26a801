"""A question before an answer, and what comes back (T9, T10).

Promise: question and answer are notes, sealed before they are stored; while a question is
open the time to decide stands still, at most as long as an answer may take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.messages import ReferralInformationGiven, ReferralInformationRequested
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.sides import sides

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction


def ask(referral_id: UUID, version: int | None, question: str, tx: MatchingTransaction) -> None:
    """Ask who referred, or the person, what is needed to decide (T9)."""
    referral, row = commanded(referral_id, "ask", version, tx)
    if not question.strip():
        refuse("/question", "Write your question.")
    due = tx.due_from_now(referral, "K3")
    now = tx.move(referral, row, due_at=due)
    keep_notes(referral, {"question": question}, tx)
    event = ReferralInformationRequested(**sides(referral), answer_by=due)
    tx.announce(event, sequence=now)


def answer(referral_id: UUID, version: int | None, text: str, tx: MatchingTransaction) -> None:
    """Answer the receiver's question; its time to decide runs on (T10)."""
    referral, row = commanded(referral_id, "answer", version, tx)
    if not text.strip():
        refuse("/answer", "Write the answer.")
    now = tx.move(referral, row)
    keep_notes(referral, {"answer": text}, tx)
    tx.announce(ReferralInformationGiven(**sides(referral)), sequence=now)
