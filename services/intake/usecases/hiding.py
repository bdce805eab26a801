"""From whom a person hides their request: agencies, teams, members of staff, or a mere name.

Promise: a name that nobody on file has stays sealed with the request until a coordinator has
looked for whoever is meant; each such look is recorded. What is hidden counts at once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from services.intake.domain.request_transitions import Who
from services.intake.errors import RequestNotFoundError, StaleVersionError
from services.intake.storage import hidden_names as rows
from services.intake.storage.colleagues import agencies_named
from services.intake.storage.hidden import hidden_agencies, hidden_staff
from services.intake.usecases.amending import amend_request
from services.intake.usecases.at_the_hub import coordinates
from services.intake.usecases.consenting import withdraw_consent
from services.intake.usecases.naming_hidden import names_waiting, note_settled, perhaps_meant
from services.intake.usecases.own_consents import shared_now
from shared.bus.access import AccessGranted

if TYPE_CHECKING:
    from collections.abc import Collection

    from services.intake.storage import IntakeTransaction

OBJECT, PURPOSE = "hidden_names", "find_whom_they_hide_from"
METHOD = "online_form"


@dataclass(frozen=True, slots=True)
class Hiding:
    """From whom a person hides it from now on; *names* are added to those who were named."""

    agencies: tuple[UUID, ...] = ()
    teams: tuple[UUID, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToFind:
    """A request with names that nobody on file has."""

    request_id: UUID
    reference: str
    version: int
    since: datetime


def hide_own(request_id: UUID, whom: Hiding, tx: IntakeTransaction, *, version: int | None) -> None:
    """Hide a person's own request; what a hidden agency may know is taken back at once."""
    row = tx.request_row(request_id)
    if row is None:
        raise RequestNotFoundError("there is no such request")
    if version is not None and version != row.version:
        raise StaleVersionError(row.version)
    agencies = {*whom.agencies, *agencies_named(whom.names, tx)}
    _take_back(request_id, agencies - set(hidden_agencies(request_id, tx)), tx)
    changes = {
        "hidden_from_agencies": tuple(sorted(agencies)),
        "hidden_from_teams": tuple(sorted(whom.teams)),
        "hidden_from_names": whom.names,
    }
    amend_request(request_id, changes, None, tx, version=None)


def names_to_find(tx: IntakeTransaction) -> tuple[ToFind, ...]:
    """Return the requests with names a coordinator has to look for, the oldest first."""
    if not coordinates(tx):
        return ()
    found = rows.waiting(tx.actor, tx)
    return tuple(ToFind(r.request_id, r.reference, r.version, r.since) for r in found)


def find_to_look_at(request_id: UUID, tx: IntakeTransaction) -> ToFind:
    """Return one of them, or raise RequestNotFoundError."""
    known = {one.request_id: one for one in names_to_find(tx)}
    if request_id not in known:
        raise RequestNotFoundError("there is no such request")
    return known[request_id]


def read_names(request_id: UUID, tx: IntakeTransaction) -> tuple[str, ...]:
    """Return the names a person wrote, after recording that they are read."""
    find_to_look_at(request_id, tx)
    tx.announce(
        AccessGranted(
            object_type=OBJECT,
            object_id=str(request_id),
            what=(OBJECT,),
            purpose=PURPOSE,
            request_id=request_id,
            recipient_agency_id=tx.actor.agency_id,
        )
    )
    if tx.actor.agency_id:
        tx.keep_opening(request_id, tx.actor.agency_id, (OBJECT,), PURPOSE)
    return names_waiting(request_id, tx)


def settle_names(
    request_id: UUID,
    meant: Collection[UUID],
    tx: IntakeTransaction,
    *,
    version: int,
    agencies: Collection[UUID] = (),
) -> None:
    """Hide the request from the staff *meant* and from *agencies*; the names are settled.

    Whoever only might have been meant, and is not, may know of it again.
    """
    find_to_look_at(request_id, tx)
    certain = set(hidden_staff(request_id, tx)) - perhaps_meant(request_id, tx)
    staff = tuple(sorted(certain.union(meant)))
    before = set(hidden_agencies(request_id, tx))
    _take_back(request_id, set(agencies) - before, tx)
    changes = {
        "hidden_from_staff": staff,
        "hidden_from_agencies": tuple(sorted(before.union(agencies))),
    }
    amend_request(request_id, changes, None, tx, version=version, part=Who.PERSON)
    note_settled(request_id, tx)


def _take_back(request_id: UUID, agencies: Collection[UUID], tx: IntakeTransaction) -> None:
    ended: dict[UUID, list[UUID]] = defaultdict(list)
    for one in shared_now(request_id, tx) if agencies else ():
        for kind in one.shared if one.agency_id in agencies else ():
            for consent_id, grant_id in kind.grants:
                ended[consent_id].append(grant_id)
    for consent_id, grants in ended.items():
        withdraw_consent(consent_id, tx, grants=grants, method=METHOD, reason=None)
