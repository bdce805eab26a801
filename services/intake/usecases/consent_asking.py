"""Asking: whether agencies may know (C1), again on a day they named, or not now (C4).

Promise: nobody is asked twice about one agency, and nothing is sent while they think.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.domain.consent import REFER
from services.intake.domain.ledger import OPEN, UNKNOWN
from services.intake.domain.request_transitions import LIVE
from services.intake.errors import ConsentRefusedError
from services.intake.messages import ConsentDeferred, ConsentRefused, ConsentRequested
from services.intake.storage import ledger_tables as lt
from services.intake.storage import tables as t
from services.intake.usecases import consent_rows as rows
from services.intake.usecases.consent_checks import WRONG, consent_of, request_of, settle, step
from services.intake.usecases.consent_ends import recipients_of
from services.intake.usecases.consent_views import live_grants
from services.intake.usecases.informing import current_notice
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

ASKED = "asked"


def request_consent(
    request_id: UUID,
    recipients: Sequence[UUID],
    tx: IntakeTransaction,
    referral_id: UUID | None = None,
) -> UUID:
    """Ask the person whether these agencies may know (C1), under the notice in force now."""
    request = request_of(request_id, tx)
    notice = current_notice(request.language, tx)
    state = settle("request", None, request, tx)
    consent_id = tx.new_id()
    tx.insert(
        t.consent_record,
        id=consent_id,
        request_id=request_id,
        notice_id=notice.id,
        language=notice.language,
        collected_by=tx.actor.id,
        collected_by_agency_id=tx.actor.agency_id,
        recorded_at=tx.now,
        referral_id=referral_id,
    )
    for recipient in dict.fromkeys(recipients):
        categories = _categories_for(recipient, request, tx)
        tx.insert(
            lt.consent_asked,
            consent_id=consent_id,
            recipient_agency_id=recipient,
            categories=categories,
        )
    rows.add_event(consent_id, 1, step("request", UNKNOWN, state, ASKED), tx)
    _tell_requested(consent_id, 1, tx)
    return consent_id


def _categories_for(recipient: UUID, request: Row[Any], tx: IntakeTransaction) -> list[str]:
    """Return what the agency's fitting services need to know; who it is about at the least."""
    found = dict.fromkeys(
        category
        for service in tx.services_of(recipient)
        if not set(service.needs).isdisjoint(request.needs)
        for category in service.categories
    )
    return list(found) or ["identity", "contact"]


def _tell_requested(consent_id: UUID, sequence: int, tx: IntakeTransaction) -> None:
    row = consent_of(consent_id, tx)
    event = ConsentRequested(
        consent_id=consent_id,
        request_id=row.request_id,
        reference=request_of(row.request_id, tx).reference,
        notice_id=row.notice_id,
        language=row.language,
        recipients=recipients_of(consent_id, tx),
        referral_id=row.referral_id,
    )
    tx.announce(event, sequence=sequence)


def ask_for_referral(
    request_id: UUID, agency_id: UUID, referral_id: UUID, tx: IntakeTransaction
) -> None:
    """Ask about a service nobody agreed to, unless that was asked or answered already."""
    request = tx.request_row(request_id)
    if request is None or request.state not in LIVE:
        return
    if any(g.recipient == agency_id and g.purpose == REFER for g in live_grants(request_id, tx)):
        return
    for row in tx.consents_of(request_id):
        if agency_id in recipients_of(row.id, tx):
            if row.state == "refused":
                _refuse_again(row, tx)
            if row.state in OPEN or row.state == "refused":
                return
    request_consent(request_id, [agency_id], tx, referral_id)


def _refuse_again(row: Row[Any], tx: IntakeTransaction) -> None:
    """Tell the same no again: nobody is asked twice about one agency."""
    said = rows.Step("C3", row.state, ASKED, by="system")
    sequence = rows.add_event(row.id, row.sequence + 1, said, tx)
    event = ConsentRefused(row.id, row.request_id, recipients_of(row.id, tx))
    tx.announce(event, sequence=sequence)


def defer_consent(
    consent_id: UUID,
    tx: IntakeTransaction,
    remind_on: date | None = None,
    method: str = "online_form",
) -> None:
    """Record "not now" (C4); they are reminded only on a day they named."""
    row = consent_of(consent_id, tx)
    state = settle("defer", row, request_of(row.request_id, tx), tx)
    if remind_on is not None and remind_on <= tx.now.date():
        raise ConsentRefusedError(WRONG, [Fault("/remind_on", "Choose a day to come.")])
    said = step("defer", row.state, state, method)
    sequence = rows.add_event(consent_id, row.sequence + 1, said, tx)
    rows.look_on(consent_id, remind_on, tx)
    tx.announce(ConsentDeferred(consent_id, row.request_id), sequence=sequence)


def remind_of_consent(consent_id: UUID, tx: IntakeTransaction) -> None:
    """Ask again on the day the person named (C1)."""
    row = consent_of(consent_id, tx)
    state = settle("remind", row, request_of(row.request_id, tx), tx)
    said = step("remind", row.state, state, ASKED)
    sequence = rows.add_event(consent_id, row.sequence + 1, said, tx)
    rows.look_on(consent_id, None, tx)
    _tell_requested(consent_id, sequence, tx)
