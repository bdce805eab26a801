"""Rules that several answers share: days within bounds, codes in force, services of the guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.visibility import PARTNERS
from services.matching.usecases.commanding import refuse
from services.matching.working_days import calendar_for
from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

MOST_OTHERS = 10
TOO_MANY = f"Suggest at most {MOST_OTHERS} services."
SAY_MORE = "Say more: this reason needs a comment."
CHOOSE = "Choose one of the reasons in use today."


def today(tx: MatchingTransaction) -> date:
    """Return the day it is where the people live."""
    return calendar_for(tx.nation()).local_date(tx.now)


def hold_to_code(which: str, code: str, pointer: str, tx: MatchingTransaction) -> None:
    """Refuse a code that is not in the list *which* today."""
    known = codes(which).get(code)
    if known is None or not known.in_force(today(tx)):
        refuse(pointer, CHOOSE)


def hold_to_days(pointer: str, day: date, first: date, last: date, because: str) -> None:
    """Refuse a day outside of *first* and *last*, and say which rule that is."""
    if not first <= day <= last:
        refuse(pointer, f"{because} Choose a day from {first.isoformat()} to {last.isoformat()}.")


def hold_to_guide(
    referral: Referral, alternatives: Sequence[UUID], tx: MatchingTransaction
) -> None:
    """Refuse to suggest what is not in the guide, or the service itself."""
    if len(alternatives) > MOST_OTHERS:
        refuse("/alternatives", TOO_MANY)
    # What only workers may find is suggested to nobody: the person reads it too.
    named = (row.id for row in tx.services_named(alternatives) if row.listed in PARTNERS)
    known = set(named) - {referral.service_id}
    for index, service_id in enumerate(alternatives):
        if service_id not in known:
            refuse(f"/alternatives/{index}", "Name another service of the guide.")
