"""Whom notify tells while a person waits, is helped, and after.

Promise: who referred reads in so many words that nobody supports the person yet, and reads it
again when support starts; a review is told to all in writing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notify.changing import CLOSED, FINISHED
from services.notify.domain import State
from services.notify.heard_of_helping import (
    NoteWritten,
    ReferralCompleted,
    ReferralHeld,
    ReferralOutcomeRecorded,
    ReferralReassigned,
    ReferralRedirected,
    ReferralReopened,
    ReferralReturned,
    ReferralReviewed,
    ReferralStarted,
    ReferralWaiting,
)
from services.notify.hiding import is_hidden
from services.notify.standing import (
    BY,
    PERSON,
    TO,
    is_news,
    tell_hub_if_nobody_has_it,
    tell_news,
    tell_side,
)
from services.notify.usecases import Notice, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.notify.storage import NotifyTransaction


def tell_of_waiting(event: ReferralWaiting, tx: NotifyTransaction) -> None:
    """Tell who referred and the person that nobody supports them yet, and what to expect."""
    if is_news(event, tx):
        facts: dict[str, Any] = {"occasional_support": event.occasional_support}
        if event.expected_start:
            facts["expected_start"] = event.expected_start.isoformat()
        if event.review_by:
            facts["review_by"] = event.review_by.isoformat()
        tell_news("referral_waiting", BY, event, tx, **facts)
        tell_news("referral_waiting", PERSON, event, tx, **facts)


def tell_of_start(event: ReferralStarted, tx: NotifyTransaction) -> None:
    """Tell who referred and the person that support has started."""
    if is_news(event, tx):
        for whom in (BY, PERSON):
            tell_news("referral_started", whom, event, tx, started_on=event.started_on.isoformat())


def tell_of_review(event: ReferralReviewed, tx: NotifyTransaction) -> None:
    """Tell all in writing how long the wait goes on."""
    if is_news(event, tx):
        for whom in (TO, BY, PERSON):
            tell_news("referral_reviewed", whom, event, tx, until=event.until.isoformat())


def tell_of_return(event: ReferralReturned, tx: NotifyTransaction) -> None:
    """Tell all that it goes back, and on which day to ask again if that was agreed."""
    if is_news(event, tx):
        facts = {"re_refer_on": event.re_refer_on.isoformat()} if event.re_refer_on else {}
        tell_side("referral_withdrawn", TO, event, tx)
        for whom in (BY, PERSON):
            tell_news("referral_returned", whom, event, tx, **facts)
        tell_hub_if_nobody_has_it(event, tx)


def tell_of_redirection(event: ReferralRedirected, tx: NotifyTransaction) -> None:
    """Tell all that another service is suggested, and that nobody new knows of it."""
    if is_news(event, tx):
        tell_side("referral_withdrawn", TO, event, tx)
        for whom in (BY, PERSON):
            tell_news("referral_redirected", whom, event, tx)
        tell_hub_if_nobody_has_it(event, tx)


def tell_of_pause(event: ReferralHeld, tx: NotifyTransaction) -> None:
    """Tell who referred that it pauses; the person, if they asked for themselves."""
    if is_news(event, tx):
        whom = BY if event.referrer_agency_id else PERSON
        tell_news("referral_held", whom, event, tx, review_on=event.review_on.isoformat())


def tell_of_completion(event: ReferralCompleted, tx: NotifyTransaction) -> None:
    """Tell who referred, and the person, who is asked whether they got what they asked for."""
    if is_news(event, tx):
        if not _instead_of_closed(event, tx):
            tell_news(FINISHED, BY, event, tx)
        tell_news(FINISHED, PERSON, event, tx)


def _instead_of_closed(event: ReferralCompleted, tx: NotifyTransaction) -> bool:
    """Let a mail that the request closed, heard of first and not sent yet, say this: it is why."""
    by = event.referrer_agency_id
    told = tx.newest_like(event.request_id, CLOSED, by, staff_id=None) if by else None
    if told is None or told.state != State.READY:
        return False
    tx.say_instead(told, FINISHED, event.referral_id, {})
    return True


def tell_of_outcome(event: ReferralOutcomeRecorded, tx: NotifyTransaction) -> None:
    """Tell who referred that it is written down how it went."""
    tell_side("outcome_recorded", BY, event, tx)


def tell_of_new_worker(event: ReferralReassigned, tx: NotifyTransaction) -> None:
    """Tell the worker whose it is now, and who referred that the contact has changed."""
    if event.staff_id is not None and not is_hidden(event.request_id, event.staff_id, tx):
        about = (event.request_id, event.reference, event.referral_id, event.agency_id)
        tell(Notice(TO, "referral_assigned", *about, staff_id=event.staff_id), tx)
    tell_side("referral_reassigned", BY, event, tx)


def tell_of_reopening(event: ReferralReopened, tx: NotifyTransaction) -> None:
    """Tell all that what was over is taken up again."""
    for whom in (TO, BY, PERSON):
        tell_side("referral_reopened", whom, event, tx)


def tell_of_note(event: NoteWritten, tx: NotifyTransaction) -> None:
    """Tell the other side of a referral that there is a message to read."""
    about = (event.request_id, event.reference, event.referral_id, event.to_agency_id)
    tell(Notice(TO, "note_written", *about), tx)


HELPS: dict[type, Callable[[Any, NotifyTransaction], None]] = {
    ReferralWaiting: tell_of_waiting,
    ReferralStarted: tell_of_start,
    ReferralReviewed: tell_of_review,
    ReferralReturned: tell_of_return,
    ReferralRedirected: tell_of_redirection,
    ReferralHeld: tell_of_pause,
    ReferralCompleted: tell_of_completion,
    ReferralOutcomeRecorded: tell_of_outcome,
    ReferralReassigned: tell_of_new_worker,
    ReferralReopened: tell_of_reopening,
    NoteWritten: tell_of_note,
}
