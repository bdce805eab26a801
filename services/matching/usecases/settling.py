"""Bringing every live referral of a request to where what is known of it says it belongs.

Promise: whatever is heard, in whatever order, ends here; so a request that is over, or an
agreement that is lost, stops every referral that relied on it in the transaction that hears it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.agreement import Fate, fate
from services.matching.domain.transitions import LIVE, State
from services.matching.storage.guide import entry_of
from services.matching.usecases.cancelling import cancel_refused_by_person
from services.matching.usecases.ending import end_with_request
from services.matching.usecases.halting import halt, resume
from services.matching.usecases.sending_later import send_agreed

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.domain.agreement import Agreement
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

AUTOMATIC, CLOSED = "automatic", "closed"
WITHDRAWN, NOT_VALID = "CONSENT_WITHDRAWN", "CONSENT_NOT_VALID"


def settle(request_id: UUID, tx: MatchingTransaction, *, why: str = WITHDRAWN) -> None:
    """Let all that was heard of a request take effect; *why* is the code of what is lost now."""
    rows = tx.referrals_of_request(request_id) if tx.is_placed(request_id) else []
    live = sorted((row for row in rows if row.state in LIVE), key=lambda row: row.id)
    done = [row for row in rows if row.state == State.COMPLETED]
    if not live and not done:
        return
    news, agreement = tx.news_of(request_id), tx.agreement(request_id)
    if news is None or news.ended_by is None:
        for referral in live:
            _settle_one(referral, agreement, why, tx)
    else:
        for referral in live:
            end_with_request(referral, news, tx)
    tx.end_follow_up(row for row in done if _left_nothing(row, news, agreement))


def is_taken_back(referral: Referral, tx: MatchingTransaction) -> bool:
    """Tell whether the person took back what a completed referral left with its receiver."""
    request_id = referral.request_id
    return _left_nothing(referral, tx.news_of(request_id), tx.agreement(request_id))


def _left_nothing(referral: Referral, news: Row[Any] | None, agreement: Agreement) -> bool:
    over = news is not None and news.ended_by not in {None, CLOSED}
    return over or not agreement.live(referral.agency_id)


def needed(service: Row[Any]) -> frozenset[str]:
    """Return the categories a service declares that it cannot do without."""
    return frozenset(entry_of(service.entry)["categories"])


def _settle_one(
    referral: Referral, agreement: Agreement, why: str, tx: MatchingTransaction
) -> None:
    service = tx.service_row(referral.service_id)
    wanted = needed(service) if service is not None else frozenset()
    sent = referral.categories if referral.sent_at else ()
    hidden = agreement.hides(referral.agency_id, referral.service_id)
    suffices = not hidden and agreement.suffices(referral.agency_id, wanted, sent)
    state = State(referral.state)
    match fate(state, referral.agency_id, agreement, suffices=suffices, hidden=hidden):
        case Fate.SEND:
            # A partnership may leave it to a worker.
            may_begin = agreement.may_begin(referral.agency_id, wanted)
            used = may_begin and not tx.is_restricted(referral.request_id)
            if used and tx.sending() == AUTOMATIC:
                send_agreed(referral, agreement, tx)
        case Fate.CANCEL:
            cancel_refused_by_person(referral, tx)
        case Fate.HALT:
            halt(referral, why, tx)
        case Fate.RESUME:
            resume(referral, agreement, tx)
        case Fate.STAY:
            pass
