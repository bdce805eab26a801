"""What a person told, shown to that person: opened only after 'show', and recorded each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.errors import RequestNotFoundError
from services.intake.storage import access_codes
from services.intake.usecases.recalling import recall
from shared.bus.access import AccessGranted

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction

PURPOSE = "own_page"
WHAT = ("identity", "contact", "address", "story")


def own_details(request_id: UUID, tx: IntakeTransaction) -> tuple[Submission, int]:
    """Return what the person told, and its version, after recording that it is opened.

    Call it in a write transaction and show nothing before that is committed.
    """
    row = tx.request_row(request_id)
    if row is None or access_codes.page_of(request_id, tx).hidden_at:
        raise RequestNotFoundError("there is no such request")
    tx.announce(
        AccessGranted(
            object_type="person",
            object_id=str(request_id),
            what=WHAT,
            purpose=PURPOSE,
            request_id=request_id,
        )
    )
    return recall(row, tx), row.version
