"""The consent ledger: ask, agree, say no, take back; each change is one event more (C1 to C10).

Promise: what counts is what was said last and is on record with who could decide it; what
is taken back counts at once, and nothing is ever widened: a wider question is asked anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.intake.domain import capacity
from services.intake.domain.consent import GIVEN, REFER, answer_faults, given
from services.intake.domain.ledger import OPEN, UNKNOWN
from services.intake.domain.submission import Grant as Answer
from services.intake.errors import ConsentRefusedError
from services.intake.messages import (
    ConsentDeferred,
    ConsentGiven,
    ConsentRefused,
    ConsentRenewed,
    ConsentRequested,
)
from services.intake.storage import ledger_tables as lt
from services.intake.storage import tables as t
from services.intake.usecases import consent_rows as rows
from services.intake.usecases.consent_checks import (
    age_now,
    consent_of,
    known_for,
    request_of,
    settle,
    step,
)
from services.intake.usecases.consent_ends import (
    expire_consent,
    invalidate_consent,
    revoke_consent,
    supersede,
    withdraw_all_consents,
    withdraw_consent,
)
from services.intake.usecases.consent_views import (
    LedgerEntry,
    LedgerGrant,
    consents_of,
    live_grants,
    merged,
)
from services.intake.usecases.informing import current_notice
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.submission import Consent
    from services.intake.storage import IntakeTransaction

__all__ = [
    "LedgerEntry",
    "LedgerGrant",
    "confirm_consent",
    "consents_of",
    "defer_consent",
    "expire_consent",
    "give_consent",
    "invalidate_consent",
    "live_grants",
    "refuse_consent",
    "remind_of_consent",
    "renew_consent",
    "request_consent",
    "revoke_consent",
    "withdraw_all_consents",
    "withdraw_consent",
]
ASKED = "asked"
WRONG = "Something in this consent needs to be put right."


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
        recipients=_recipients(consent_id, tx),
        referral_id=row.referral_id,
    )
    tx.announce(event, sequence=sequence)


def _recipients(consent_id: UUID, tx: IntakeTransaction) -> tuple[UUID, ...]:
    return tuple(asked.recipient_agency_id for asked in tx.asked_of(consent_id))


def ask_for_referral(
    request_id: UUID, agency_id: UUID, referral_id: UUID, tx: IntakeTransaction
) -> None:
    """Ask about a service nobody agreed to, unless that was asked or answered already."""
    request = tx.request_row(request_id)
    if request is None or request.state not in LIVE_REQUESTS:
        return
    if any(g.recipient == agency_id and g.purpose == REFER for g in live_grants(request_id, tx)):
        return
    for row in tx.consents_of(request_id):
        if agency_id in _recipients(row.id, tx):
            if row.state == "refused":
                _refuse_again(row, tx)
            if row.state in OPEN or row.state == "refused":
                return
    request_consent(request_id, [agency_id], tx, referral_id)


def _refuse_again(row: Row[Any], tx: IntakeTransaction) -> None:
    """Tell the same no again: nobody is asked twice about one agency."""
    said = rows.Step("C3", row.state, ASKED, by="system")
    sequence = rows.add_event(row.id, row.sequence + 1, said, tx)
    event = ConsentRefused(row.id, row.request_id, _recipients(row.id, tx))
    tx.announce(event, sequence=sequence)


def give_consent(
    consent_id: UUID | None, request_id: UUID, consent: Consent, tx: IntakeTransaction
) -> UUID:
    """Record a yes (C2): to what was asked, or to something new; ends what it replaces (C10)."""
    request = request_of(request_id, tx)
    row = consent_of(consent_id, tx, request_id) if consent_id else None
    asked = _with_silence(consent, row, tx)
    age = age_now(request, tx.now.date())
    _check(asked, row, age, tx)
    basis = capacity.capable_by(asked, age)
    state = settle("give", row, request, tx, until=asked.valid_until, capable_by=basis)
    given_id = row.id if row else tx.new_id()
    _keep_yes(asked, row, given_id, request_id, basis or "", tx)
    before = row.state if row else UNKNOWN
    said = step("give", before, state, asked.method, valid_until=asked.valid_until)
    sequence = rows.add_event(given_id, row.sequence + 1 if row else 1, said, tx)
    _tell_given(asked, given_id, request_id, sequence, tx)
    supersede(given_id, {(grant.purpose, grant.recipient) for grant in asked.grants}, request, tx)
    return given_id


def _with_silence(consent: Consent, row: Row[Any] | None, tx: IntakeTransaction) -> Consent:
    """Add a no for every agency that was asked about and not answered for."""
    answered = {grant.recipient for grant in consent.grants}
    silent = [] if row is None else tx.asked_of(row.id)
    added = tuple(
        Answer(REFER, asked.recipient_agency_id, tuple(asked.categories))
        for asked in silent
        if asked.recipient_agency_id not in answered
    )
    return replace(consent, grants=consent.grants + added)


def _check(consent: Consent, row: Row[Any] | None, age: int | None, tx: IntakeTransaction) -> None:
    found = [Fault(*one) for one in answer_faults(consent, known_for(consent, tx), age)]
    if not given(consent):
        found.append(Fault("/consent/grants", "Nothing is agreed to here: record a no instead."))
    if row is not None and row.notice_id != consent.notice:
        found.append(Fault("/consent/notice", "They were asked under another notice."))
    if found:
        raise ConsentRefusedError(WRONG, found)


def _keep_yes(  # noqa: PLR0913, PLR0917 - one answer and where it belongs
    consent: Consent,
    row: Row[Any] | None,
    consent_id: UUID,
    request_id: UUID,
    basis: str,
    tx: IntakeTransaction,
) -> None:
    key = tx.key_of(request_id)
    if key is None:
        raise ConsentRefusedError("What was told has been erased.")
    if row is None:
        rows.keep_answer(consent, request_id, consent_id, (basis, key), tx)
    else:
        rows.answer_question(consent, consent_id, (basis, key), tx)


def _tell_given(
    consent: Consent, consent_id: UUID, request_id: UUID, sequence: int, tx: IntakeTransaction
) -> None:
    said = ((g.purpose, g.recipient, c) for g in given(consent) for c in g.categories)
    event = ConsentGiven(
        consent_id=consent_id,
        request_id=request_id,
        notice_id=consent.notice,
        language=consent.language,
        method=consent.method,
        given_by=consent.given_by,
        valid_until=consent.valid_until,
        grants=merged(said),
    )
    tx.announce(event, sequence=sequence)


def refuse_consent(consent_id: UUID, tx: IntakeTransaction) -> None:
    """Record a no to what was asked (C3): these agencies are told nothing."""
    row, sequence = _answered(consent_id, "refuse", tx)
    event = ConsentRefused(consent_id, row.request_id, _recipients(consent_id, tx))
    tx.announce(event, sequence=sequence)


def defer_consent(consent_id: UUID, tx: IntakeTransaction, remind_at: date | None = None) -> None:
    """Record "not now" (C4); they are reminded only on a day they named."""
    row, sequence = _answered(consent_id, "defer", tx)
    rows.remind_at(consent_id, remind_at, tx)
    tx.announce(ConsentDeferred(consent_id, row.request_id), sequence=sequence)
