"""The words people read for what the program calls by codes; the same word everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from services.matching.domain.capacity import Status, Way
from services.matching.domain.transitions import State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime


class Stood(Protocol):
    """How a referral stands, as far as its plain word goes."""

    @property
    def state(self) -> str:
        """Return its state."""

    @property
    def started_on(self) -> date | None:
        """Return since when the person is supported."""

    @property
    def answered_at(self) -> datetime | None:
        """Return when it was accepted."""


STAGES: dict[State, str | None] = {
    State.PROPOSED: "Received",
    State.SENT: "Sent",
    State.OPENED: "Sent",
    State.INFO_REQUESTED: "Sent",
    State.ACCEPTED: "Accepted",
    State.WAITING: "Accepted",
    State.ACTIVE: "Being helped",
    State.ON_HOLD: "Being helped",
    State.COMPLETED: "Finished",
    State.DECLINED: "Not possible",
    State.REDIRECTED: "Not possible",
    State.RETURNED: "Not possible",
    State.WITHDRAWN: "Stopped",
    State.CANCELLED: "Stopped",
    State.HALTED: "Stopped",
    # What counts is the stage before it: `stage_of` knows which that was.
    State.CANCEL_REQUESTED: "Sent",
    State.ENTERED_IN_ERROR: None,
}
STATUSES: dict[Status, str] = {
    Status.OPEN: "Open: has places now",
    Status.OPEN_WAITING_LIST: "Open: has a waiting list",
    Status.FULL: "Full at the moment",
    Status.CLOSED: "Closed to new referrals",
    Status.PAUSED: "Paused",
    Status.UNASSURED: "Details not checked this year",
    Status.UNKNOWN: "Places not known: please ask",
}
WAYS: dict[Way, str] = {
    Way.PLACE: "A place is held for this person until you answer.",
    Way.WAITING_LIST: "You were full, so this is for your waiting list. No place is held.",
    Way.ENQUIRY: "We did not know whether you have places. No place is held.",
}
WAYS_SENT: dict[Way, str] = {
    Way.PLACE: "A place is held for this person until the agency answers.",
    Way.WAITING_LIST: "The service was full, so this is for its waiting list. No place is held.",
    Way.ENQUIRY: "We did not know whether the service has places. No place is held.",
}
"""The same, to the agency that referred."""
WAYS_CHOSEN: dict[Way, str] = {
    Way.PLACE: "It had a place.",
    Way.WAITING_LIST: "It was full, and took a waiting list.",
    Way.ENQUIRY: "Whether it had places was not known.",
}
"""On what terms a service could be asked when it was chosen."""
NOT_WRITTEN = {
    "NO_SAFE_CHANNEL": "They named no way to write that is safe.",
    "NO_LIVE_CONSENT": "They agree to nothing any more.",
    "REQUEST_RESTRICTED": "Their request must not be used for now.",
    "PAGE_FROZEN": "They froze their page, so we write them nothing.",
    "PAGE_HIDDEN": "They hid their details, so we ask them nothing.",
    "GAVE_UP": "It was tried for days.",
    "ADDRESS_IMPOSSIBLE": "The address cannot exist.",
}
"""Why a message did not leave."""
RESULTS = {"met": "Fits", "unknown": "Not known", "not_met": "Does not fit"}
CRITERIA = {
    "needs": "Help wanted",
    "area": "Area",
    "age": "Age",
    "threshold": "How much help is needed",
    "language": "Language",
    "group": "Who the service is for",
    "postcode": "Postcodes the service covers",
    "street": "Streets the service covers",
    "referrer": "Who asks",
    "one_of": "One of several",
}
REFERRER_WORDS = {
    "self": "The person themselves",
    "family": "Family or a friend",
    "neighbour": "A neighbour",
    "outreach": "An outreach worker",
    "professional": "A professional",
}
EVENTS = {
    "referral.proposed": "Chosen as a possible service",
    "referral.sent": "Sent",
    "referral.opened": "Opened",
    "referral.accepted": "Accepted",
    "referral.declined": "Not possible",
    "referral.information_requested": "A question was asked",
    "referral.information_given": "The question was answered",
    "referral.cancelled": "Stopped: taken back",
    "referral.cancel_requested": "The referrer asks to stop this",
    "referral.cancel_refused": "It goes on",
    "referral.halted": "Stopped: the agreement has changed",
    "referral.acknowledged": "The agency has confirmed the stop",
    "referral.resumed": "It goes on",
    "referral.redirected": "Another service is suggested",
    "referral.waiting": "On the waiting list: not yet supported",
    "referral.started": "Support has started",
    "referral.reviewed": "The wait was reviewed: it goes on",
    "referral.returned": "Given back to who referred",
    "referral.held": "Paused",
    "referral.completed": "Finished",
    "referral.outcome_recorded": "What came of it was written down",
    "referral.reassigned": "Another worker or team has it",
    "referral.contacted": "Somebody tried to reach the person",
    "referral.reopened": "Takes up an earlier referral",
    "referral.withdrawn": "Stopped",
    "referral.voided": "Made by mistake",
}
RANK_WORDS = {
    "by_hand": "A worker chose it, and wrote down why.",
    "named": "The referrer asked for this service by name.",
    "meets_all": "It fits everything we know.",
    "to_ask": "It may fit; something still has to be asked.",
    "does_not_fit": "It does not fit everything we know.",
    "place_free": "It has a place now.",
    "waiting_list": "It is full and takes a waiting list.",
    "enquiry": "Whether it has places is not known.",
    "longest_without_offer": "Of equal services it has waited longest for a referral.",
}


def stage_of(referral: Stood) -> str | None:
    """Return the plain word for a referral; one that pauses keeps the word it had before."""
    if referral.state not in {State.CANCEL_REQUESTED, State.ON_HOLD}:
        return STAGES[State(referral.state)]
    if referral.started_on is not None:
        return STAGES[State.ACTIVE]
    return STAGES[State.ACCEPTED if referral.answered_at is not None else State.SENT]


def is_not_yet_supported(referral: Stood) -> bool:
    """Tell whether somebody waits for support to start, be the wait paused or not."""
    rests = referral.state == State.ON_HOLD and referral.started_on is None
    return referral.state == State.WAITING or rests


def why_this_rank(reasons: Iterable[str]) -> str:
    """Return the rank's reasons as short sentences."""
    return " ".join(_rank_word(reason) for reason in reasons)


def _rank_word(reason: str) -> str:
    code, _, number = reason.partition(":")
    if code == "covers":
        return "It covers one need." if number == "1" else f"It covers {number} needs."
    if code == "wait":
        return f"People usually wait {number} {'day' if number == '1' else 'days'}."
    return RANK_WORDS[code]
