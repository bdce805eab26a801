"""What intake does when it hears something.

Promise: its copies only move forward; what is told late or twice changes nothing newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.heard import (
    AccessGranted,
    AgencyChanged,
    CapacityChanged,
    ClientRegistered,
    ClientRevoked,
    ContactRequested,
    ReferralAccepted,
    ReferralDeclined,
    ReferralMoved,
    ReferralOpened,
    ReferralProposed,
    ReferralSent,
    ServicePublished,
    SessionEnded,
    StaffChanged,
)
from services.intake.storage import tables as t
from services.intake.usecases import release_contact
from shared.web import sessions

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from services.intake.storage import IntakeTransaction

STATES: dict[type[ReferralMoved], str] = {
    ReferralProposed: "proposed",
    ReferralSent: "sent",
    ReferralOpened: "opened",
    ReferralAccepted: "accepted",
    ReferralDeclined: "declined",
}


def keep_agency(event: AgencyChanged, tx: IntakeTransaction) -> None:
    """Keep what an agency is called and whether it is still there."""
    tx.keep_newest(
        t.agency,
        "id",
        _told_at(tx),
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
        "service_id",
        _told_at(tx),
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
    tx.keep_newest(t.service_status, "service_id", _told_at(tx), **facts)


def keep_step(event: ReferralMoved, tx: IntakeTransaction) -> None:
    """Keep where a referral has got to; the step with the highest sequence is its state."""
    heard = tx.hearing
    own = heard.sequence if heard else None
    tx.keep_step(
        referral_id=event.referral_id,
        sequence=own if own is not None else (heard.producer_seq if heard else 0),
        request_id=event.request_id,
        service_id=event.service_id,
        agency_id=event.agency_id,
        state=STATES[type(event)],
        at=_told_at(tx),
        reason=event.reason if isinstance(event, ReferralDeclined) else None,
    )


def answer_contact(event: ContactRequested, tx: IntakeTransaction) -> None:
    """Release a person's address for one attempt, or say by code why not."""
    release_contact(event, tx)


def keep_opening(event: AccessGranted, tx: IntakeTransaction) -> None:
    """Keep what other services showed to an agency; our own gate keeps its own."""
    ours = tx.hearing is not None and tx.hearing.producer == "intake"
    if event.request_id and event.recipient_agency_id and not ours:
        tx.keep_opening(event.request_id, event.recipient_agency_id, event.what)


def change_staff(event: StaffChanged, tx: IntakeTransaction) -> None:
    """End sessions that no longer tell the truth."""
    sessions.staff_changed(
        tx,
        event.staff_id,
        agency_id=event.agency_id,
        roles=event.roles,
        active=event.active,
    )


def end_session(event: SessionEnded, tx: IntakeTransaction) -> None:
    """Sign out here whoever signed out anywhere."""
    sessions.end_session(tx, event.session_id)


def restore_client(event: ClientRegistered, tx: IntakeTransaction) -> None:
    """Believe a client's tokens."""
    sessions.restore_client(tx, event.client_id)


def revoke_client(event: ClientRevoked, tx: IntakeTransaction) -> None:
    """Stop believing a client's tokens."""
    sessions.revoke_client(tx, event.client_id)


def _told_at(tx: IntakeTransaction) -> datetime:
    return tx.hearing.time if tx.hearing else tx.now


HANDLERS: dict[type, Callable[[Any, Any], None]] = {
    AgencyChanged: keep_agency,
    ServicePublished: keep_service,
    CapacityChanged: keep_status,
    ReferralProposed: keep_step,
    ReferralSent: keep_step,
    ReferralOpened: keep_step,
    ReferralAccepted: keep_step,
    ReferralDeclined: keep_step,
    ContactRequested: answer_contact,
    AccessGranted: keep_opening,
    StaffChanged: change_staff,
    SessionEnded: end_session,
    ClientRegistered: restore_client,
    ClientRevoked: revoke_client,
}
