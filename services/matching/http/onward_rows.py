"""Where a referral came from and where its receiver referred the person on, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from services.matching.domain.plain import is_not_yet_supported, stage_of
from services.matching.http import words
from services.matching.usecases.following import way_of
from shared.web.access import principal

if TYPE_CHECKING:
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from services.matching.usecases.following import Link

    Rows = list[dict[str, Any]]

FROM, TO = "Referred on from", "Referred on to"
NOT_SUPPORTED = "Accepted: waiting, not yet supported"


def onward_rows(row: Referral, tx: MatchingTransaction) -> Rows:
    """Return the way of the person before this referral and after it, as far as one may see."""
    return [_row(link, tx) for link in way_of(row, principal(), tx)]


def _row(link: Link, tx: MatchingTransaction) -> dict[str, Any]:
    key, since = FROM if link.before else TO, words.day(tx.calendar().local_date(link.since))
    if link.row is None:
        return {"key": key, "value": f"Since {since}. Nobody was asked yet."}
    if not link.ours:
        other = "An earlier referral of" if link.before else "Another service, since"
        stage = "" if link.before else f". {_stage(link.row)}."
        return {"key": key, "value": f"{other} {since}{stage}"}
    return {
        "key": key,
        "value": f"Referral {link.row.reference} of {since}. {_stage(link.row)}.",
        "href": url_for("portal.show", referral_id=link.row.id),
        "action": "Open",
    }


def _stage(other: Referral) -> str:
    return NOT_SUPPORTED if is_not_yet_supported(other) else stage_of(other) or "Not shown"
