"""Who commands what: the checks that every answer to a referral passes first.

Promise: a command passes only from the version its sender saw and by a row of the table;
a referral the sender may not see is refused exactly like one that does not exist.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from services.matching.domain.clocks import add_months
from services.matching.domain.transitions import TERMINAL, Fact, State, Who, actions, row_for
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

    from services.matching.domain.transitions import Result
    from services.matching.domain.transitions import Row as Transition
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from shared.identity import Principal

ANSWERING_ROLES = frozenset({"worker", "manager"})
MANAGER = "manager"
OFFICES = {"coordinator": Who.COORDINATOR, "officer": Who.OFFICER}
RESPOND, SUBMIT = "referral.respond", "referral.submit"
A_YEAR = 12


def parts_of(caller: Principal, referral: Referral) -> frozenset[Who]:
    """Return in which parts *caller* may act on a referral."""
    answers = RESPOND in caller.scopes or bool(ANSWERING_ROLES & caller.roles)
    refers = SUBMIT in caller.scopes or bool(ANSWERING_ROLES & caller.roles)
    parts = {part for role, part in OFFICES.items() if role in caller.roles}
    if answers and caller.agency_id == referral.agency_id:
        parts.add(Who.RECEIVER)
        if RESPOND in caller.scopes or MANAGER in caller.roles:
            parts.add(Who.MANAGER)
        if referral.referrer_agency_id is None:
            parts.add(Who.STAND_IN)
    if refers and caller.agency_id == referral.referrer_agency_id:
        parts.add(Who.REFERRER)
    return frozenset(parts)


def facts_of(referral: Referral, now: datetime) -> frozenset[Fact]:
    """Return what is true of a referral at *now*, as far as its table asks."""
    ended = referral.answered_at if referral.state in TERMINAL else None
    known = {
        Fact.REVIEW_OPEN: review_is_open(referral, now),
        Fact.HELP_BEGAN: referral.started_on is not None,
        Fact.ENDED_LATELY: ended is not None and now.date() <= add_months(ended.date(), A_YEAR),
    }
    return frozenset(fact for fact, true in known.items() if true)


def review_is_open(referral: Referral, now: datetime) -> bool:
    """Tell whether the waiting target (K5) has passed, or is no longer counted."""
    running = (referral.clocks or {}).get("clocks", {})
    target = running.get("K5")
    return target is None or datetime.fromisoformat(target["due"]) <= now


def possible(caller: Principal, referral: Referral, now: datetime) -> tuple[str, ...]:
    """Return what *caller* may do with a referral now."""
    parts, facts = parts_of(caller, referral), facts_of(referral, now)
    return actions(State(referral.state), parts, facts)


def commanded(
    referral_id: UUID,
    action: str,
    version: int | None,
    tx: MatchingTransaction,
    result: Result | None = None,
) -> tuple[Referral, Transition]:
    """Return the referral and the row by which the caller may do *action* now, or refuse."""
    referral = tx.referral(referral_id, tx.actor)
    if referral is None and set(OFFICES) & tx.actor.roles:
        referral = tx.seen_from_office(referral_id, tx.actor)
    if referral is None:
        raise ReferralNotFoundError
    if version is None:
        raise VersionMissingError
    if version != referral.version:
        raise StaleVersionError(referral.version)
    state, parts = State(referral.state), parts_of(tx.actor, referral)
    facts = facts_of(referral, tx.now)
    row = row_for(action, state, parts, facts, result)
    if row is None:
        raise NotPossibleError(action, state, actions(state, parts, facts))
    return referral, row


def keep_notes(referral: Referral, notes: dict[str, str], tx: MatchingTransaction) -> None:
    """Seal whatever was written; an empty field is no note."""
    for kind, text in notes.items():
        if text.strip():
            tx.keep_note(referral.request_id, referral.id, kind, text)


def refuse(pointer: str, detail: str) -> NoReturn:
    """Refuse an answer for one fault."""
    raise AnswerRefusedError(detail, [Fault(pointer, detail)])
