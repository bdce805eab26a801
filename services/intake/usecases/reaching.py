"""How a person may be reached, as they say it now; what they say last is what counts.

Promise: every change is kept beside what stood before, sealed, and told by kind alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from services.intake import sealing
from services.intake.domain.submission import Contact
from services.intake.storage import tables as t
from services.intake.usecases.amending import amend_request
from services.intake.usecases.recalling import recall

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

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


def keep_contact(row: Row[Any], contact: Contact, tx: IntakeTransaction) -> None:
    """Keep *contact* of a request that is over: nobody is to be told, and nothing else changes."""
    told = replace(recall(row, tx), contact=contact)
    key = tx.key_of(row.person_id) or b""
    sealed = sealing.person_columns(tx.vault, key, row.person_id, told)["sealed_contact"]
    mine = t.person.c.id == row.person_id
    tx.execute(update(t.person).where(mine).values(sealed_contact=sealed))


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
