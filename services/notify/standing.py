"""How a referral stands: kept by what is told, and told as it stands.

Promise: nobody reads older news after newer; where some of it has not left yet, the newer
takes its place, so that no letter says "waiting" once support has started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notify.domain import HELD, LIVE, NEWS, OVER, PAUSED, UNSENT, Audience
from services.notify.heard import (
    ReferralAccepted,
    ReferralCancelled,
    ReferralDeclined,
    ReferralHalted,
    ReferralResumed,
    ReferralSent,
    ReferralVoided,
    ReferralWithdrawn,
)
from services.notify.heard_of_helping import (
    ReferralCompleted,
    ReferralHeld,
    ReferralRedirected,
    ReferralReturned,
    ReferralReviewed,
    ReferralStarted,
    ReferralWaiting,
)
from services.notify.hiding import hub_for
from services.notify.usecases import Notice, tell

if TYPE_CHECKING:
    from uuid import UUID

    from services.notify.heard import ReferralMoved
    from services.notify.storage import NotifyTransaction

TO, BY, PERSON = Audience.RECEIVER, Audience.REFERRER, Audience.PERSON
GOES_ON = frozenset({LIVE, HELD, PAUSED})
STANDING: dict[type, str] = {
    ReferralSent: LIVE,
    ReferralAccepted: LIVE,
    ReferralWaiting: LIVE,
    ReferralStarted: LIVE,
    ReferralReviewed: LIVE,
    ReferralResumed: LIVE,
    ReferralHeld: HELD,
    ReferralHalted: PAUSED,
    ReferralDeclined: OVER,
    ReferralRedirected: OVER,
    ReferralReturned: OVER,
    ReferralCompleted: OVER,
    ReferralCancelled: OVER,
    ReferralWithdrawn: OVER,
    ReferralVoided: OVER,
}


def know_standing(event: Any, tx: NotifyTransaction) -> None:  # noqa: ANN401 - any step
    """Keep whether a referral still goes on."""
    tx.keep_referral(_standing(event), **_sides(event))


def is_news(event: Any, tx: NotifyTransaction) -> bool:  # noqa: ANN401 - any step
    """Keep whether a referral still goes on; tell whether nothing newer is known of it."""
    return tx.keep_newest_referral(_standing(event), **_sides(event))


def _standing(event: Any) -> str:  # noqa: ANN401 - any step
    return STANDING[type(event)] if getattr(event, "sent", True) else UNSENT


def _sides(event: ReferralMoved) -> dict[str, UUID | None]:
    return {
        "referral_id": event.referral_id,
        "request_id": event.request_id,
        "agency_id": event.agency_id,
        "referrer_agency_id": event.referrer_agency_id,
    }


def notice_to(
    audience: Audience, template: str, event: ReferralMoved, facts: dict[str, Any]
) -> Notice | None:
    """Return what one side of a referral is told, None where there is no such side."""
    whom = {TO: event.agency_id, BY: event.referrer_agency_id}.get(audience)
    if whom is None and audience is not PERSON:
        return None
    about = (event.request_id, event.reference, event.referral_id)
    read_of = event.agency_id if audience is PERSON else None
    return Notice(audience, template, *about, agency_id=whom, facts=facts, concerns=read_of)


def tell_side(
    template: str,
    audience: Audience,
    event: ReferralMoved,
    tx: NotifyTransaction,
    **facts: Any,  # noqa: ANN401 - codes and moments
) -> None:
    """Tell one side of a referral, or the person; a self-referral has no referrer."""
    notice = notice_to(audience, template, event, facts)
    if notice is not None:
        tell(notice, tx)


def tell_news(
    template: str,
    audience: Audience,
    event: ReferralMoved,
    tx: NotifyTransaction,
    **facts: Any,  # noqa: ANN401 - codes and moments
) -> None:
    """Tell how a referral stands, in the place of older news that has not left yet."""
    notice = notice_to(audience, template, event, facts)
    if notice is None:
        return
    old = tx.unsent_news(event.referral_id, audience, notice.agency_id, NEWS)
    if old is None:
        tell(notice, tx)
    else:
        tx.say_instead(old, template, event.referral_id, facts)


def tell_hub_if_nobody_has_it(event: ReferralMoved, tx: NotifyTransaction) -> None:
    """Tell the hub once the last referral of a request is over and none has been put elsewhere."""
    hub = hub_for(event.request_id, tx)
    if hub is None or any(row.standing in GOES_ON for row in tx.referrals_of(event.request_id)):
        return
    about = (event.request_id, event.reference, event.referral_id)
    tell(Notice(TO, "nobody_has_it", *about, agency_id=hub.agency_id), tx)
