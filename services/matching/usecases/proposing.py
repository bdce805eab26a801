"""A worker chooses: the coordinator or the referrer proposes a service, and sends it (T5, T7).

Promise: whoever chooses writes down why; nothing goes to an agency that the person has not
agreed to, that no agreement lets be asked, or that cannot take them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from services.matching.domain.capacity import Way
from services.matching.domain.choice import Choice, choose_by_hand
from services.matching.domain.transitions import step
from services.matching.errors import (
    AnswerRefusedError,
    RequestNotFoundError,
    ServiceNotFoundError,
    TwinError,
)
from services.matching.messages import ReferralProposed
from services.matching.usecases.commanding import ANSWERING_ROLES, SUBMIT, commanded, refuse
from services.matching.usecases.dealing import hold_to_agreement
from services.matching.usecases.explaining import explanation, rules_version
from services.matching.usecases.freezing import frozen, situation_of
from services.matching.usecases.sending_later import send_now
from services.matching.usecases.settling import needed
from shared.codes import codes
from shared.errors import Fault

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.domain.agreement import Agreement
    from services.matching.domain.choice import Pick
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.guide_index import Option

PROPOSED = step("T5", "proposed")
COORDINATOR, PERSON = "coordinator", "person"
WHY = "why_this_service"
LONGEST = 4000
SAY_WHY = "Write why this service, in a sentence or two."
SAID_NO = (
    "The person said no to this agency, or has withdrawn from it. Tick below only if they want to "
    "be asked again."
)
AGAIN = "/again"
IS_OVER = "The whole request is over. Make a new request instead."
IS_RESTRICTED = "The request is restricted. It is kept, and nobody may use it now."
CANNOT_BE_ASKED = {
    "CLOSED_TO_REFERRALS": "The service is closed to referrals.",
    "NO_CAPACITY": "The service is full and keeps no waiting list.",
    "WAIT_TOO_LONG": "Nobody who joins the waiting list now is likely to start in time.",
}


def propose(
    request_id: UUID,
    service_id: UUID,
    reason: str,
    tx: MatchingTransaction,
    *,
    again: bool = False,
) -> UUID:
    """Choose a service for a request by hand, with the reason; return the new referral (T5).

    The person is asked first where they have not agreed to the agency yet; whoever said no, or
    has withdrawn from it, only where they told the worker that they want to be asked *again*.
    """
    copy, agreement = _request(request_id, tx), tx.agreement(request_id)
    option = _service(service_id, agreement, tx)
    _check(copy, option, reason, tx)
    if not again and said_no(request_id, option.entry.agency_id, agreement, tx):
        refuse(AGAIN, SAID_NO)
    pick = choose_by_hand(option.entry, situation_of(copy, copy.source), tx.now)
    _hold_to_terms(pick.candidate.way, pick.candidate.refusal)
    referral_id = _write(copy, option, pick, agreement, tx)
    tx.keep_note(request_id, referral_id, WHY, reason.strip())
    return referral_id


def send(referral_id: UUID, version: int | None, tx: MatchingTransaction) -> None:
    """Put a proposed referral to its agency, a place held for it where there is one (T7)."""
    referral, _row = commanded(referral_id, "send", version, tx)
    _hold_to_restriction(referral.request_id, tx)
    agreement, service = tx.agreement(referral.request_id), tx.service_row(referral.service_id)
    wanted = needed(service) if service is not None else frozenset()
    hold_to_agreement(referral.referrer_agency_id, referral.agency_id, tx, wanted, "")
    refusal = send_now(referral, agreement, tx)
    _hold_to_terms(None if refusal else Way.PLACE, refusal)


def _request(request_id: UUID, tx: MatchingTransaction) -> Row[Any]:
    """Return the copy of a request that the caller may choose for; to others it is not there."""
    copy, caller = tx.request_copy(request_id), tx.actor
    if copy is None or tx.is_hidden_from(request_id, caller.known_as()):
        raise RequestNotFoundError
    refers = SUBMIT in caller.scopes or bool(ANSWERING_ROLES & caller.roles)
    theirs = refers and caller.agency_id == copy.referrer_agency_id
    if not theirs and COORDINATOR not in caller.roles:
        raise RequestNotFoundError
    return copy


def _service(service_id: UUID, agreement: Agreement, tx: MatchingTransaction) -> Option:
    option = next(iter(tx.options_named([service_id])), None)
    if option is None or agreement.hides(option.entry.agency_id, service_id):
        raise ServiceNotFoundError
    return option


def said_no(
    request_id: UUID, agency_id: UUID, agreement: Agreement, tx: MatchingTransaction
) -> bool:
    """Tell whether the person said no to an agency, took a yes back, or withdrew from it."""
    own = [code.code for code in codes("end_reasons").values() if code.party == PERSON]
    return agreement.took_back(agency_id) or tx.withdrew_from(request_id, agency_id, own)


def _check(copy: Row[Any], option: Option, reason: str, tx: MatchingTransaction) -> None:
    agency = option.entry.agency_id
    if not reason.strip() or len(reason) > LONGEST:
        refuse("/reason", SAY_WHY)
    news = tx.news_of(copy.id)
    if news is not None and news.ended_by:
        refuse("", IS_OVER)
    _hold_to_restriction(copy.id, tx)
    if tx.live_twin(copy.id, option.entry.service_id):
        raise TwinError
    hold_to_agreement(copy.referrer_agency_id, agency, tx, option.categories)


def _hold_to_restriction(request_id: UUID, tx: MatchingTransaction) -> None:
    if tx.is_restricted(request_id):
        refuse("", IS_RESTRICTED)


def _hold_to_terms(way: Way | None, refusal: str | None) -> None:
    """Refuse what the service cannot be asked for now, and name the rule (G3)."""
    if way is None and refusal is not None:
        _refuse("/service", refusal, CANNOT_BE_ASKED.get(refusal, "It cannot be asked now."))


def _refuse(pointer: str, rule: str, words: str) -> NoReturn:
    detail = f"{words} ({rule})"
    raise AnswerRefusedError(detail, [Fault(pointer, detail)])


def _write(
    copy: Row[Any], option: Option, pick: Pick, agreement: Agreement, tx: MatchingTransaction
) -> UUID:
    """Write the referral with what the choice rested on, and tell of it."""
    entry, referral_id = option.entry, tx.new_id()
    choice = Choice(proposals=(pick,), decisive=(entry,))
    known = pick.candidate.situation
    agreed = {entry.agency_id} if agreement.suffices(entry.agency_id, option.categories) else set()
    told: dict[str, Any] = {
        "request_id": copy.id,
        "service_id": entry.service_id,
        "agency_id": entry.agency_id,
        "consent_id": copy.consent_id,
        "needs": pick.needs,
        "consent_needed": not agreed,
        "rules_version": rules_version(option.version),
        "geography_version": copy.geography_version,
    }
    decision = frozen(choice, known, {entry.service_id: option}, agreed, (), tx.now)
    tx.new_referral(
        PROPOSED,
        **{**told, "needs": list(pick.needs)},
        id=referral_id,
        version=1,
        reference=copy.reference,
        referrer_agency_id=copy.referrer_agency_id,
        categories=sorted(agreement.live(entry.agency_id)),
        urgency=copy.urgency,
        way=pick.candidate.way,
        explanation=explanation(pick, option.version, copy.geography_version),
        decision={**decision, "by_hand": True},
    )
    tx.record(referral_id, 1, PROPOSED)
    tx.announce(ReferralProposed(referral_id=referral_id, **told), sequence=1)
    return referral_id
