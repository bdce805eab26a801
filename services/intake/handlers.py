"""What intake does when it hears something.

Promise: its copies only move forward; what is told late or twice changes nothing newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.heard import (
    AccessGranted,
    AgencyChanged,
    CapacityChanged,
    ColleagueChanged,
    ContactRequested,
    NotificationSent,
    RequestShredded,
    ServicePublished,
)
from services.intake.heard_of_agreements import AgreementChanged
from services.intake.heard_of_helping import (
    ServiceClosed,
    ServiceReopened,
    ServiceReviewed,
)
from services.intake.steps import STATES, STEPS, keep_step
from services.intake.storage import tables as t
from services.intake.storage.acknowledging import note_acknowledged
from services.intake.storage.agreements import keep_agreement
from services.intake.storage.outreach_tables import colleague
from services.intake.usecases import release_contact
from services.intake.usecases.consent_clockwork import note_told
from services.intake.usecases.consenting import confirm_what_was_said
from services.intake.usecases.erasing import note_shredded
from services.intake.usecases.meeting_newcomers import meet
from services.intake.usecases.showing import untold
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
BEFORE_IT_ARRIVED = frozenset({"consent_requested"})
"""What the person is sent before their request counts; all else says that it has arrived (K1)."""


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


def keep_status(
    event: CapacityChanged | ServiceClosed | ServiceReopened | ServiceReviewed,
    tx: IntakeTransaction,
) -> None:
    """Keep whether a service takes requests, and until when it does not."""
    facts: dict[str, Any] = {"service_id": event.service_id, "status": event.status}
    if isinstance(event, ServiceClosed):
        facts["closed_until"] = event.until
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


def meet_colleague(event: ColleagueChanged, tx: IntakeTransaction) -> None:
    """Keep who works where; from somebody new is hidden what names them."""
    meet(event, tx)
    keep_colleague(event, tx)


def note_delivery(event: NotificationSent, tx: IntakeTransaction) -> None:
    """Note whom a message about consent has reached: a recipient, or the person."""
    if event.audience == "receiver" and event.template in TOLD_OF_AN_END:
        if event.recipient_agency_id:
            note_told(event.request_id, event.recipient_agency_id, tx)
    elif event.audience == "person" and event.template not in BEFORE_IT_ARRIVED:
        note_acknowledged(event.request_id, tx)
        if event.template == CONSENT_CONFIRMED:
            confirm_what_was_said(event.request_id, event.channel, tx)


def answer_contact(event: ContactRequested, tx: IntakeTransaction) -> None:
    """Release a person's address for one attempt, or say by code why not."""
    release_contact(event, tx)


def keep_opening(event: AccessGranted, tx: IntakeTransaction) -> None:
    """Keep what other services showed to an agency, for the person; our own gate keeps its own."""
    ours = tx.hearing is not None and tx.hearing.producer == "intake"
    if event.request_id and event.recipient_agency_id and not ours:
        who = event.recipient_agency_id
        if who not in untold(event.request_id, tx):
            tx.keep_opening(event.request_id, who, event.what, event.purpose)


def keep_shredding(event: RequestShredded, tx: IntakeTransaction) -> None:
    """Keep that a service destroyed its keys: proof for whoever asked for the erasure."""
    at = tx.hearing.time if tx.hearing else tx.now
    note_shredded(event.request_id, event.service, event.keys, at, tx)


RESTATED: dict[type, Callable[[Any, Any], None]] = {
    AgencyChanged: keep_agency,
    AgreementChanged: keep_agreement,
    ServicePublished: keep_service,
    **dict.fromkeys(
        (CapacityChanged, ServiceClosed, ServiceReopened, ServiceReviewed), keep_status
    ),
    ColleagueChanged: keep_colleague,
    **dict.fromkeys(STATES, keep_step),
    **standing.RESTATED,
}
HANDLERS: dict[type, Callable[[Any, Any], None]] = {
    **RESTATED,
    **standing.HANDLERS,
    **STEPS,
    ColleagueChanged: meet_colleague,
    NotificationSent: note_delivery,
    ContactRequested: answer_contact,
    AccessGranted: keep_opening,
    RequestShredded: keep_shredding,
}
