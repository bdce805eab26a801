"""What matching does when it hears something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.desk import Kind
from services.matching.heard import (
    ConsentEnded,
    ConsentExpired,
    ConsentGiven,
    ConsentInvalidated,
    ConsentRefused,
    ConsentRevoked,
    ConsentSuperseded,
    ConsentWithdrawn,
    FeedbackGiven,
    OverrideRecorded,
    OverrideReviewed,
    RequestAmended,
    RequestClosed,
    RequestErased,
    RequestRestricted,
    RequestSubmitted,
    RequestVoided,
    RequestWithdrawn,
    StaffChanged,
    for_referral,
)
from services.matching.storage import tables as t
from services.matching.usecases import agreeing, amend_request, keep_copy, place_request
from services.matching.usecases.agreeing_after_all import propose_what_was_refused
from services.matching.usecases.desking import bring_to_desk
from services.matching.usecases.ending import end_of_request, shred
from services.matching.usecases.resting import rest_or_wake
from services.matching.usecases.settling import NOT_VALID, WITHDRAWN, settle
from services.matching.watching import WATCHES
from shared.web import standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.matching.storage import MatchingTransaction

    Ending = RequestWithdrawn | RequestClosed | RequestVoided | RequestErased


def match(event: RequestSubmitted, tx: MatchingTransaction) -> None:
    """Put the request to the services the person agreed to."""
    place_request(event, tx)


def remember_request(event: RequestSubmitted, tx: MatchingTransaction) -> None:
    """Keep the copy of a request that is told again; it was, or will be, placed by its first."""
    keep_copy(event, tx)


def take_consent(event: ConsentGiven, tx: MatchingTransaction) -> None:
    """Send what waited for this consent, also after a no, and let go on what was halted."""
    agreeing.note_consent(event, tx)
    propose_what_was_refused(event.request_id, for_referral(event.grants), tx)
    settle(event.request_id, tx)


def take_refusal(event: ConsentRefused, tx: MatchingTransaction) -> None:
    """Take back what was proposed to the agencies the person said no to."""
    agreeing.note_refusal(event, tx)
    settle(event.request_id, tx)


def lose_consent(event: ConsentEnded, tx: MatchingTransaction) -> None:
    """Halt what relied on a consent that holds no more."""
    agreeing.note_end(event, tx)
    why = WITHDRAWN if isinstance(event, ConsentWithdrawn) else NOT_VALID
    settle(event.request_id, tx, why=why)


def take_override(event: OverrideRecorded, tx: MatchingTransaction) -> None:
    """Let go on what an override is a basis for, and see on the desk that it is reviewed."""
    agreeing.note_override(event, tx)
    settle(event.request_id, tx)
    about = {"due_at": event.review_by, "code": event.ground}
    bring_to_desk(Kind.OVERRIDE, event.override_id, event.request_id, tx, **about)


def lose_override(event: OverrideReviewed, tx: MatchingTransaction) -> None:
    """Halt what relied on an override that was not upheld."""
    agreeing.note_review(event, tx)
    tx.end_lines(Kind.OVERRIDE, event.override_id, event.decision.upper())
    settle(event.request_id, tx, why=NOT_VALID)


def take_amendment(event: RequestAmended, tx: MatchingTransaction) -> None:
    """Keep what was put right; whoever may no longer know of it is asked no more."""
    amend_request(event, tx)
    settle(event.request_id, tx)


def note_end(event: Ending, tx: MatchingTransaction) -> None:
    """Keep how a request ended."""
    ended_by, said = _how(event)
    tx.note_end(event.request_id, ended_by, end_of_request(ended_by, said))


def end(event: Ending, tx: MatchingTransaction) -> None:
    """End every referral of a request that is over (T38)."""
    note_end(event, tx)
    settle(event.request_id, tx)


def erase(event: RequestErased, tx: MatchingTransaction) -> None:
    """End what still lives of a request, and destroy what is kept of it here."""
    end(event, tx)
    shred(event.request_id, tx)


def _how(event: Ending) -> tuple[str, str | None]:
    """Return in which way a request ended, and the code that was given for it."""
    match event:
        case RequestWithdrawn():
            return "withdrawn", event.reason
        case RequestClosed():
            return "closed", event.outcome
        case RequestVoided():
            return "voided", None
        case RequestErased():
            return "erased", None


def remember_staff(event: StaffChanged, tx: MatchingTransaction) -> None:
    """Keep who works where."""
    tx.keep_newest(
        t.staff,
        id=event.staff_id,
        agency_id=event.agency_id,
        name=event.name,
        roles=list(event.roles),
        active=event.active,
        teams=[str(team) for team in event.teams],
        version=tx.told_version,
    )


def keep_restriction(event: RequestRestricted, tx: MatchingTransaction) -> None:
    """Keep whether what is known of a request may be used."""
    tx.keep_restriction(event.request_id, restricted=event.restricted)


def take_restriction(event: RequestRestricted, tx: MatchingTransaction) -> None:
    """Keep it, let clocks rest while it lasts, and send what had to wait for its end."""
    keep_restriction(event, tx)
    rest_or_wake(event.request_id, tx)
    settle(event.request_id, tx)


def take_feedback(event: FeedbackGiven, tx: MatchingTransaction) -> None:
    """Ask nobody how it went who has said so."""
    tx.spare_of_follow_up(event.request_id)


HANDLERS: dict[type, Callable[[Any, Any], None]] = {
    RequestSubmitted: match,
    RequestAmended: take_amendment,
    RequestWithdrawn: end,
    RequestClosed: end,
    RequestVoided: end,
    RequestErased: erase,
    RequestRestricted: take_restriction,
    ConsentGiven: take_consent,
    ConsentRefused: take_refusal,
    ConsentWithdrawn: lose_consent,
    ConsentRevoked: lose_consent,
    ConsentExpired: lose_consent,
    ConsentInvalidated: lose_consent,
    ConsentSuperseded: lose_consent,
    OverrideRecorded: take_override,
    OverrideReviewed: lose_override,
    StaffChanged: remember_staff,
    FeedbackGiven: take_feedback,
    **WATCHES,
    **standing.HANDLERS,
}
RESTATED: dict[type, Callable[[Any, Any], None]] = {
    RequestSubmitted: remember_request,
    RequestAmended: amend_request,
    RequestWithdrawn: note_end,
    RequestClosed: note_end,
    RequestVoided: note_end,
    RequestRestricted: keep_restriction,
    ConsentGiven: agreeing.note_consent,
    ConsentRefused: agreeing.note_refusal,
    ConsentWithdrawn: agreeing.note_end,
    ConsentRevoked: agreeing.note_end,
    ConsentExpired: agreeing.note_end,
    ConsentInvalidated: agreeing.note_end,
    ConsentSuperseded: agreeing.note_end,
    OverrideRecorded: agreeing.note_override,
    OverrideReviewed: agreeing.note_review,
    StaffChanged: remember_staff,
    **standing.RESTATED,
}
