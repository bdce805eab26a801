"""What a batch will want to know of its requests, asked of the database at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.heard import ContactRequested, NotificationSent
from services.intake.storage.consents import CONSENTS
from services.intake.storage.quiet import WHY_QUIET
from services.intake.storage.requests import PERSON, REQUEST, WRAPPED
from shared.bus.message import ids_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.intake.storage import IntakeTransaction
    from shared.bus.envelope import Message


def prepare(messages: Sequence[Message], tx: IntakeTransaction) -> None:
    """Have ready what the handlers of the most frequent *messages* ask one by one."""
    asked = ids_in(messages, "request_id", ContactRequested)
    sent = [one for one in messages if one.data.get("audience") == "person"]
    tx.prepare(CONSENTS, asked + ids_in(sent, "request_id", NotificationSent))
    tx.prepare(WHY_QUIET, asked)
    tx.prepare(REQUEST, asked)
    people = _people(asked, tx)
    tx.prepare(PERSON, people)
    tx.prepare(WRAPPED, people)


def _people(requests: Sequence[UUID], tx: IntakeTransaction) -> list[UUID]:
    rows = (tx.request_row(request_id) for request_id in requests)
    return [row.person_id for row in rows if row is not None]
