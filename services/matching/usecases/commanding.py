"""Who commands what: the checks that every answer to a referral passes first.

Promise: a command passes only from the version its sender saw and by a row of the table;
a referral the sender may not see is refused exactly like one that does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from services.matching.domain.transitions import (
    RULES,
    TERMINAL,
    Fact,
    State,
    Who,
    actions,
    row_for,
    rows_in_part,
)
from services.matching.errors import (
    AnswerRefusedError,
    NoPlaceError,
    NotPossibleError,
    ReferralNotFoundError,
    StaleVersionError,
    TwinError,
    VersionMissingError,
)
from services.matching.usecases.knowing import facts_of, facts_of_all
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.matching.domain.transitions import Result
    from services.matching.domain.transitions import Row as Transition
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from shared.errors import ConflictError
    from shared.identity import Principal

ANSWERING_ROLES = frozenset({"worker", "manager"})
MANAGER = "manager"
OFFICES = {"coordinator": Who.COORDINATOR, "officer": Who.OFFICER}
RESPOND, SUBMIT = "referral.respond", "referral.submit"
KEEPS_WAITING = (
    "No place is free. This person keeps their place on your waiting list. When a place is free, "
    "update how many you have."
)
FIRST = {
    Fact.USABLE: (
        "The request is restricted: it is kept, and used for nothing. Until that ends you can "
        "only stop, not go on."
    ),
    Fact.FRESH: "It was accepted more than five working days ago. Ask a manager to take it back.",
    Fact.AGREED: "The person has not agreed to this agency yet. Nothing is sent before that.",
    Fact.NOT_REFUSED: (
        "The person does not agree to this. Talk to them before you take it up again."
    ),
    Fact.REQUEST_LIVES: "The whole request is over. Make a new request instead.",
    Fact.ROOM: "All places are promised. Update how many you have, or decline for want of room.",
    Fact.OPEN: "The service is closed to new referrals. Reopen it first, or decline.",
    Fact.ASKABLE: "The service is closed or full, so this cannot be sent now.",
    Fact.IN_TIME: (
        "The longest wait is over, so it is too late to accept. Decline, and say that the wait "
        "is too long."
    ),
    Fact.DEAL: "No agreement between the two agencies lets this be sent now.",
}
"""What has to come first, in words, for each fact that can be lacking without its state."""


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


def possible(caller: Principal, referral: Referral, tx: MatchingTransaction) -> tuple[str, ...]:
    """Return what *caller* may do with a referral now."""
    return possible_of_all(caller, [referral], tx)[referral.id]


def possible_of_all(
    caller: Principal, referrals: Sequence[Referral], tx: MatchingTransaction
) -> dict[UUID, tuple[str, ...]]:
    """Return what *caller* may do with each of these referrals now."""
    asked = [(row, parts_of(caller, row)) for row in referrals]
    facts = facts_of_all(asked, tx)
    return {row.id: actions(State(row.state), parts, facts[row.id]) for row, parts in asked}


def held_back(caller: Principal, referral: Referral, tx: MatchingTransaction) -> tuple[str, ...]:
    """Return in words why *caller* cannot do now what the state of a live referral would allow."""
    state, parts = State(referral.state), parts_of(caller, referral)
    if state in TERMINAL:
        return ()
    facts = facts_of(referral, parts, tx)
    lacking = (_lacking(row, facts) for row in rows_in_part(state, parts))
    return tuple(dict.fromkeys(_why(fact, state) for fact in lacking if fact and _why(fact, state)))


def commanded(
    referral_id: UUID,
    action: str,
    version: int | None,
    tx: MatchingTransaction,
    result: Result | None = None,
) -> tuple[Referral, Transition]:
    """Return the referral and the row by which the caller may do *action* now, or refuse.

    What only a rule forbids is left to the command, which names it.
    """
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
    facts = facts_of(referral, parts, tx)
    row = row_for(action, state, parts, facts | RULES, result)
    if row is None:
        raise why_not(action, tx.actor, referral, tx)
    return referral, row


def why_not(
    action: str, caller: Principal, referral: Referral, tx: MatchingTransaction
) -> ConflictError:
    """Return the refusal of an action that *caller* is not offered, with what is possible now."""
    state, parts = State(referral.state), parts_of(caller, referral)
    facts = facts_of(referral, parts, tx)
    rows = [one for one in rows_in_part(state, parts) if one.action == action]
    lacking = next((fact for one in rows if (fact := _lacking(one, facts))), None)
    return _refusal(action, state, actions(state, parts, facts), lacking)


def _lacking(row: Transition, facts: frozenset[Fact]) -> Fact | None:
    """Return the first fact that *row* asks for and that is not true."""
    return next((fact for fact in Fact if fact in row.facts - facts), None)


def _refusal(
    action: str, state: State, offered: tuple[str, ...], lacking: Fact | None
) -> ConflictError:
    now = {"state": str(state), "actions": list(offered)}
    match lacking:
        case Fact.NO_TWIN:
            return TwinError(**now)
        case Fact.ROOM:
            return NoPlaceError(_why(lacking, state), **now)
        case _:
            return NotPossibleError(action, state, offered, _why(lacking, state))


def _why(lacking: Fact | None, state: State) -> str:
    """Return in words what has to come first; nothing where the state says it all."""
    if lacking is Fact.ROOM and state is State.WAITING:
        return KEEPS_WAITING
    return FIRST.get(lacking, "") if lacking is not None else ""


def keep_notes(referral: Referral, notes: dict[str, str], tx: MatchingTransaction) -> None:
    """Seal whatever was written; an empty field is no note."""
    for kind, text in notes.items():
        if text.strip():
            tx.keep_note(referral.request_id, referral.id, kind, text)


def refuse(pointer: str, detail: str) -> NoReturn:
    """Refuse an answer for one fault."""
    raise AnswerRefusedError(detail, [Fault(pointer, detail)])
