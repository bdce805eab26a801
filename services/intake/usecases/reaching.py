"""How a person may be reached, as they say it now; what they say last is what counts.

Promise: every change is kept beside what stood before, sealed, and told by kind alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake import sealing
from services.intake.domain.submission import Contact
from services.intake.usecases.amending import amend_request

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.domain.request_transitions import Who
    from services.intake.storage import IntakeTransaction


def change_contact(
    request_id: UUID,
    contact: Contact,
    tx: IntakeTransaction,
    *,
    version: int | None = None,
    part: Who | None = None,
) -> bool:
    """Keep how the person may be reached from now on; tell whether anything is different."""
    changes = {"contact": contact}
    return bool(amend_request(request_id, changes, None, tx, version=version, part=part))


def contact_of(request_id: UUID, tx: IntakeTransaction) -> Contact | None:
    """Return how the person said they may be reached, or None once it is shredded."""
    row = tx.request_row(request_id)
    key = tx.key_of(row.person_id) if row else None
    person = tx.person_row(row.person_id) if row else None
    if key is None or person is None:
        return None
    told = sealing.open_person(tx.vault, key, person, "contact")
    return Contact(
        language=told["language"],
        interpreter=told["interpreter"],
        channels=sealing.channels(told),
        code_word=told.get("code_word"),
    )
