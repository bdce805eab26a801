"""A referral that was over is taken up again, as a new one that names the old (T30).

Promise: it is sent only on the person's own agreement of today and under an agreement in force;
the old one stays as it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.transitions import step
from services.matching.messages import ReferralProposed, ReferralReopened
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.dealing import hold_to_agreement
from services.matching.usecases.proposing import said_no
from services.matching.usecases.ruling import SAY_MORE, hold_to_code
from services.matching.usecases.settling import needed, settle
from services.matching.usecases.sides import sides
from services.matching.usecases.stepping import take_step
from shared.codes import codes

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from services.matching.usecases.cancelling import Reason

OF_THE_AGENCY = "PLACE_FREE_NOW"
"""The one reason that is the agency's own, and says nothing of what the person wants."""
THEIR_WISH = "The person had withdrawn from this agency. Take it up again only if they ask for it."
PROPOSED, REOPENED = step("T5", "proposed"), step("T30", "reopened")
SAME = (
    "request_id", "reference", "service_id", "agency_id", "referrer_agency_id", "consent_id",
    "needs", "urgency", "way", "rules_version", "geography_version",
)  # fmt: skip


def reopen(referral_id: UUID, version: int | None, why: Reason, tx: MatchingTransaction) -> UUID:
    """Take up again a referral that was over, and return the id of the new one (T30)."""
    referral, _row = commanded(referral_id, "reopen", version, tx)
    _check(referral, why, tx)
    new = propose_again(referral, tx)
    keep_notes(new, {"reopen_comment": why.comment}, tx)
    event = ReferralReopened(**sides(new), reopens=referral.id, reason=why.code)
    take_step(new, REOPENED, event, tx, reason=why.code)
    settle(referral.request_id, tx)
    new_id: UUID = new.id
    return new_id


def _check(referral: Referral, why: Reason, tx: MatchingTransaction) -> None:
    hold_to_code("reopen_reasons", why.code, "/reason", tx)
    if codes("reopen_reasons")[why.code].comment_required and not why.comment.strip():
        refuse("/comment", SAY_MORE)
    agreement, agency_id = tx.agreement(referral.request_id), referral.agency_id
    if why.code == OF_THE_AGENCY and said_no(referral.request_id, agency_id, agreement, tx):
        refuse("/reason", THEIR_WISH)
    service = tx.service_row(referral.service_id)
    wanted = needed(service) if service is not None else frozenset()
    hold_to_agreement(referral.referrer_agency_id, referral.agency_id, tx, wanted, "")


def propose_again(old: Referral, tx: MatchingTransaction) -> Referral:
    """Write the new referral, and tell of it as of any other (T5)."""
    new_id = tx.new_id()
    agreement = tx.agreement(old.request_id)
    service = tx.service_row(old.service_id)
    wanted = needed(service) if service is not None else frozenset()
    suffices = agreement.suffices(old.agency_id, wanted)
    tx.new_referral(
        PROPOSED,
        **{name: getattr(old, name) for name in SAME},
        id=new_id,
        version=1,
        reopens=old.id,
        consent_needed=not suffices,
        categories=sorted(agreement.live(old.agency_id)),
        explanation=old.explanation,
        decision=old.decision,
    )
    tx.record(new_id, 1, PROPOSED)
    new = tx.any_referral(new_id)
    if new is None:
        raise LookupError("a referral that was just written is not there")
    tx.announce(_told(new), sequence=1)
    return new


def _told(new: Referral) -> ReferralProposed:
    return ReferralProposed(
        referral_id=new.id,
        request_id=new.request_id,
        service_id=new.service_id,
        agency_id=new.agency_id,
        consent_id=new.consent_id,
        needs=tuple(new.needs),
        consent_needed=new.consent_needed,
        rules_version=new.rules_version,
        geography_version=new.geography_version,
    )
