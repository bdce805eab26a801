"""Who commands what: the checks that every answer to a referral passes first.

Promise: a command passes only from the version its sender saw and by a row of the table;
a referral the sender may not see is refused exactly like one that does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from services.matching.domain.transitions import State, Who, actions, row_for
from services.matching.errors import (
    AnswerRefusedError,
    NotPossibleError,
    ReferralNotFoundError,
    StaleVersionError,
    VersionMissingError,
)
from shared.errors import Fault

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.domain.transitions import Row as Transition
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from shared.identity import Principal

ANSWERING_ROLES = frozenset({"worker", "manager"})
RESPOND, SUBMIT = "referral.respond", "referral.submit"


def parts_of(caller: Principal, referral: Referral) -> frozenset[Who]:
    """Return in which parts *caller* may act on a referral."""
    answers = RESPOND in caller.scopes or bool(ANSWERING_ROLES & caller.roles)
    refers = SUBMIT in caller.scopes or bool(ANSWERING_ROLES & caller.roles)
    parts = set()
    if answers and caller.agency_id == referral.agency_id:
        parts.add(Who.RECEIVER)
        if referral.referrer_agency_id is None:
            parts.add(Who.STAND_IN)
    if refers and caller.agency_id == referral.referrer_agency_id:
        parts.add(Who.REFERRER)
    return frozenset(parts)


def possible(caller: Principal, referral: Referral) -> tuple[str, ...]:
    """Return what *caller* may do with a referral now."""
    return actions(State(referral.state), parts_of(caller, referral))


def commanded(
    referral_id: UUID, action: str, version: int | None, tx: MatchingTransaction
) -> tuple[Referral, Transition]:
    """Return the referral and the row by which the caller may do *action* now, or refuse."""
    referral = tx.referral(referral_id, tx.actor)
    if referral is None:
        raise ReferralNotFoundError
    if version is None:
        raise VersionMissingError
    if version != referral.version:
        raise StaleVersionError(referral.version)
    state, parts = State(referral.state), parts_of(tx.actor, referral)
    row = row_for(action, state, parts)
    if row is None:
        raise NotPossibleError(action, state, actions(state, parts))
    return referral, row


def keep_notes(referral: Referral, notes: dict[str, str], tx: MatchingTransaction) -> None:
    """Seal whatever was written; an empty field is no note."""
    for kind, text in notes.items():
        if text.strip():
            tx.keep_note(referral.request_id, referral.id, kind, text)


def refuse(pointer: str, detail: str) -> NoReturn:
    """Refuse an answer for one fault."""
    raise AnswerRefusedError(detail, [Fault(pointer, detail)])
