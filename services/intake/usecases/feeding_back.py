"""The person's own answer (T41): did you get help? Kept beside what agencies say, never over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.errors import SubmissionRefusedError
from services.intake.messages import RequestFeedbackGiven
from services.intake.storage import access_codes
from shared.errors import Fault

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.storage import IntakeTransaction

ANSWERS = ("yes", "partly", "no")


def give_feedback(request_id: UUID, got_help: str, tx: IntakeTransaction) -> None:
    """Keep whether the person got help, in their own word for it."""
    if got_help not in ANSWERS:
        detail = f"Choose one of {', '.join(ANSWERS)}."
        raise SubmissionRefusedError(detail, [Fault("/got_help", detail)])
    version = tx.next_version(request_id)
    access_codes.keep_feedback(request_id, got_help, tx)
    tx.announce(RequestFeedbackGiven(request_id, got_help), sequence=version)


def last_feedback(request_id: UUID, tx: IntakeTransaction) -> str | None:
    """Return what the person answered last, if they did."""
    return access_codes.feedback_of(request_id, tx)
