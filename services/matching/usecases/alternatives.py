"""Which other services could help with a referral, the best first (T6, T14).

Promise: only what everybody finds in the guide is suggested; never an agency that the person
hides the request from, or has taken a yes back from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.choice import assess, rank
from services.matching.domain.visibility import PUBLIC
from services.matching.usecases.dealing import under_agreements
from services.matching.usecases.freezing import situation_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.domain.choice import Candidate, Entry
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

MOST = 3


def suggested(referral: Referral, tx: MatchingTransaction) -> tuple[UUID, ...]:
    """Return the services to pass on to who referred and the person, the best first.

    Only the needs of the referral count. None once the request is erased.
    """
    copy = tx.request_copy(referral.request_id)
    if copy is None:
        return ()
    wanted = set(referral.needs)
    fitting = (c for c in _askable(copy, tx) if wanted & set(c.covers))
    return tuple(c.entry.service_id for c in rank(fitting)[:MOST])


def _askable(copy: Row[Any], tx: MatchingTransaction) -> Iterator[Candidate]:
    """Yield what could be asked for a request and may be suggested."""
    known = situation_of(copy, copy.source)
    options = under_agreements(copy.referrer_agency_id, tx.options(known), tx)
    for entry in _suggestible((option.entry for option in options), copy.id, tx):
        candidate = assess(entry, known, tx.now, named=False)
        if candidate.refusal is None:
            yield candidate


def _suggestible(
    entries: Iterable[Entry], request_id: UUID, tx: MatchingTransaction
) -> Iterator[Entry]:
    """Yield the services everybody finds that the person may be told of, none asked before."""
    agreement, asked = tx.agreement(request_id), tx.services_asked(request_id)
    for entry in entries:
        if entry.service_id in asked or entry.listed not in PUBLIC:
            continue
        if agreement.hides(entry.agency_id, entry.service_id):
            continue
        if not agreement.took_back(entry.agency_id):
            yield entry
