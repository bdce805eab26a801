"""What intake does when it hears something.

Promise: its copies only move forward; what is told late or twice changes nothing newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.domain.gate import CLOSING
from services.intake.heard import (
    AccessGranted,
    AgencyChanged,
    CapacityChanged,
    ColleagueChanged,
    ContactRequested,
    NotificationSent,
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
    RequestShredded,
    ServicePublished,
)
from services.intake.storage import tables as t
from services.intake.storage.outreach_tables import colleague
from services.intake.usecases import release_contact
from services.intake.usecases.consent_clockwork import note_acknowledged, note_told
from services.intake.usecases.consenting import ask_for_referral, confirm_what_was_said
from services.intake.usecases.ending import close_when_every_need_is_met
from services.intake.usecases.erasing import note_shredded
from shared import metrics
from shared.alarms import raise_alarm
from shared.web import standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.intake.storage import IntakeTransaction

TOLD_OF_AN_END = frozenset(
    {
        "consent_withdrawn",
        "referral_halted",
        "referral_withdrawn",
        "referral_cancelled",
        "referral_voided",
        "withdrawal_overdue",
    }
)
CONSENT_CONFIRMED = "consent_given"
LATEST_CLOSING = 60.0  # seconds from an agency's decision until the gate follows it
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
}
"""The state each event leads to; one that says its `state` itself stands here all the same."""


def keep_agency(event: AgencyChanged, tx: IntakeTransaction) -> None:
    """Keep what an agency is called and whether it is still there."""
    tx.keep_newest(
        t.agency,
        version=tx.told_version,
        id=event.agency_id,
        name=event.name,
        kind=event.kind,
        active=event.active,
        phone=event.phone,
    )


def keep_service(event: ServicePublished, tx: IntakeTransaction) -> None:
    """Keep an entry of the guide, and its status."""
    tx.keep_newest(
        t.guide,
        version=tx.told_version,
        service_id=event.service_id,
        agency_id=event.agency_id,
        name=event.name,
        description=event.description,
        needs=list(event.needs),
        area_codes=list(event.area_codes),
        minimum_age=event.minimum_age,
        maximum_age=event.maximum_age,
        categories=list(event.categories),
        listed=event.listed,
    )
    keep_status(CapacityChanged(event.service_id, event.status), tx)


def keep_status(event: CapacityChanged, tx: IntakeTransaction) -> None:
    """Keep whether a service takes requests."""
    facts = {"service_id": event.service_id, "status": event.status}
    tx.keep_newest(t.service_status, **facts, version=tx.told_version)


def keep_colleague(event: ColleagueChanged, tx: IntakeTransaction) -> None:
    """Keep who works where, so that a pair can be sent."""
    tx.keep_newest(
        colleague,
        version=tx.told_version,
        staff_id=event.staff_id,
        agency_id=event.agency_id,
        name=event.name,
        roles=list(event.roles),
        active=event.active,
    )


def keep_step(event: ReferralMoved, tx: IntakeTransaction) -> None:
    """Keep where a referral has got to; the step with the highest sequence is its state."""
    tx.keep_step(
        referral_id=event.referral_id,
        sequence=tx.told_version,
        request_id=event.request_id,
        service_id=event.service_id,
        agency_id=event.agency_id,
        state=_state_of(event),
        at=tx.hearing.happened_at if tx.hearing else tx.now,
        reason=getattr(event, "reason", None),
        answer_by=getattr(event, "answer_by", None),
        starts_on=getattr(event, "forecast_start", None),
        needs=getattr(event, "needs", None),
    )


def close_gate(event: ReferralMoved, tx: IntakeTransaction) -> None:
    """Keep a step that ends what an agency may see; alarm when it was heard too late.

    It may have been the last of a request of which every need is met by now (T40).
    """
    keep_step(event, tx)
    close_when_every_need_is_met(event.request_id, tx)
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


def note_delivery(event: NotificationSent, tx: IntakeTransaction) -> None:
    """Note whom a message about consent has reached: a recipient, or the person."""
    if event.audience == "receiver" and event.template in TOLD_OF_AN_END:
        if event.recipient_agency_id:
            note_told(event.request_id, event.recipient_agency_id, tx)
    elif event.audience == "person" and event.template == CONSENT_CONFIRMED:
        confirm_what_was_said(event.request_id, event.channel, tx)


def note_stopping(event: ReferralAcknowledged, tx: IntakeTransaction) -> None:
    """Note that a recipient has heard that consent was lost."""
    close_gate(event, tx)
    note_acknowledged(event.request_id, event.agency_id, tx)


def answer_contact(event: ContactRequested, tx: IntakeTransaction) -> None:
    """Release a person's address for one attempt, or say by code why not."""
    release_contact(event, tx)


def keep_opening(event: AccessGranted, tx: IntakeTransaction) -> None:
    """Keep what other services showed to an agency; our own gate keeps its own."""
    ours = tx.hearing is not None and tx.hearing.producer == "intake"
    if event.request_id and event.recipient_agency_id and not ours:
        who = event.recipient_agency_id
        tx.keep_opening(event.request_id, who, event.what, event.purpose)


def keep_shredding(event: RequestShredded, tx: IntakeTransaction) -> None:
    """Keep that a service destroyed its keys: proof for whoever asked for the erasure."""
    at = tx.hearing.time if tx.hearing else tx.now
    note_shredded(event.request_id, event.service, event.keys, at, tx)


RESTATED: dict[type, Callable[[Any, Any], None]] = {
    AgencyChanged: keep_agency,
    ServicePublished: keep_service,
    CapacityChanged: keep_status,
    ColleagueChanged: keep_colleague,
    **dict.fromkeys(STATES, keep_step),
    **standing.RESTATED,
}
HANDLERS: dict[type, Callable[[Any, Any], None]] = {
    **RESTATED,
    **standing.HANDLERS,
    **{kind: close_gate for kind, state in STATES.items() if state in CLOSING},
    ReferralProposed: ask_the_person,
    NotificationSent: note_delivery,
    ReferralAcknowledged: note_stopping,
    ContactRequested: answer_contact,
    AccessGranted: keep_opening,
    RequestShredded: keep_shredding,
}
