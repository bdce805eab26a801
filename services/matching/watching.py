"""What brings something to the coordinator's desk when it is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.clocks import RUNG_OF_DESK
from services.matching.domain.desk import SETTLED, Kind
from services.matching.heard_of_the_desk import (
    Cancelled,
    ClockOverdue,
    ConsentRequested,
    Declined,
    MatchFailed,
    NamesSettled,
    NamesToFind,
    NotificationFailed,
    NotificationSuppressed,
    Redirected,
    Returned,
    Withdrawn,
)
from services.matching.usecases.desking import bring_to_desk, note_unanswered, note_unplaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.matching.storage import MatchingTransaction

REFERRAL, PERSON = "referral", "person"
NOT_REACHED = frozenset({"COULD_NOT_CONTACT", "NOT_ENGAGED"})
NO_MATCH = "NO_MATCH"
NOTHING_TO_DO = frozenset({"WITHDRAWN", "DIED", "VOIDED", "ERASED", "REFERRAL_ENDED", "KEPT_BACK"})
"""Why a message was kept back because there is nothing left to say."""
BETTER_ELSEWHERE, GIVEN_BACK = "REDIRECTED_BETTER_SERVICE", "RETURNED_TO_REFERRER"


def lack_service(event: MatchFailed, tx: MatchingTransaction) -> None:
    """Bring a request that nobody could be asked for."""
    note_unplaced(event.request_id, NO_MATCH, tx)


def lose_service(
    event: Declined | Redirected | Returned | Cancelled, tx: MatchingTransaction
) -> None:
    """Bring a request that has lost a service, if another has not taken its place."""
    note_unplaced(event.request_id, _why_lost(event), tx)


def _why_lost(event: Declined | Redirected | Returned | Cancelled) -> str:
    """Return the code for why a service was lost; two kinds of end are reason enough."""
    match event:
        case Declined() | Cancelled():
            return event.reason
        case Redirected():
            return BETTER_ELSEWHERE
        case Returned():
            return GIVEN_BACK


def lose_touch(event: Withdrawn, tx: MatchingTransaction) -> None:
    """Bring a request whose person nobody could reach, or that has lost a service."""
    if event.reason in NOT_REACHED:
        about = {"referral_id": event.referral_id, "code": event.reason}
        bring_to_desk(Kind.UNREACHABLE, event.request_id, event.request_id, tx, **about)
    note_unplaced(event.request_id, event.reason, tx)


def keep_silence(
    event: NotificationSuppressed | NotificationFailed, tx: MatchingTransaction
) -> None:
    """Bring a message that did not reach its person, or any that was refused for good."""
    news = tx.news_of(event.request_id)
    over = news is not None and news.ended_by is not None
    refused = isinstance(event, NotificationFailed)
    mattered = refused or (event.audience == PERSON and event.reason not in NOTHING_TO_DO)
    if over or not mattered:
        return
    about = {"referral_id": event.referral_id, "code": event.reason}
    bring_to_desk(Kind.SUPPRESSED, event.request_id, event.request_id, tx, **about)


def climb(event: ClockOverdue, tx: MatchingTransaction) -> None:
    """Bring what is late beyond its agency and its manager."""
    if event.rung < RUNG_OF_DESK or event.request_id is None:
        return
    referral_id = event.object_id if event.object_type == REFERRAL else None
    about = {"referral_id": referral_id, "code": event.clock, "due_at": event.due_at}
    bring_to_desk(Kind.OVERDUE, event.object_id, event.request_id, tx, **about)


def await_answer(event: ConsentRequested, tx: MatchingTransaction) -> None:
    """Bring a question that a person has some days to answer first."""
    note_unanswered(event.consent_id, event.request_id, event.referral_id, tx)


def look_for_names(event: NamesToFind, tx: MatchingTransaction) -> None:
    """Bring names to look for, at once; when they are due is the first telling's."""
    about = {"reference": event.reference, "due_at": event.look_by}
    bring_to_desk(Kind.NAMES, event.request_id, event.request_id, tx, **about)


def have_found_names(event: NamesSettled, tx: MatchingTransaction) -> None:
    """Take away what somebody has looked for."""
    tx.end_lines(Kind.NAMES, event.request_id, SETTLED)


WATCHES: dict[type, Callable[[Any, Any], None]] = {
    MatchFailed: lack_service,
    Declined: lose_service,
    Redirected: lose_service,
    Returned: lose_service,
    Cancelled: lose_service,
    Withdrawn: lose_touch,
    NotificationSuppressed: keep_silence,
    NotificationFailed: keep_silence,
    ClockOverdue: climb,
    NamesToFind: look_for_names,
    NamesSettled: have_found_names,
    ConsentRequested: await_answer,
}
