"""What a batch will want to know of its requests, asked of the database at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notify.heard import ContactReleased, ReferralSent, RequestSubmitted
from services.notify.heard_of_requests import ConsentGiven
from services.notify.storage.statements import ASKED_UNDER, QUIET, TO_PERSON
from shared.bus.message import ids_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.notify.storage import NotifyTransaction
    from shared.bus.envelope import Message


def prepare(messages: Sequence[Message], tx: NotifyTransaction) -> None:
    """Have ready what the handlers of the most frequent *messages* ask one by one."""
    told = ids_in(messages, "request_id", RequestSubmitted, ConsentGiven, ReferralSent)
    tx.prepare(QUIET, told)
    tx.prepare(TO_PERSON, told)
    tx.prepare(ASKED_UNDER, ids_in(messages, "contact_request_id", ContactReleased))
