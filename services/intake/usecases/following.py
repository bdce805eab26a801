"""A request as its referrer follows it: a draft or a sent one, in codes and times.

Promise: the submitting agency alone sees it, and nobody from whom the person hides it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.domain.request_transitions import RequestState
from services.intake.errors import RequestNotFoundError
from services.intake.storage.hidden import is_hidden
from services.intake.usecases.drafting import find_draft
from services.intake.usecases.showing import Request, submitted_by

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.storage import IntakeTransaction
    from services.intake.storage.case_drafts import CaseDraft

Followed = Request | dict[str, Any]


def followed(request_id: UUID, tx: IntakeTransaction) -> Request:
    """Return a request that the caller's agency submitted, or raise RequestNotFoundError."""
    caller = tx.actor
    if is_hidden(request_id, caller.agency_id, caller, tx, team=None):
        raise RequestNotFoundError("there is no such request")
    return submitted_by(caller.agency_id, request_id, tx)


def followed_or_drafted(request_id: UUID, tx: IntakeTransaction) -> Followed:
    """Return a request of the caller's agency, a draft in the same shape."""
    try:
        return followed(request_id, tx)
    except RequestNotFoundError:
        return as_request(find_draft(request_id, tx))


def as_request(draft: CaseDraft) -> dict[str, Any]:
    """Return a draft in the shape of a request."""
    told = draft.body
    return {
        "id": draft.id,
        "reference": draft.reference,
        "state": RequestState.DRAFT.value,
        "version": draft.version,
        "needs": told.get("needs") or [],
        "urgency": told.get("urgency") or "routine",
        "threshold": told.get("threshold"),
        "submitted_at": None,
        "consents": [],
        "referrals": [],
    }
