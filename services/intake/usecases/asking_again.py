"""A person asks once more: what they told before, to be put forward again.

Promise: it is opened for them alone and each time recorded; whoever must not know of the first
request must not know of the next, though nobody types or reads their names again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.intake.errors import RightRefusedError
from services.intake.storage.holds import holds
from services.intake.usecases.naming_hidden import names_that_count
from services.intake.usecases.own_details import own_details

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction


def told_before(request_id: UUID, tx: IntakeTransaction) -> Submission:
    """Return what the person told, after recording that it is opened; hidden from the same.

    Call it in a write transaction. What is held may be used for nothing, and is refused.
    """
    if holds(request_id, tx):
        raise RightRefusedError("This request is held: nothing of it may be used now.")
    told, _version = own_details(request_id, tx)
    agencies = tx.agency_kinds(set(told.hidden_from_agencies))
    teams = tx.services_named(told.hidden_from_teams)
    return replace(
        told,
        hidden_from_agencies=tuple(one for one in told.hidden_from_agencies if one in agencies),
        hidden_from_teams=tuple(one for one in told.hidden_from_teams if one in teams),
        hidden_from_names=names_that_count(request_id, tx),
    )
