"""Whose business a consent is, apart from the person's: theirs who referred, theirs who was told.

Promise: to anyone else there is no such consent; hidden from somebody, it is hidden here too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.intake.domain.consent import GIVEN
from services.intake.errors import ConsentNotFoundError, RequestNotFoundError
from services.intake.storage.hidden import is_hidden
from services.intake.usecases.at_the_hub import is_hub
from services.intake.usecases.consent_checks import consent_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction
    from services.intake.usecases.consent_views import LedgerEntry

OFFICES = frozenset({"officer", "governance_lead", "coordinator"})


def check_referrer(request_id: UUID, tx: IntakeTransaction) -> Row[Any]:
    """Return the request if the caller may see its consents, or raise RequestNotFoundError."""
    request = tx.request_row(request_id)
    if request is None or not _is_theirs(request, tx):
        raise RequestNotFoundError("there is no such request")
    return request


def consent_for_referrer(
    consent_id: UUID, tx: IntakeTransaction, request_id: UUID | None = None
) -> Row[Any]:
    """Return a consent whose request the caller referred, or raise ConsentNotFoundError."""
    row = consent_of(consent_id, tx, request_id)
    request = tx.request_row(row.request_id)
    if request is None or not _is_theirs(request, tx):
        raise ConsentNotFoundError("there is no such consent")
    return row


def grants_to_withdraw(
    consent_id: UUID, asked: Sequence[UUID] | None, tx: IntakeTransaction
) -> Sequence[UUID] | None:
    """Return what the caller may take back on the person's word.

    Whoever referred takes back anything; whoever was told, what concerns itself.
    """
    row = consent_of(consent_id, tx)
    request = tx.request_row(row.request_id)
    if request is not None and _is_theirs(request, tx):
        return asked
    own = [g.id for g in tx.grants_of(consent_id) if _is_told(g, row, tx)]
    if not own or not set(own).issuperset(asked or ()):
        raise ConsentNotFoundError("there is no such consent")
    return own if asked is None else asked


def as_seen(entry: LedgerEntry, tx: IntakeTransaction) -> LedgerEntry:
    """Return a consent as the caller may see it: whoever was told sees nobody else who was."""
    request = tx.request_row(entry.request_id)
    if request is not None and _is_theirs(request, tx):
        return entry
    own = tuple(g for g in entry.grants if g.recipient == tx.actor.agency_id)
    return replace(entry, grants=own, events=entry.events[-1:], actions=())


def _is_told(grant: Row[Any], row: Row[Any], tx: IntakeTransaction) -> bool:
    agency = tx.actor.agency_id
    if agency is None or grant.recipient_agency_id != agency:
        return False
    now = grant.decision == GIVEN and grant.ended_at is None
    return now and not is_hidden(row.request_id, agency, tx.actor, tx, team=None)


def _is_theirs(request: Row[Any], tx: IntakeTransaction) -> bool:
    actor = tx.actor
    at_hub = actor.kind == "staff" and is_hub(actor.agency_id, tx)
    office = at_hub and not OFFICES.isdisjoint(actor.roles)
    referred = actor.agency_id is not None and actor.agency_id == request.submitter_agency_id
    if not (office or referred):
        return False
    return not is_hidden(request.id, actor.agency_id, actor, tx, team=None)
