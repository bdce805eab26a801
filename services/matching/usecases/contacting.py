"""Attempts to reach or see the person (T36), on ways they allowed.

Promise: an attempt changes no state; a way that was not allowed counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from services.matching.messages import ReferralContacted
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.ruling import hold_to_code, hold_to_days, today
from services.matching.usecases.sides import sides
from services.matching.usecases.stepping import take_step, taken_by
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

CHANNELS = ("phone", "text", "email", "letter", "visit")
REACHED = "DELIVERED"
CAME = frozenset({"YES", "LATE"})
SINCE_RECEIPT = "An attempt happened since the referral was received."


@dataclass(frozen=True, slots=True)
class Contact:
    """How an attempt went, on which day and way; for a visit, whether they came."""

    code: str
    on: date
    channel: str = "phone"
    as_agreed: bool = True
    attended: str | None = None
    why_absent: str | None = None
    note: str = ""


def record_contact(
    referral_id: UUID, version: int | None, what: Contact, tx: MatchingTransaction
) -> None:
    """Write down one attempt to reach or see the person (T36)."""
    referral, row = commanded(referral_id, "record-contact", version, tx)
    _check(what, tx)
    received = calendar_for(tx.nation()).local_date(referral.sent_at)
    hold_to_days("/on", what.on, received, today(tx), SINCE_RECEIPT)
    first = _reached(what) and referral.first_contact_on is None
    event = ReferralContacted(**sides(referral), code=what.code, on=what.on, first=first)
    changes = taken_by(referral, tx) | ({"first_contact_on": what.on} if first else {})
    take_step(referral, row, event, tx, reason=what.code, **changes)
    tx.keep_contact(
        referral.id,
        on_day=what.on,
        code=what.code,
        channel=what.channel,
        as_agreed=what.as_agreed,
        attended=what.attended,
        why_absent=what.why_absent,
    )
    keep_notes(referral, {"contact_note": what.note}, tx)


def _reached(what: Contact) -> bool:
    return what.code == REACHED and (what.attended is None or what.attended in CAME)


def _check(what: Contact, tx: MatchingTransaction) -> None:
    hold_to_code("contact_attempts", what.code, "/code", tx)
    if what.channel not in CHANNELS:
        refuse("/channel", "Choose by which way.")
    if what.attended is not None:
        hold_to_code("attendance", what.attended, "/attended", tx)
    if what.why_absent is not None:
        hold_to_code("non_attendance", what.why_absent, "/why_absent", tx)
    if what.why_absent is not None and what.attended in {None, *CAME}:
        refuse("/why_absent", "Say why they did not come only if they did not.")
