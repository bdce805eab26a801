"""What intake does when it hears where a referral has got to.

Promise: its copy only moves forward; the gate closes with the step that ends what an agency
may see, and a request closes by itself once every need of it is met, whatever came first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.intake.domain.gate import CLOSING
from services.intake.heard import (
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralCancelRefused,
    ReferralCancelRequested,
    ReferralDeclined,
    ReferralHalted,
    ReferralInformationGiven,
    ReferralInformationRequested,
    ReferralMoved,
    ReferralOpened,
    ReferralProposed,
    ReferralResumed,
    ReferralSent,
    ReferralVoided,
    ReferralWithdrawn,
)
from services.intake.heard_of_helping import (
    ReferralCompleted,
    ReferralHeld,
    ReferralRedirected,
    ReferralReopened,
    ReferralReturned,
    ReferralReviewed,
    ReferralStarted,
    ReferralWaiting,
)
from services.intake.usecases.consent_clockwork import note_acknowledged
from services.intake.usecases.consent_length import follow_referrals
from services.intake.usecases.consenting import ask_for_referral
from services.intake.usecases.ending import close_when_every_need_is_met
from shared import metrics
from shared.alarms import raise_alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.intake.storage import IntakeTransaction

LATEST_CLOSING = 60.0  # seconds from an agency's decision until the gate follows it
LONG_AFTER = timedelta(minutes=10)
"""So late, what is told may come after what it led to."""
STATES: dict[type[ReferralMoved], str] = {
    ReferralProposed: "proposed",
    ReferralSent: "sent",
    ReferralOpened: "opened",
    ReferralAccepted: "accepted",
    ReferralDeclined: "declined",
    ReferralInformationRequested: "info_requested",
    ReferralInformationGiven: "opened",
    ReferralCancelled: "cancelled",
    ReferralCancelRequested: "cancel_requested",
    ReferralCancelRefused: "opened",
    ReferralHalted: "halted",
    ReferralAcknowledged: "halted",
    ReferralResumed: "opened",
    ReferralWithdrawn: "withdrawn",
    ReferralVoided: "entered_in_error",
    ReferralRedirected: "redirected",
    ReferralWaiting: "waiting",
    ReferralStarted: "active",
    ReferralReviewed: "waiting",
    ReferralReturned: "returned",
    ReferralHeld: "on_hold",
    ReferralCompleted: "completed",
    ReferralReopened: "proposed",
}
"""The state each event leads to; one that says its `state` itself stands here all the same."""
FACTS: dict[str, tuple[str, ...]] = {
    "reason": ("reason",),
    "answer_by": ("answer_by", "review_by"),
    "starts_on": ("forecast_start", "expected_start"),
    "needs": ("needs",),
    "until": ("until", "review_on", "re_refer_on"),
    "occasional_support": ("occasional_support",),
    "alternatives": ("alternatives",),
}
"""What a step tells besides its state, by the column that keeps it: a moment by which the
next thing is due, a day until which it stays so."""
FIELDS = {
    kind: tuple(
        (column, next((name for name in names if hasattr(kind, name)), column))
        for column, names in FACTS.items()
    )
    for kind in STATES
}
"""Which field of each event fills each column."""


def keep_step(event: ReferralMoved, tx: IntakeTransaction) -> None:
    """Keep where a referral has got to; the step with the highest sequence is its state."""
    facts = {column: getattr(event, name, None) for column, name in FIELDS[type(event)]}
    tx.keep_step(
        referral_id=event.referral_id,
        sequence=tx.told_version,
        request_id=event.request_id,
        service_id=event.service_id,
        agency_id=event.agency_id,
        state=_state_of(event),
        at=tx.hearing.happened_at if tx.hearing else tx.now,
        **facts,
    )


def keep_completion(event: ReferralCompleted, tx: IntakeTransaction) -> None:
    """Keep that an agency has done its part; it may have been the last that was asked (T40)."""
    keep_step(event, tx)
    close_when_every_need_is_met(event.request_id, tx)
    follow_referrals(event.request_id, tx)


def keep_going_on(event: ReferralMoved, tx: IntakeTransaction) -> None:
    """Keep that an agency works on it: what was agreed for it holds on."""
    keep_step(event, tx)
    follow_referrals(event.request_id, tx)


def keep_sending(event: ReferralSent, tx: IntakeTransaction) -> None:
    """Keep that an agency was asked; told long after, it may be what a completed one was about."""
    keep_step(event, tx)
    if tx.hearing is not None and tx.now - tx.hearing.time > LONG_AFTER:
        close_when_every_need_is_met(event.request_id, tx)


def close_gate(event: ReferralMoved, tx: IntakeTransaction) -> None:
    """Keep a step that ends what an agency may see; alarm when it was heard too late.

    It may have been the last of a request of which every need is met by now (T40).
    """
    keep_step(event, tx)
    close_when_every_need_is_met(event.request_id, tx)
    follow_referrals(event.request_id, tx)
    late = (tx.now - tx.hearing.time).total_seconds() if tx.hearing else 0.0
    metrics.of("intake").gate_closed(late)
    if late > LATEST_CLOSING:
        fact = f"referral {event.referral_id} was closed {late:.0f} s after it was stopped"
        raise_alarm(tx, "gate_closed_late", fact, "gate-closed-late")


def _state_of(event: ReferralMoved) -> str:
    return getattr(event, "state", None) or STATES[type(event)]


def ask_the_person(event: ReferralProposed, tx: IntakeTransaction) -> None:
    """Keep that a service was proposed; where nobody agreed to it, ask the person (C1)."""
    keep_step(event, tx)
    if event.consent_needed:
        ask_for_referral(event.request_id, event.agency_id, event.referral_id, tx)


def note_stopping(event: ReferralAcknowledged, tx: IntakeTransaction) -> None:
    """Note that a recipient has heard that consent was lost."""
    close_gate(event, tx)
    note_acknowledged(event.request_id, event.agency_id, tx)


STEPS: dict[type, Callable[[Any, Any], None]] = {
    **dict.fromkeys(STATES, keep_step),
    **{kind: close_gate for kind, state in STATES.items() if state in CLOSING},
    **dict.fromkeys((ReferralAccepted, ReferralStarted), keep_going_on),
    ReferralProposed: ask_the_person,
    ReferralSent: keep_sending,
    ReferralCompleted: keep_completion,
    ReferralAcknowledged: note_stopping,
}
