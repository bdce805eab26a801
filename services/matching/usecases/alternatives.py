"""Which other services could help, ranked, with the reason for each rank (T6, T14).

Promise: only what its reader may see is suggested: entries open to everyone, unless a worker of
the hub asks; never an agency that the person hides the request from, or has taken a yes back from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services.matching.domain.capacity import Way
from services.matching.domain.choice import assess, rank, rank_reasons
from services.matching.storage.guide import entry_of
from services.matching.usecases.dealing import under_agreements
from services.matching.usecases.freezing import situation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

MOST = 5
PASSED_ON = 3
PUBLIC = ("public",)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A service to suggest; `agreed`: the person lets its agency know already."""

    service_id: UUID
    agency_id: UUID
    name: str
    needs: tuple[str, ...]
    way: Way
    reasons: tuple[str, ...]
    agreed: bool


def alternatives_for(
    about: Referral | UUID,
    tx: MatchingTransaction,
    *,
    listed: Sequence[str] = PUBLIC,
    most: int = MOST,
) -> tuple[Alternative, ...]:
    """Return the services to suggest for a referral or a request, the best first.

    Of a referral only its own needs count. None once the request is erased.
    """
    request_id = about if isinstance(about, UUID) else about.request_id
    copy = tx.request_copy(request_id)
    if copy is None:
        return ()
    agreement, asked = tx.agreement(request_id), tx.services_asked(request_id)
    known = situation_of(copy, copy.source)
    options = under_agreements(copy.referrer_agency_id, tx.options(known), tx)
    assessed = (
        assess(option.entry, known, tx.now, named=False)
        for option in options
        if option.entry.service_id not in asked
        and option.entry.listed in listed
        and not agreement.hides(option.entry.agency_id, option.entry.service_id)
        and not agreement.took_back(option.entry.agency_id)
    )
    wanted = set(known.needs if isinstance(about, UUID) else about.needs)
    ranked = rank(c for c in assessed if c.refusal is None and wanted & set(c.covers))[:most]
    rows = {row.id: row for row in tx.services_named([c.entry.service_id for c in ranked])}
    return tuple(
        Alternative(
            service_id=c.entry.service_id,
            agency_id=c.entry.agency_id,
            name=entry_of(rows[c.entry.service_id].entry)["name"],
            needs=c.covers,
            way=c.way or Way.ENQUIRY,
            reasons=rank_reasons(c, ranked),
            agreed=bool(agreement.live(c.entry.agency_id)),
        )
        for c in ranked
    )


def suggested(referral: Referral, tx: MatchingTransaction) -> tuple[UUID, ...]:
    """Return the services to pass on to who referred and the person, the best first."""
    return tuple(one.service_id for one in alternatives_for(referral, tx, most=PASSED_ON))
