"""The service has done its part, and what came of it (T25, T29, T39).

Promise: what came of each need is asked for, now or within the days K11 allows; what was
written first is never written over.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from services.matching.domain.outcomes import Came, Known, faults, overall
from services.matching.errors import AnswerRefusedError
from services.matching.messages import Outcome, ReferralCompleted, ReferralOutcomeRecorded
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.content import RESTRICTED, content_of
from services.matching.usecases.ruling import today
from services.matching.usecases.sides import release, sides
from services.matching.usecases.stepping import take_step
from shared.codes import codes
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

EACH_NEED = "Say what came of each need."
NOT_WHILE = "Nothing may be said of the needs while the request is restricted."


def complete(
    referral_id: UUID,
    version: int | None,
    outcomes: Sequence[Came],
    tx: MatchingTransaction,
    note: str = "",
) -> None:
    """End a referral whose service has done its part (T29), or had when asked to stop (T25)."""
    referral, row = commanded(referral_id, "complete", version, tx)
    if outcomes:
        _check(referral, outcomes, (), tx)
    event = ReferralCompleted(**sides(referral), outcomes=_told(outcomes))
    take_step(referral, row, event, tx, reason=overall(outcomes), answered_at=tx.now)
    _keep(referral, outcomes, note, tx)
    release(referral, tx)


def record_outcome(
    referral_id: UUID,
    version: int | None,
    outcomes: Sequence[Came],
    tx: MatchingTransaction,
    note: str = "",
) -> None:
    """Write down afterwards what came of a referral (T39)."""
    referral, row = commanded(referral_id, "record-outcome", version, tx)
    if not outcomes:
        refuse("/outcomes", EACH_NEED)
    known = {row.need for row in tx.outcomes_of(referral.id)}
    _check(referral, outcomes, known, tx)
    event = ReferralOutcomeRecorded(**sides(referral), outcomes=_told(outcomes))
    take_step(referral, row, event, tx, reason=overall(outcomes))
    _keep(referral, outcomes, note, tx)


def _check(
    referral: Referral, outcomes: Sequence[Came], said: Collection[str], tx: MatchingTransaction
) -> None:
    withheld = content_of([referral], tx.actor, tx).withheld(referral)
    if withheld == RESTRICTED:
        refuse("/outcomes", NOT_WHILE)
    found = faults(outcomes, _known(referral, tx))
    missing = set(referral.needs) - {one.need for one in outcomes} - set(said)
    if missing and not found:
        which = "" if withheld else f" Still missing: {', '.join(sorted(missing))}."
        found = [("/outcomes", f"{EACH_NEED}{which}")]
    found += _not_onward(outcomes, tx)
    if found:
        raise AnswerRefusedError(found[0][1], [Fault(*fault) for fault in found])


def _known(referral: Referral, tx: MatchingTransaction) -> Known:
    day = today(tx)
    in_force = {name: code for name, code in codes("outcomes").items() if code.in_force(day)}
    return Known(
        needs=referral.needs,
        kinds={name: code.kind for name, code in in_force.items()},
        measures={name: code.measure for name, code in in_force.items()},
    )


def _not_onward(outcomes: Sequence[Came], tx: MatchingTransaction) -> list[tuple[str, str]]:
    """Return a fault for each onward referral that is not the agency's own."""
    found = []
    for index, one in enumerate(outcomes):
        if one.onward_referral_id is None:
            continue
        onward = tx.any_referral(one.onward_referral_id)
        if onward is None or tx.actor.agency_id not in {
            onward.referrer_agency_id,
            onward.agency_id,
        }:
            pointer = f"/outcomes/{index}/onward_referral_id"
            found.append((pointer, "Name a referral your agency has made."))
    return found


def _told(outcomes: Sequence[Came]) -> tuple[Outcome, ...]:
    return tuple(Outcome(**asdict(one)) for one in outcomes)


def _keep(referral: Referral, outcomes: Sequence[Came], note: str, tx: MatchingTransaction) -> None:
    tx.keep_outcomes(referral.id, [{**asdict(one), "codes": list(one.codes)} for one in outcomes])
    keep_notes(referral, {"outcome_note": note}, tx)
