"""Somebody new on file, or under a new name: requests whose names may mean them are hidden.

Promise: it counts before they can look, and a coordinator is asked whether they are meant.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from services.intake.domain.naming import may_be_meant
from services.intake.domain.request_transitions import Who
from services.intake.storage import hidden_names as rows
from services.intake.storage.changes import keep_change, open_change
from services.intake.storage.colleagues import is_new_name
from services.intake.storage.hidden import hidden_staff
from services.intake.usecases.amending import amend_request
from services.intake.usecases.naming_hidden import tell_of_names
from shared.errors import Permanent

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.heard import ColleagueChanged
    from services.intake.storage import IntakeTransaction


def meet(event: ColleagueChanged, tx: IntakeTransaction) -> None:
    """Hide what must be hidden from whoever is *event*, before their name is kept."""
    if event.active and is_new_name(event.staff_id, event.name, tx):
        for request_id, names in _may_mean(event.name, tx).items():
            # What nobody may change any more is shown to nobody new either.
            with suppress(Permanent):
                _hide(request_id, event.staff_id, names, tx)


def _may_mean(name: str, tx: IntakeTransaction) -> dict[UUID, dict[str, None]]:
    found: dict[UUID, dict[str, None]] = {}
    for row in rows.kept(tx):
        said = (one for one in open_change(row, tx).get("names", ()) if may_be_meant(one, name))
        for one in said:
            found.setdefault(row.request_id, {})[one] = None
    return found


def _hide(request_id: UUID, staff_id: UUID, names: dict[str, None], tx: IntakeTransaction) -> None:
    hidden = hidden_staff(request_id, tx)
    if staff_id in hidden:
        return
    changes = {"hidden_from_staff": (*hidden, staff_id)}
    amend_request(request_id, changes, None, tx, version=None, part=Who.PERSON)
    row = tx.request_row(request_id)
    if row is not None:
        kept = {"names": list(names), "staff": [staff_id]}
        keep_change(request_id, row.version, "T32", tx, code=rows.NAMED, told=kept)
        if rows.is_told(row.state):
            tell_of_names(request_id, row.reference, tx)
