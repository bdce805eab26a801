"""Was it sent? For the coordinator: the state of each message, never its address or words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from services.notify.domain import LONDON, Audience, State
from services.notify.hiding import shown_to
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

bp = Blueprint("deliveries", __name__, url_prefix="/deliveries")

AUDIENCES = {
    Audience.RECEIVER: "The agency asked",
    Audience.REFERRER: "Who referred",
    Audience.PERSON: "The person",
}
SUBJECTS = {
    "request_received": "What was sent has arrived",
    "referral_sent": "A service has been asked",
    "referral_accepted": "A service said yes",
    "referral_declined": "A service said no",
    "match_failed": "No service found yet",
    "referral_waiting": "On a waiting list, not supported yet",
    "referral_started": "Support has started",
    "referral_reviewed": "The wait was reviewed and goes on",
    "referral_returned": "Returned after a review",
    "referral_redirected": "Another service is suggested",
    "referral_held": "Paused",
    "referral_resumed": "It goes on",
    "referral_completed": "The service has finished",
    "outcome_recorded": "How it went was written down",
    "how_it_went": "Did it help?",
    "ask_again": "Reminder to ask again",
    "referral_assigned": "A worker was named",
    "referral_reassigned": "Another worker or team",
    "referral_reopened": "Taken up again",
    "note_written": "A message to the other agency",
    "referral_due": "Due soon",
    "referral_overdue": "Late",
    "question_overdue": "A question waits too long",
    "overdue_for_hub": "Late: the hub is asked to ring",
    "nobody_has_it": "No service has it in hand",
    "unacknowledged": "The person was not told in time",
    "guide_digest": "Entries of the guide to be looked at",
    "agreement_invited": "Invited to an agreement",
    "agreement_trial": "Admitted to an agreement for a trial",
    "agreement_full": "Admitted to an agreement",
    "agreement_suspended": "Suspended under an agreement",
    "agreement_ended": "Out of an agreement",
    "agreement_of_another": "Another agency's part in an agreement",
    "case_listed": "On the agenda of a case review",
    "minutes_ready": "Minutes of a case review",
    "service_closed": "A service closed to new referrals",
}
STATES = {
    State.ASKING: ("Checking that it is safe", "waiting"),
    State.READY: ("Waiting to leave", "waiting"),
    State.ATTEMPTING: ("Leaving now", "waiting"),
    State.SENT: ("Sent", "good"),
    State.FAILED: ("Could not be sent", "urgent"),
    State.SUPPRESSED: ("Not sent, to keep someone safe", "neutral"),
}


REASONS = {
    "NO_SAFE_CHANNEL": "no safe way to write",
    "NOT_NOW": "waits until it is safe to write",
    "NO_LIVE_CONSENT": "no agreement any more",
    "REQUEST_ENDED": "the request has ended",
    "REQUEST_RESTRICTED": "the request must not be used",
    "PAGE_FROZEN": "they froze their page",
    "PAGE_HIDDEN": "they hid their details",
    "WITHDRAWN": "they took it back",
    "DIED": "the person has died",
    "VOIDED": "it was made by mistake",
    "REFERRAL_ENDED": "the referral has ended",
    "ERASED": "the request was erased",
    "HIDDEN_FROM_THEM": "they must not know of this request",
    "GAVE_UP": "no success for three days",
    "ADDRESS_IMPOSSIBLE": "the address cannot exist",
    "AGENCY_UNKNOWN": "the agency has no mailbox here",
    "PROVIDER_UNREACHABLE": "the mail server does not answer",
}


@bp.get("/")
@staff("coordinator", "hub_admin")
def show() -> ResponseReturnValue:
    """List the newest messages, or those of one reference, of what the caller may know of."""
    reference = request.args.get("reference", "").strip().upper()[:20]
    with current_store().read() as tx:
        rows = shown_to(principal(), tx.deliveries(reference or None), tx)
        counts = tx.counts()
    return render_template(
        "notify/deliveries.html",
        rows=[_cells(row) for row in rows],
        counts=[_count(state, number) for state, number in sorted(counts.items())],
        reference=reference,
    )


def _count(state: str, number: int) -> dict[str, object]:
    text, tone = STATES[State(state)]
    return {"text": text, "number": number, "tone": tone}


def _cells(row: Row[Any]) -> list[object]:
    text, tone = STATES[State(row.state)]
    return [
        row.reference,
        AUDIENCES[Audience(row.audience)],
        SUBJECTS.get(row.template, row.template),
        {"text": text, "tone": tone},
        REASONS.get(row.reason, row.reason or ""),
        _moment(row.created_at),
        _moment(row.done_at),
    ]


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(LONDON):%d %b %H:%M:%S}" if at else "not yet"
