"""The rows of a consent: what was asked, answered and recorded, and each event after the other.

Nothing here decides or announces. Rows of a first answer are buffered, so that a request
with its consent travels to the database together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, update

from services.intake.domain.capacity import capable_by
from services.intake.domain.consent import GIVEN, SPOKEN, answers
from services.intake.domain.consent_clocks import (
    CONFIRMED_WITHIN,
    ends_at,
    next_look,
    next_rung,
)
from services.intake.domain.ledger import LIVE
from services.intake.errors import ConsentRefusedError
from services.intake.storage import tables as t
from services.intake.usecases.consent_evidence import keep_evidence, sealed_witness

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.submission import Consent
    from services.intake.storage import IntakeTransaction

CONFIRMING = timedelta(days=7)  # five working days, on the ladder of what is late

_record, _grant = t.consent_record, t.consent_grant
_CLOCKS = (
    update(_record)
    .where(_record.c.id == bindparam("consent_id"))
    .values(
        next_look=bindparam("look"),
        overdue_rung=bindparam("rung"),
        valid_until=bindparam("until"),
    )
)
_END_GRANT = (
    update(_grant)
    .where(
        _grant.c.consent_id == bindparam("of_consent"),
        _grant.c.id == bindparam("grant_id"),
        _grant.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at_moment"))
)
_CONFIRM = (
    update(_record)
    .where(_record.c.id == bindparam("consent_id"))
    .values(
        confirmed_at=bindparam("at_moment"),
        confirmed_how=bindparam("how"),
        next_look=bindparam("look"),
    )
)


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a consent: which change of the ledger, and where it leads."""

    change: str
    state: str
    method: str
    reason: str | None = None
    valid_until: date | None = None
    by: str | None = None


def keep_first_consent(
    consent: Consent,
    request_id: UUID,
    consent_id: UUID,
    person: tuple[int | None, bytes],
    tx: IntakeTransaction,
) -> None:
    """Keep the consent that comes with a request; *person* is their age and the request's key."""
    age, key = person
    basis = capable_by(consent, age)
    if basis is None:
        raise ConsentRefusedError("It is not recorded that they could decide this.")
    keep_answer(consent, request_id, consent_id, (basis, key), tx)
    said = Step("C2", GIVEN, consent.method, valid_until=consent.valid_until)
    add_event(consent_id, 1, said, tx)


def keep_answer(
    consent: Consent,
    request_id: UUID,
    consent_id: UUID,
    basis: tuple[str, bytes],
    tx: IntakeTransaction,
) -> None:
    """Keep an answer nobody had asked for; *basis* is by what they could decide, and the key."""
    tx.insert(
        _record,
        id=consent_id,
        request_id=request_id,
        notice_id=consent.notice,
        language=consent.language,
        collected_by=tx.actor.id,
        collected_by_agency_id=tx.actor.agency_id,
        recorded_at=tx.now,
        **_answer_columns(consent, consent_id, basis, tx),
    )
    _keep_grants(consent, consent_id, tx)
    keep_evidence(consent, consent_id, basis[1], tx)


def answer_question(
    consent: Consent, consent_id: UUID, basis: tuple[str, bytes], tx: IntakeTransaction
) -> None:
    """Keep the answer to a question that was asked."""
    columns = _answer_columns(consent, consent_id, basis, tx)
    this = _record.c.id == consent_id
    tx.execute(update(_record).where(this).values(language=consent.language, **columns))
    _keep_grants(consent, consent_id, tx)
    keep_evidence(consent, consent_id, basis[1], tx)


def _answer_columns(
    consent: Consent, consent_id: UUID, basis: tuple[str, bytes], tx: IntakeTransaction
) -> dict[str, Any]:
    """Return what an answer adds to a consent's record, its clocks among it."""
    spoken = consent.method in SPOKEN
    confirm_by = tx.working_days_after(tx.now, CONFIRMED_WITHIN) if spoken else None
    return {
        "method": consent.method,
        "given_by": consent.given_by,
        "valid_until": consent.valid_until,
        "capable_by": basis[0],
        "sealed_witness": sealed_witness(consent, consent_id, basis[1], tx),
        "confirm_by": confirm_by,
        "next_look": next_look(consent.valid_until, confirm_by, tx.now),
    }


def _keep_grants(consent: Consent, consent_id: UUID, tx: IntakeTransaction) -> None:
    """Keep each answer by purpose, recipient and category."""
    for (purpose, recipient, category), decision in answers(consent).items():
        tx.insert(
            _grant,
            consent_id=consent_id,
            purpose=purpose,
            recipient_agency_id=recipient,
            category=category,
            decision=decision,
            id=tx.new_id(),
        )


def add_event(consent_id: UUID, sequence: int, step: Step, tx: IntakeTransaction) -> int:
    """Add what happened next to a consent; return its number."""
    tx.insert(
        t.consent_event,
        consent_id=consent_id,
        sequence=sequence,
        state=step.state,
        at=tx.now,
        by_kind=step.by or tx.actor.kind,
        by_id=None if step.by else tx.actor.id,
        method=step.method,
        reason=step.reason,
        change=step.change,
        valid_until=step.valid_until,
    )
    return sequence


def end_grants(consent_id: UUID, grants: Iterable[Row[Any]], tx: IntakeTransaction) -> None:
    """End these answers now; they stay to be read."""
    for grant in grants:
        tx.change(_END_GRANT, of_consent=consent_id, grant_id=grant.id, at_moment=tx.now)


def set_clocks(row: Row[Any], state: str, until: date | None, tx: IntakeTransaction) -> None:
    """Set when the clocks look at a consent again; at one that is over they never do."""
    look = next_look(until, overdue_at(row), tx.now) if state in LIVE else None
    tx.change(_CLOCKS, consent_id=row.id, look=look, rung=row.overdue_rung, until=until)


def looked_at(row: Row[Any], rung: int, tx: IntakeTransaction) -> None:
    """Note that the clocks have looked, and how far what is late has climbed."""
    late = None if _is_confirmed(row) else next_rung(row.confirm_by, CONFIRMING, rung)
    look = next_look(row.valid_until, late, tx.now)
    until = row.valid_until
    tx.change(_CLOCKS, consent_id=row.id, look=look, rung=rung or None, until=until)


def look_on(consent_id: UUID, day: date | None, tx: IntakeTransaction) -> None:
    """Let the clocks look at a question again on *day*, or not at all."""
    this = _record.c.id == consent_id
    tx.execute(update(_record).where(this).values(next_look=ends_at(day) if day else None))


def overdue_at(row: Row[Any]) -> datetime | None:
    """Return when a confirmation that is still missing climbs its next rung."""
    if _is_confirmed(row):
        return None
    return next_rung(row.confirm_by, CONFIRMING, row.overdue_rung or 0)


def confirm(row: Row[Any], how: str, tx: IntakeTransaction) -> None:
    """Note that what was said aloud was confirmed in writing."""
    look = next_look(row.valid_until, None, tx.now) if row.state in LIVE else None
    told = {"at_moment": tx.now, "how": how, "look": look}
    tx.change(_CONFIRM, {_record.c.request_id: row.request_id}, consent_id=row.id, **told)


def _is_confirmed(row: Row[Any]) -> bool:
    return row.confirm_by is None or row.confirmed_at is not None
