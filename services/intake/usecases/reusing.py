"""A story told once, put forward again: nobody types it or tells it a second time.

Promise: only the agency that sent the first request can do so, nobody reads the story for it,
and every agency that is to know of it is agreed to anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.intake.errors import RequestNotFoundError, RightRefusedError
from services.intake.storage.hidden import is_hidden
from services.intake.storage.holds import holds
from services.intake.usecases.recalling import recall
from services.intake.usecases.submitting import submit_request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.submission import Consent, NamedService, Submission
    from services.intake.storage import IntakeTransaction
    from services.intake.usecases.submitting import Submitted


def reuse_story(
    request_id: UUID,
    consent: Consent,
    tx: IntakeTransaction,
    *,
    needs: Sequence[str] = (),
    referrals: Sequence[NamedService] = (),
) -> Submitted:
    """Take in one more request of the same person with the same story.

    *needs* empty: the same as before. What is hidden from somebody stays hidden from them.
    """
    row = _usable(request_id, tx)
    told = story_again(request_id, consent, tx, needs=needs, referrals=referrals)
    return submit_request(told, tx, of_person=row.person_id)


def story_again(
    request_id: UUID,
    consent: Consent,
    tx: IntakeTransaction,
    *,
    needs: Sequence[str] = (),
    referrals: Sequence[NamedService] = (),
) -> Submission:
    """Return what would be told again: the same story, hidden from the same."""
    row = _usable(request_id, tx)
    return replace(
        recall(row, tx),
        consent=consent,
        needs=tuple(needs) or tuple(row.needs),
        referrals=tuple(referrals),
    )


def _usable(request_id: UUID, tx: IntakeTransaction) -> Row[Any]:
    row, who = tx.request_row(request_id), tx.actor
    if row is None or not who.agency_id or row.submitter_agency_id != who.agency_id:
        raise RequestNotFoundError("there is no such request")
    if is_hidden(request_id, who.agency_id, who, tx, team=None):
        raise RequestNotFoundError("there is no such request")
    if holds(request_id, tx):
        raise RightRefusedError("This request is held: nothing of it may be used now.")
    return row
