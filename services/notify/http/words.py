"""The words a coordinator reads for the codes of messages."""

from __future__ import annotations

from services.notify.domain import Audience, State

AUDIENCES = {
    Audience.RECEIVER: "An agency or its staff",
    Audience.REFERRER: "Who referred",
    Audience.PERSON: "The person",
}
SUBJECTS = {
    "cancel_refused": "The service goes on",
    "cancel_requested": "The referrer asks to stop",
    "consent_ends": "An agreement ends soon",
    "consent_given": "What was agreed aloud, in writing",
    "consent_requested": "A question: who may know?",
    "consent_unconfirmed": "An agreement to be confirmed in writing",
    "consent_withdrawn": "Who may know has changed",
    "draft_ends": "A draft will be deleted",
    "flag_overdue": "Nobody has looked at a danger yet",
    "halted_for_hub": "Stopped: the hub is told",
    "information_given": "A question was answered",
    "information_requested": "A question",
    "late_stop_for_hub": "A stop is not confirmed: the hub is asked to ring",
    "names_overdue": "Nobody has looked for a name yet",
    "names_to_find": "A name to look for",
    "override_overdue": "A review of an override is late",
    "override_recorded": "Shared for safety",
    "override_to_review": "An override to be reviewed",
    "referral_acknowledged": "The stop is confirmed",
    "referral_cancelled": "Taken back",
    "referral_halted": "Stop work now",
    "referral_voided": "Made by mistake",
    "referral_withdrawn": "A referral has ended",
    "request_amended": "Something was put right",
    "request_closed": "The request has ended",
    "request_flagged": "Somebody may be in danger",
    "request_voided": "The request was made by mistake",
    "request_withdrawn": "The request was withdrawn",
    "stop_overdue": "A stop is not confirmed",
    "withdrawal_overdue": "Could not be told in time to stop",
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
    "agreement_ends": "An agreement ends soon",
    "agreement_over": "An agreement has ended by its date",
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
    "ERASED": "what was told is erased",
    "UNKNOWN_REQUEST": "nothing is known of the request",
    "KEY_REFUSED": "our key was refused",
    "ADDRESS_NOT_USABLE": "the address could not be opened in time",
    "REQUEST_FROZEN": "the request must not be used",
    "INTERNAL": "something went wrong here",
    "KEPT_BACK": "not for this message",
    "HIDDEN_FROM_THEM": "they must not know of this request",
    "GAVE_UP": "no success for three days",
    "ADDRESS_IMPOSSIBLE": "the address cannot exist",
    "AGENCY_UNKNOWN": "the agency has no mailbox here",
    "PROVIDER_UNREACHABLE": "the mail server does not answer",
}
SMTP = "SMTP_"


def why(reason: str | None) -> str:
    """Return why a message did not leave, or has not yet; nothing where there is no reason."""
    if reason is None:
        return ""
    if reason.startswith(SMTP):
        return f"the mail server refused it, code {reason.removeprefix(SMTP)}"
    return REASONS.get(reason, "something else")
