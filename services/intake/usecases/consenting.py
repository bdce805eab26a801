"""The consent ledger: ask, agree, say no, take back; each change is one event more (C1 to C10).

Promise: what counts is what was said last and is on record with who could decide it; what
is taken back counts at once, and nothing is ever widened: a wider question is asked anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.intake.agreement_checks import consent_faults
from services.intake.domain import capacity
from services.intake.domain.consent import REFER, answer_faults, given
from services.intake.domain.ledger import UNKNOWN
from services.intake.domain.submission import Grant as Answer
from services.intake.errors import ConsentRefusedError
from services.intake.messages import (
    ConsentGiven,
    ConsentRenewed,
)
from services.intake.storage.wordings import keep_shown
from services.intake.usecases import consent_rows as rows
from services.intake.usecases.agreed import submit_when_agreed
from services.intake.usecases.consent_asking import (
    ask_for_referral,
    defer_consent,
    remind_of_consent,
    request_consent,
)
from services.intake.usecases.consent_checks import (
    WRONG,
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
    say_no,
    supersede,
    withdraw_all_consents,
    withdraw_consent,
)
from services.intake.usecases.consent_views import (
    LedgerEntry,
    LedgerGrant,
    consents_of,
    disclosed_under,
    live_grants,
    merged,
)
from shared.errors import Fault

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.submission import Consent
    from services.intake.storage import IntakeTransaction

__all__ = [
    "LedgerEntry",
    "LedgerGrant",
    "ask_for_referral",
    "confirm_consent",
    "confirm_what_was_said",
    "consents_of",
    "defer_consent",
    "disclosed_under",
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
WRITTEN = ("letter", "email", "text", "paper", "online_form")


def give_consent(
    consent_id: UUID | None, request_id: UUID, consent: Consent, tx: IntakeTransaction
) -> UUID:
    """Record a yes (C2): to what was asked, or to something new; ends what it replaces (C10)."""
    request = request_of(request_id, tx)
    row = consent_of(consent_id, tx, request_id) if consent_id else None
    asked = _with_silence(consent, row, tx)
    age = age_now(request, tx.now.date())
    _check(asked, row, request, age, tx)
    basis = capacity.capable_by(asked, age)
    state = settle("give", row, request, tx, until=asked.valid_until, capable_by=basis)
    given_id = row.id if row else tx.new_id()
    _keep_yes(asked, row, given_id, request_id, basis or "", tx)
    before = row.state if row else UNKNOWN
    said = step("give", before, state, asked.method, valid_until=asked.valid_until)
    sequence = rows.add_event(given_id, row.sequence + 1 if row else 1, said, tx)
    if asked.shown:
        keep_shown(given_id, asked.shown, tx)
    _tell_given(asked, given_id, request_id, sequence, tx)
    supersede(given_id, {(grant.purpose, grant.recipient) for grant in asked.grants}, request, tx)
    submit_when_agreed(request_id, tx)
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


def _check(
    consent: Consent,
    row: Row[Any] | None,
    request: Row[Any],
    age: int | None,
    tx: IntakeTransaction,
) -> None:
    found = [Fault(*one) for one in answer_faults(consent, known_for(consent, tx), age)]
    found += [Fault(*one) for one in consent_faults(consent, request.submitter_agency_id, tx)]
    if not given(consent):
        found.append(Fault("/consent/grants", "Nothing is agreed to here: record a no instead."))
    if row is not None and row.notice_id != consent.notice:
        found.append(Fault("/consent/notice", "They were asked under another notice."))
    if found:
        raise ConsentRefusedError(WRONG, found)


def _keep_yes(
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
        reference=request_of(request_id, tx).reference,
    )
    tx.announce(event, sequence=sequence)


def refuse_consent(consent_id: UUID, tx: IntakeTransaction, method: str = "online_form") -> None:
    """Record a no to what was asked (C3): these agencies are told nothing."""
    say_no(consent_of(consent_id, tx), method, tx)


def renew_consent(
    consent_id: UUID, valid_until: date, tx: IntakeTransaction, method: str = "online_form"
) -> None:
    """Record that they agree anew to the same, for longer (C5)."""
    row = consent_of(consent_id, tx)
    state = settle("renew", row, request_of(row.request_id, tx), tx, until=valid_until)
    said = step("renew", row.state, state, method, valid_until=valid_until)
    sequence = rows.add_event(consent_id, row.sequence + 1, said, tx)
    rows.set_clocks(row, state, valid_until, tx)
    event = ConsentRenewed(consent_id, row.request_id, valid_until)
    tx.announce(event, sequence=sequence)


def confirm_consent(consent_id: UUID, how: str, tx: IntakeTransaction) -> None:
    """Note that what was said aloud was confirmed in writing, and how; twice is once."""
    _confirm(consent_of(consent_id, tx), how, tx)


def _confirm(row: Row[Any], how: str, tx: IntakeTransaction) -> None:
    if how not in WRITTEN:
        raise ConsentRefusedError(WRONG, [Fault("/method", f"One of {', '.join(WRITTEN)}.")])
    if row.confirm_by is not None and row.confirmed_at is None:
        said = rows.Step("confirmed", row.state, how)
        rows.add_event(row.id, row.sequence + 1, said, tx)
        rows.confirm(row, how, tx)


def confirm_what_was_said(request_id: UUID, how: str, tx: IntakeTransaction) -> None:
    """Note that everything said aloud about a request was confirmed to the person in writing."""
    for row in tx.consents_of(request_id):
        _confirm(row, how, tx)
