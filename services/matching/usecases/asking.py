"""A question before an answer, and what comes back (T9, T10).

Promise: question and answer are notes, sealed before they are stored; while a question is
open the time to decide stands still, at most as long as an answer may take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.clocks import extended, question_by
from services.matching.messages import ReferralInformationGiven, ReferralInformationRequested
from services.matching.storage.guide import entry_of
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.sides import sides
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral


def ask(referral_id: UUID, version: int | None, question: str, tx: MatchingTransaction) -> None:
    """Ask who referred, or the person, what is needed to decide (T9)."""
    referral, row = commanded(referral_id, "ask", version, tx)
    if not question.strip():
        refuse("/question", "Write your question.")
    due = question_by(tx.now, _profile(referral, tx), referral.urgency, calendar_for(tx.nation()))
    now = tx.move(referral, row, due_at=due, asked_at=tx.now, question_by=due)
    keep_notes(referral, {"question": question}, tx)
    event = ReferralInformationRequested(**sides(referral), answer_by=due)
    tx.announce(event, sequence=now)


def answer(referral_id: UUID, version: int | None, text: str, tx: MatchingTransaction) -> None:
    """Answer the receiver's question; its time to decide runs on (T10)."""
    referral, row = commanded(referral_id, "answer", version, tx)
    if not text.strip():
        refuse("/answer", "Write the answer.")
    until = min(tx.now, referral.question_by)
    due = extended(referral.answer_by, referral.asked_at, until, calendar_for(tx.nation()))
    now = tx.move(referral, row, answer_by=due, asked_at=None, question_by=None)
    keep_notes(referral, {"answer": text}, tx)
    tx.announce(ReferralInformationGiven(**sides(referral)), sequence=now)


def _profile(referral: Referral, tx: MatchingTransaction) -> str:
    service = tx.service_row(referral.service_id)
    profile: str = entry_of(service.entry)["clock_profile"] if service is not None else "default"
    return profile
