"""The receiver says no, with a reason that teaches (T12), or takes its yes back (T13).

Promise: the reason is a code in force; a held place is free again at once; what is written
about a person is sealed before it is stored. Whoever names no other service passes on those that
the guide has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from services.matching.domain.criteria import wards_and_lists
from services.matching.domain.declining import GO_BACK, Refusal, faults
from services.matching.domain.visibility import PARTNERS
from services.matching.errors import AnswerRefusedError
from services.matching.messages import ReferralDeclined
from services.matching.usecases.alternatives import suggested
from services.matching.usecases.commanding import commanded, keep_notes
from services.matching.usecases.ruling import MOST_OTHERS, TOO_MANY
from services.matching.usecases.telling import tell_if_free_is
from services.matching.working_days import calendar_for
from shared.codes import codes
from shared.errors import Fault

if TYPE_CHECKING:
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from shared.identity import Principal


@dataclass(frozen=True, slots=True)
class Decline:
    """Why not, in a code; what would have been right; and who else could help."""

    reason: str
    comment: str = ""
    would_have_been_right_if: str = ""
    alternatives: tuple[UUID, ...] = ()


def decline(
    referral_id: UUID, version: int | None, answer: Decline, tx: MatchingTransaction
) -> None:
    """Say no with a reason, and give the place back (T12); or take a yes back (T13)."""
    referral, row = commanded(referral_id, "decline", version, tx)
    _check_decline(referral, answer, tx)
    if not answer.alternatives and answer.reason not in GO_BACK:
        answer = replace(answer, alternatives=suggested(referral, tx))
    alternatives = [str(service_id) for service_id in answer.alternatives]
    now = tx.move(
        referral, row, reason=answer.reason, answered_at=tx.now, alternatives=alternatives
    )
    if tx.release_place(referral.service_id, referral.id):
        tell_if_free_is(1, referral.service_id, tx)
    note_gap(referral, answer.reason, tx)
    notes = {
        "decline_comment": answer.comment,
        "would_have_been_right_if": answer.would_have_been_right_if,
    }
    keep_notes(referral, notes, tx)
    tx.announce(_declined(referral, answer), sequence=now)


def _check_decline(referral: Referral, answer: Decline, tx: MatchingTransaction) -> None:
    code = codes("decline_reasons").get(answer.reason)
    today = calendar_for(tx.nation()).local_date(tx.now)
    refusal = Refusal(
        code=answer.reason,
        in_force=code is not None and code.in_force(today) and _may_use(code.who_may_use, tx.actor),
        comment_required=code is not None and code.comment_required,
        comment=answer.comment,
        alternatives=len(answer.alternatives),
        right_if=answer.would_have_been_right_if,
    )
    found = [Fault(pointer, detail) for pointer, detail in faults(refusal)]
    found += _unknown_alternatives(referral, answer, tx)
    if found:
        raise AnswerRefusedError("The refusal breaks a rule; see errors.", found)


def _may_use(roles: tuple[str, ...], caller: Principal) -> bool:
    return caller.kind == "client" or not roles or bool(caller.roles & frozenset(roles))


def _unknown_alternatives(
    referral: Referral, answer: Decline, tx: MatchingTransaction
) -> list[Fault]:
    if len(answer.alternatives) > MOST_OTHERS:
        return [Fault("/alternatives", TOO_MANY)]
    # What only workers may find is suggested to nobody: the person reads it too.
    named = (row.id for row in tx.services_named(answer.alternatives) if row.listed in PARTNERS)
    known_ids = set(named) - {referral.service_id}
    return [
        Fault(f"/alternatives/{index}", "Name another service of the guide.")
        for index, service_id in enumerate(answer.alternatives)
        if service_id not in known_ids
    ]


def note_gap(referral: Referral, reason: str, tx: MatchingTransaction) -> None:
    """Remember each need that stays unmet for *reason*, if its code counts in the gap picture."""
    request = tx.request_copy(referral.request_id)
    code = codes("decline_reasons").get(reason) or codes("end_reasons")[reason]
    if not code.gap or request is None:
        return
    for need in referral.needs:
        tx.note_gap(
            referral.request_id,
            need,
            area_codes=wards_and_lists(request.area_codes)[0],
            reasons=[reason],
            service_id=referral.service_id,
            referral_id=referral.id,
        )


def _declined(referral: Referral, answer: Decline) -> ReferralDeclined:
    return ReferralDeclined(
        referral_id=referral.id,
        request_id=referral.request_id,
        reference=referral.reference,
        service_id=referral.service_id,
        agency_id=referral.agency_id,
        referrer_agency_id=referral.referrer_agency_id,
        reason=answer.reason,
        alternatives=answer.alternatives,
    )
