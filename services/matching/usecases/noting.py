"""A word between the two sides of a referral, beside questions and answers.

Promise: it is sealed before it is stored, is read only where reading is recorded, and moves
nothing: no state, no version, no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.transitions import Fact, State, Who
from services.matching.errors import NotPossibleError, ReferralNotFoundError
from services.matching.messages.notes import NoteWritten
from services.matching.usecases.commanding import FIRST, parts_of, possible, refuse
from services.matching.usecases.content import keeps_for_receiver

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from shared.identity import Principal

KIND, ACTION = "message", "write"
SIDES = frozenset({Who.RECEIVER, Who.REFERRER})


def may_write(caller: Principal, referral: Referral) -> bool:
    """Tell whether *caller* may write to the other side of a referral now, who can still read it.

    Whoever referred reads on after an end; the agency that was asked does not.
    """
    two_sides = referral.referrer_agency_id not in {None, referral.agency_id}
    heard = keeps_for_receiver(referral) and referral.state != State.PROPOSED
    return two_sides and heard and bool(SIDES & parts_of(caller, referral))


def is_writable(caller: Principal, referral: Referral, tx: MatchingTransaction) -> bool:
    """Tell whether *caller* may write of a referral, and its request is not restricted."""
    return may_write(caller, referral) and not tx.is_restricted(referral.request_id)


def write_note(referral_id: UUID, text: str, tx: MatchingTransaction) -> None:
    """Write to the other side of a referral."""
    referral = tx.referral(referral_id, tx.actor)
    if referral is None:
        raise ReferralNotFoundError
    if not may_write(tx.actor, referral):
        offered = possible(tx.actor, referral, tx)
        raise NotPossibleError(ACTION, State(referral.state), offered)
    if tx.is_restricted(referral.request_id):
        offered = possible(tx.actor, referral, tx)
        raise NotPossibleError(ACTION, State(referral.state), offered, FIRST[Fact.USABLE])
    if not text.strip():
        refuse("/text", "Write your message.")
    by, sides = tx.actor.agency_id, (referral.agency_id, referral.referrer_agency_id)
    if by is None:
        raise ReferralNotFoundError
    event = NoteWritten(
        note_id=tx.keep_note(referral.request_id, referral.id, KIND, text),
        referral_id=referral.id,
        request_id=referral.request_id,
        reference=referral.reference,
        service_id=referral.service_id,
        by_agency_id=by,
        to_agency_id=next(side for side in sides if side != by),
    )
    tx.announce(event)
