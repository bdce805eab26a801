"""Whom notify tells when a referral or a request changes course, pauses or ends.

Promise: an agency hears only of what was put to it; after a death nobody writes to the person.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.notify.domain import DIED, HELD, VOIDED, WITHDRAWN
from services.notify.falling_silent import be_silent
from services.notify.heard import (
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralCancelRefused,
    ReferralCancelRequested,
    ReferralHalted,
    ReferralInformationGiven,
    ReferralInformationRequested,
    ReferralResumed,
    ReferralVoided,
    ReferralWithdrawn,
    RequestAmended,
    RequestClosed,
    RequestVoided,
    RequestWithdrawn,
)
from services.notify.hiding import hub_for, keep_back_what_waits, keep_hidden_now
from services.notify.standing import (
    BY,
    PERSON,
    TO,
    is_news,
    know_standing,
    tell_hub_if_nobody_has_it,
    tell_news,
    tell_side,
)
from services.notify.usecases import Notice, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.notify.heard_of_requests import RequestChanged
    from services.notify.storage import NotifyTransaction

FINISHED, CLOSED = "referral_completed", "request_closed"
GOT_HELP, BY_HAND = "GOT_HELP", frozenset({"staff", "client"})
AT_ONCE = timedelta(hours=1)
"""Within this a request closes by itself (T40) after the last service has finished."""


def tell_of_halting(event: ReferralHalted, tx: NotifyTransaction) -> None:
    """Tell the agency to stop at once, who referred, and the hub that answers for consent."""
    know_standing(event, tx)
    due = event.answer_by.isoformat()
    tell_side("referral_halted", TO, event, tx, answer_by=due)
    tell_side("referral_halted", BY, event, tx)
    hub = hub_for(event.request_id, tx)
    if hub is not None and hub.agency_id != event.agency_id:
        about = (event.request_id, event.reference, event.referral_id, hub.agency_id)
        tell(Notice(TO, "halted_for_hub", *about, facts={"answer_by": due}), tx)


def tell_of_stop(event: ReferralAcknowledged, tx: NotifyTransaction) -> None:
    """Tell who referred that the agency has stopped."""
    tell_side("referral_acknowledged", BY, event, tx)


def tell_of_resuming(event: ReferralResumed, tx: NotifyTransaction) -> None:
    """Tell both sides that it goes on; the agency that paused it itself knows."""
    before = tx.referral_row(event.referral_id)
    if not is_news(event, tx):
        return
    if before is None or before.standing != HELD:
        tell_side("referral_resumed", TO, event, tx)
        tell_side("referral_resumed", BY, event, tx)
    else:
        whom = BY if event.referrer_agency_id else PERSON
        tell_news("referral_resumed", whom, event, tx)


def tell_of_taking_back(event: ReferralCancelled, tx: NotifyTransaction) -> None:
    """Tell the agency if it knew; else who referred, for then the person said no."""
    know_standing(event, tx)
    tell_side("referral_cancelled", TO if event.sent else BY, event, tx)


def tell_of_wish_to_cancel(event: ReferralCancelRequested, tx: NotifyTransaction) -> None:
    """Ask the agency to stop."""
    tell_side("cancel_requested", TO, event, tx)


def tell_of_going_on(event: ReferralCancelRefused, tx: NotifyTransaction) -> None:
    """Tell who referred that the agency goes on."""
    tell_side("cancel_refused", BY, event, tx)


def tell_of_withdrawal(event: ReferralWithdrawn, tx: NotifyTransaction) -> None:
    """Tell the agency, and the others too unless the end of the request says it already."""
    know_standing(event, tx)
    if event.sent:
        tell_side("referral_withdrawn", TO, event, tx)
    if not event.with_request:
        tell_hub_if_nobody_has_it(event, tx)
        tell_news("referral_withdrawn", BY, event, tx, reason=event.reason)
        if event.reason != DIED:
            tell_news("referral_withdrawn", PERSON, event, tx)


def tell_of_mistake(event: ReferralVoided, tx: NotifyTransaction) -> None:
    """Tell the agency, if it knew."""
    know_standing(event, tx)
    if event.sent:
        tell_side("referral_voided", TO, event, tx)


def tell_of_question(event: ReferralInformationRequested, tx: NotifyTransaction) -> None:
    """Tell who referred of a question; the person, if they asked for themselves."""
    whom = BY if event.referrer_agency_id else PERSON
    tell_side("information_requested", whom, event, tx, answer_by=event.answer_by.isoformat())


def tell_of_answer(event: ReferralInformationGiven, tx: NotifyTransaction) -> None:
    """Tell the agency that its question was answered."""
    tell_side("information_given", TO, event, tx)


def _tell_of_end(
    template: str, event: RequestChanged, tx: NotifyTransaction, *, person: bool = True
) -> None:
    about = (template, event.request_id, event.reference)
    if person:
        tell(Notice(PERSON, *about), tx)
    if event.referrer_agency_id is not None:
        tell(Notice(BY, *about, agency_id=event.referrer_agency_id), tx)


def tell_of_request_withdrawn(event: RequestWithdrawn, tx: NotifyTransaction) -> None:
    """Tell the person and who referred that it is over, as they wished, and nothing else after."""
    be_silent(event.request_id, WITHDRAWN, tx)
    _tell_of_end("request_withdrawn", event, tx)


def tell_of_request_closed(event: RequestClosed, tx: NotifyTransaction) -> None:
    """Tell that it is over; after a death only staff, and nothing more leaves for the person.

    Whoever is told just now that what was started is finished needs no second mail.
    """
    if event.outcome == DIED:
        be_silent(event.request_id, DIED, tx)
    said = any(row.template == FINISHED for row in tx.waiting_news(event.request_id))
    about = replace(event, referrer_agency_id=None) if _by_finishing(event, tx) else event
    _tell_of_end(CLOSED, about, tx, person=event.outcome != DIED and not said)


def _by_finishing(event: RequestClosed, tx: NotifyTransaction) -> bool:
    """Tell whether it closed because a service finished, as who referred was told by that mail."""
    nobody_closed_it = not (tx.hearing and tx.hearing.actor.get("kind") in BY_HAND)
    if event.outcome != GOT_HELP or not nobody_closed_it:
        return False
    told = tx.newest_like(event.request_id, FINISHED, event.referrer_agency_id, staff_id=None)
    return told is not None and told.created_at > tx.now - AT_ONCE


def tell_of_request_voided(event: RequestVoided, tx: NotifyTransaction) -> None:
    """Tell who referred that it was a mistake; whoever it names may never have asked."""
    be_silent(event.request_id, VOIDED, tx)
    _tell_of_end("request_voided", event, tx, person=False)


def tell_of_amendment(event: RequestAmended, tx: NotifyTransaction) -> None:
    """Tell the agencies that work on it that something was put right; hide what is hidden now.

    From whom else it is hidden is no news for them.
    """
    keep_hidden_now(event, tx)
    keep_back_what_waits(event.request_id, tx)
    for row in tx.live_referrals(event.request_id) if event.changed else ():
        about = (event.request_id, event.reference, row.referral_id, row.agency_id)
        tell(Notice(TO, "request_amended", *about), tx)


CHANGES: dict[type, Callable[[Any, NotifyTransaction], None]] = {
    ReferralHalted: tell_of_halting,
    ReferralAcknowledged: tell_of_stop,
    ReferralResumed: tell_of_resuming,
    ReferralCancelled: tell_of_taking_back,
    ReferralCancelRequested: tell_of_wish_to_cancel,
    ReferralCancelRefused: tell_of_going_on,
    ReferralWithdrawn: tell_of_withdrawal,
    ReferralVoided: tell_of_mistake,
    ReferralInformationRequested: tell_of_question,
    ReferralInformationGiven: tell_of_answer,
    RequestWithdrawn: tell_of_request_withdrawn,
    RequestClosed: tell_of_request_closed,
    RequestVoided: tell_of_request_voided,
    RequestAmended: tell_of_amendment,
}
