"""The way of a person from one referral to the next: what was before it, and what came of it.

Promise: whoever is no side of the other referral learns that it is there, since when and how it
stands: never which agency, service, need or reference. From whom the person hides the other
request it is not there at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from services.matching.domain.plain import stage_of

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from shared.identity import Principal


@dataclass(frozen=True, slots=True)
class Link:
    """Another referral of the way; no `row` while nobody was asked, `ours` if one is a side."""

    before: bool
    since: datetime
    row: Row[Any] | None = None
    ours: bool = False


def way_of(referral: Referral, caller: Principal, tx: MatchingTransaction) -> list[Link]:
    """Return the referral that *referral* goes on from, and those that go on from it."""
    origin, links = tx.goes_on_from(referral), []
    if origin is not None and not _hides(origin.request_id, caller, tx):
        links.append(_link(origin, caller, tx, before=True))
    for copy in tx.goes_on_in(referral):
        if not _hides(copy.id, caller, tx):
            links += _onward(copy, caller, tx)
    return links


def _onward(copy: Row[Any], caller: Principal, tx: MatchingTransaction) -> list[Link]:
    found = sorted(tx.referrals_of_request(copy.id), key=lambda row: row.id)
    known = [_link(row, caller, tx, before=False) for row in found if stage_of(row) is not None]
    return known or [Link(before=False, since=copy.submitted_at)]


def _link(row: Referral, caller: Principal, tx: MatchingTransaction, *, before: bool) -> Link:
    ours = tx.referral(row.id, caller) is not None
    return Link(before=before, since=row.created_at, row=row, ours=ours)


def _hides(request_id: UUID, caller: Principal, tx: MatchingTransaction) -> bool:
    """Tell whether the person hides a request from who reads, or from their agency."""
    return tx.is_hidden_from(request_id, caller.known_as())
