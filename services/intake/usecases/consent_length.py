"""How long a yes holds: as was agreed, but at most six months after the help that relied on it.

Promise: it is shortened only once every referral that relied on it is over, and has its whole
length again as soon as one of them goes on; the warnings follow the same end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.domain.consent import REFER
from services.intake.domain.consent_clocks import ends_at, ends_on
from services.intake.domain.gate import OVER
from services.intake.domain.ledger import LIVE
from services.intake.usecases import consent_rows as rows
from services.intake.usecases.consent_ends import expire_consent
from services.intake.usecases.consent_views import is_given

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction


def follow_referrals(request_id: UUID, tx: IntakeTransaction) -> None:
    """Let every yes of a request end when its referrals say it does by now."""
    for row in tx.consents_of(request_id):
        if row.state in LIVE:
            follow(row, tx)


def follow(row: Row[Any], tx: IntakeTransaction) -> bool:
    """Let one live consent end when its referrals say it does; tell whether that is another day."""
    until = _end_now(row, tx)
    if until is None or until == row.valid_until:
        return False
    rows.set_clocks(row, row.state, until, tx)
    if ends_at(until) <= tx.now:
        expire_consent(row.id, tx)
    return True


def _end_now(row: Row[Any], tx: IntakeTransaction) -> date | None:
    said = [event for event in tx.consent_events(row.id) if event.valid_until is not None]
    if not said:
        return None
    agreed, at = said[-1].valid_until, said[-1].at
    named = {
        grant.recipient_agency_id
        for grant in tx.grants_of(row.id)
        if grant.purpose == REFER and is_given(grant)
    }
    now = {step.referral_id: step for step in tx.steps_of_request(row.request_id)}
    relied = [step for step in now.values() if step.agency_id in named]
    if not relied or any(step.state not in OVER for step in relied):
        return ends_on(agreed, None)
    last = max(step.at for step in relied)
    return ends_on(agreed, last.date() if last >= at else None)
