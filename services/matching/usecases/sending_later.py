"""Sending what was only proposed, once the person agrees to the agency (T7).

Promise: the service is asked on the terms of today; one that cannot be asked now is told of
once as a gap, and its referral stays proposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.capacity import Way, way_in
from services.matching.domain.criteria import wards_and_lists
from services.matching.domain.transitions import step
from services.matching.messages import MatchFailed, ReferralSent
from services.matching.storage.guide import entry_of, places_of, standing_of
from services.matching.usecases.dealing import refused_by_agreement
from services.matching.usecases.sides import sides
from services.matching.usecases.telling import tell_capacity

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.matching.domain.agreement import Agreement
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

SENT = step("T7", "sent")
CLOSED, FULL = "CLOSED_TO_REFERRALS", "NO_CAPACITY"


def send_agreed(referral: Referral, agreement: Agreement, tx: MatchingTransaction) -> None:
    """Put a proposed referral to its agency, which the person agreed to (T7)."""
    refusal = send_now(referral, agreement, tx)
    if refusal is not None:
        _admit(referral, refusal, tx)


def send_now(referral: Referral, agreement: Agreement, tx: MatchingTransaction) -> str | None:
    """Put a referral to its agency on the terms of today; return the code why it cannot be."""
    service = next(iter(tx.services_named([referral.service_id])), None)
    if service is None:
        return CLOSED
    wanted = entry_of(service.entry)["categories"]
    rule = refused_by_agreement(referral.referrer_agency_id, referral.agency_id, tx, wanted)
    way = str(rule) if rule else way_in(standing_of(service), tx.now, named=True)
    if way is Way.PLACE and not tx.hold_place(referral.service_id, referral.id):
        way = FULL
    if not isinstance(way, Way):
        return way
    _send(referral, service, way, agreement, tx)
    _after_offer(service, way, tx)
    return None


def _send(
    referral: Referral, service: Row[Any], way: Way, agreement: Agreement, tx: MatchingTransaction
) -> None:
    consent_id = agreement.relied_on(referral.agency_id) or referral.consent_id
    clocks = _clocks(referral, service, tx)
    due = clocks["answer_by"]
    version = tx.move(
        referral,
        SENT,
        due_at=due,
        way=way,
        sent_at=tx.now,
        consent_id=consent_id,
        categories=sorted(agreement.live(referral.agency_id)),
        clocks=clocks,
    )
    event = ReferralSent(
        **sides(referral),
        consent_id=consent_id,
        needs=tuple(referral.needs),
        urgency=referral.urgency,
        enquiry=way is Way.ENQUIRY,
        sent_at=tx.now,
        answer_by=due,
    )
    tx.announce(event, sequence=version)


def _clocks(referral: Referral, service: Row[Any], tx: MatchingTransaction) -> dict[str, Any]:
    copy = tx.request_copy(referral.request_id)
    return tx.begin_clocks(
        standing_of(service).clock_profile,
        referral.urgency,
        asked=tx.now,  # the hours of a front door begin when it may first know
        band=copy.threshold if copy is not None else None,
    )


def _after_offer(service: Row[Any], way: Way, tx: MatchingTransaction) -> None:
    figure = places_of(service)
    if way is not Way.PLACE:
        tx.offered(service.id)
    elif figure and figure.free == 1:
        tell_capacity(service.id, tx)


def _admit(referral: Referral, reason: str, tx: MatchingTransaction) -> None:
    """Say once that a service the person agreed to cannot be asked, and remember the gap."""
    if tx.has_gap(referral.id):
        return
    copy = tx.request_copy(referral.request_id)
    areas = wards_and_lists(copy.area_codes)[0] if copy is not None else ()
    which = {"service_id": referral.service_id, "reasons": (reason,), "area_codes": areas}
    for need in referral.needs:
        tx.note_gap(referral.request_id, need, referral_id=referral.id, **which)
    event = MatchFailed(
        request_id=referral.request_id,
        reference=referral.reference,
        referrer_agency_id=referral.referrer_agency_id,
        needs=tuple(referral.needs),
        **which,
    )
    tx.announce(event)
