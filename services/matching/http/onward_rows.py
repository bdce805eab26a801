"""Where a referral came from and where its receiver referred the person on, as far as one may see.

Promise: whoever is no side of the other referral is told that it is there, since when and how it
stands: never which agency, which service, which need or which reference. Whoever the person hides
the other request from is told nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from services.matching.domain.plain import is_not_yet_supported, stage_of
from services.matching.http import words
from shared.web.access import principal

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

    Rows = list[dict[str, Any]]

FROM, TO = "Referred on from", "Referred on to"
NOT_SUPPORTED = "Accepted: waiting, not yet supported"


def onward_rows(row: Referral, tx: MatchingTransaction) -> Rows:
    """Return the way of the person before this referral and after it."""
    return [*_before(row, tx), *_after(row, tx)]


def _before(row: Referral, tx: MatchingTransaction) -> Rows:
    origin = tx.goes_on_from(row)
    if origin is None or _hides(origin.request_id, tx):
        return []
    if tx.referral(origin.id, principal()) is None:
        return [{"key": FROM, "value": f"An earlier referral of {_day(origin.created_at, tx)}"}]
    return [_linked(FROM, origin, tx)]


def _after(row: Referral, tx: MatchingTransaction) -> Rows:
    shown: Rows = []
    for copy in tx.goes_on_in(row):
        if _hides(copy.id, tx):
            continue
        found = sorted(tx.referrals_of_request(copy.id), key=lambda one: one.id)
        known = [one for one in found if stage_of(one) is not None]
        shown += [_one(one, tx) for one in known]
        if not known:
            asked = f"Since {_day(copy.submitted_at, tx)}. Nobody was asked yet."
            shown.append({"key": TO, "value": asked})
    return shown


def _one(other: Referral, tx: MatchingTransaction) -> dict[str, Any]:
    if tx.referral(other.id, principal()) is not None:
        return _linked(TO, other, tx)
    since = _day(other.created_at, tx)
    return {"key": TO, "value": f"Another service, since {since}. {_stage(other)}."}


def _linked(key: str, other: Referral, tx: MatchingTransaction) -> dict[str, Any]:
    since = _day(other.created_at, tx)
    return {
        "key": key,
        "value": f"Referral {other.reference} of {since}. {_stage(other)}.",
        "href": url_for("portal.show", referral_id=other.id),
        "action": "Open",
    }


def _stage(other: Referral) -> str:
    return NOT_SUPPORTED if is_not_yet_supported(other) else stage_of(other) or "Not shown"


def _day(at: datetime, tx: MatchingTransaction) -> str:
    return words.day(tx.calendar().local_date(at))


def _hides(request_id: UUID, tx: MatchingTransaction) -> bool:
    """Tell whether the person hides a request from who reads, or from their agency."""
    who = principal()
    return any(tx.is_hidden_from(request_id, str(one)) for one in (who.id, who.agency_id))
