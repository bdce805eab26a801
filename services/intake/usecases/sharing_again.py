"""Letting an agency know what was taken back from it, or refused: the question, asked anew.

Promise: nothing is shared by asking; the answer is as free as the first one, and whoever the
request is hidden from is never offered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.domain.consent import GIVEN, REFER
from services.intake.domain.ledger import REFUSED
from services.intake.domain.request_transitions import TOLD
from services.intake.storage.hidden import hidden_agencies
from services.intake.usecases.consent_asking import request_consent
from services.intake.usecases.own_consents import open_questions, shared_now

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.storage import IntakeTransaction


def once_shared_with(request_id: UUID, tx: IntakeTransaction) -> tuple[tuple[UUID, str], ...]:
    """Return the agencies that knew once, or were refused, and may not know now, by name."""
    row = tx.request_row(request_id)
    if row is None or row.state not in TOLD:
        return ()
    once = {
        grant.recipient_agency_id
        for consent in tx.consents_of(request_id)
        for grant in tx.grants_of(consent.id)
        if grant.decision == GIVEN and grant.purpose == REFER
    } | _refused(request_id, tx)
    now = {one.agency_id for one in shared_now(request_id, tx)}
    asked = {one.agency_id for question in open_questions(request_id, tx) for one in question.asked}
    left = once - now - asked - set(hidden_agencies(request_id, tx))
    found = ((agency_id, tx.agency_row(agency_id)) for agency_id in left)
    named = ((agency_id, agency.name) for agency_id, agency in found if agency and agency.active)
    return tuple(sorted(named, key=lambda one: (one[1], one[0])))


def _refused(request_id: UUID, tx: IntakeTransaction) -> set[UUID]:
    """Return the agencies that could have helped, and to which the person said no."""
    asked = (row.id for row in tx.consents_of(request_id) if row.state == REFUSED)
    return {one.recipient_agency_id for question in asked for one in tx.asked_of(question)}


def ask_to_share_again(request_id: UUID, agencies: set[str], tx: IntakeTransaction) -> UUID | None:
    """Put the question about those of *agencies* that may be asked about again; return its id."""
    known = [one for one, _ in once_shared_with(request_id, tx) if str(one) in agencies]
    return request_consent(request_id, known, tx) if known else None
