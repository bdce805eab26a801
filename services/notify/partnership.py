"""Whom notify tells of agreements, case reviews and services that close.

Promise: such a mail names no person, no agency and no service; what it is about opens only for
those who may see it, behind the sign-in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.notify.domain import LONDON, Audience
from services.notify.gathering import gather
from services.notify.heard_of_partnership import (
    AgreementChanged,
    CaseListed,
    CaseReviewed,
    ServiceClosed,
)
from services.notify.hiding import known_as
from services.notify.usecases import Notice, tell
from services.notify.watching import MANAGER, tell_staff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.notify.heard import ClockWarned
    from services.notify.storage import NotifyTransaction

TO, BY = Audience.RECEIVER, Audience.REFERRER
INVITED = "invited"
TAKES_PART = frozenset({"trial", "full"})
STAGES = TAKES_PART | {INVITED, "suspended", "ended"}


def tell_of_agreement(event: AgreementChanged, tx: NotifyTransaction) -> None:
    """Tell an agency and its managers which stage it is at now, and the others that it moved."""
    stages = {side.agency_id: side.stage for side in event.parties}
    moved = [agency_id for agency_id in event.moved if stages.get(agency_id) in STAGES]
    for agency_id in moved:
        template = f"agreement_{stages[agency_id]}"
        notice = Notice(TO, template, event.agreement_id, "", agency_id=agency_id)
        tell(notice, tx)
        tell_staff(notice, [agency_id], tx, role=MANAGER)
    if any(stages[agency_id] != INVITED for agency_id in moved):
        for agency_id, stage in stages.items():
            if stage in TAKES_PART and agency_id not in moved:
                about = (TO, "agreement_of_another", event.agreement_id, "")
                tell(Notice(*about, agency_id=agency_id), tx)


def tell_of_ending(template: str, event: ClockWarned, tx: NotifyTransaction) -> None:
    """Tell an agency and its managers, or the hub, of the last day of an agreement."""
    facts = {"until": event.due_at.astimezone(LONDON).date().isoformat()}
    notice = Notice(TO, template, event.object_id, "", agency_id=event.agency_id, facts=facts)
    if event.agency_id is not None:
        tell(notice, tx)
        tell_staff(notice, [event.agency_id], tx, role=MANAGER)
    elif hub := tx.hub():
        tell(replace(notice, agency_id=hub.agency_id), tx)


def tell_of_agenda(event: CaseListed, tx: NotifyTransaction) -> None:
    """Tell each attendee once for each meeting that something of theirs will be talked about."""
    day = event.meets_on.isoformat()
    for notice in _to_attendees("case_listed", event, tx, meets_on=day):
        whom = {"agency_id": notice.agency_id, "staff_id": notice.staff_id}
        last = tx.newest_like(notice.request_id, notice.template, **whom)
        if last is None or last.facts.get("meets_on") != day:
            tell(notice, tx)


def tell_of_minutes(event: CaseReviewed, tx: NotifyTransaction) -> None:
    """Tell each attendee that there are minutes, once however many were written."""
    for notice in _to_attendees("minutes_ready", event, tx):
        gather(notice, None, tx)


def _to_attendees(
    template: str,
    event: CaseListed | CaseReviewed,
    tx: NotifyTransaction,
    **facts: Any,  # noqa: ANN401 - codes and days
) -> Iterator[Notice]:
    """Yield what attendees are told; it is known by the panel, never by the request."""
    hidden = tx.hidden_from(event.request_id)
    for member in tx.staff_of(event.attendees).values() if event.attendees else ():
        if member.active and hidden.isdisjoint(known_as(member)):
            whom = {"agency_id": member.agency_id, "staff_id": member.staff_id}
            yield Notice(TO, template, event.panel_id, "", facts=facts, **whom)


def tell_of_closing(event: ServiceClosed, tx: NotifyTransaction) -> None:
    """Tell the other agencies with people there, who read on the page what becomes of these."""
    facts = {"until": event.until.isoformat()}
    for agency_id in event.referrers:
        about = (BY, "service_closed", event.service_id, "")
        tell(Notice(*about, agency_id=agency_id, facts=facts), tx)


PARTNERSHIP: dict[type, Callable[[Any, NotifyTransaction], None]] = {
    AgreementChanged: tell_of_agreement,
    CaseListed: tell_of_agenda,
    CaseReviewed: tell_of_minutes,
    ServiceClosed: tell_of_closing,
}
