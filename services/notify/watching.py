"""Whom notify tells of consents and of danger.

Promise: no message says who the person is; a person reads that there is a question, not which.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.notify.domain import (
    AGREED,
    LIVE,
    OVER,
    PAUSED,
    SPOKEN,
    UNSENT,
    Audience,
    joined,
    may_join,
)
from services.notify.falling_silent import keep_from_person, know_agreed, reach_anew
from services.notify.heard import (
    ConsentGiven,
    ConsentRequested,
    ConsentWithdrawn,
    OverrideRecorded,
    RequestFlagged,
)
from services.notify.heard_of_requests import (
    ConsentInvalidated,
    ConsentRevoked,
    RequestNamesToFind,
)
from services.notify.hiding import hub_for, known_as
from services.notify.usecases import Notice, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from uuid import UUID

    from services.notify.heard_of_requests import ConsentEnded
    from services.notify.storage import NotifyTransaction

TO, BY, PERSON = Audience.RECEIVER, Audience.REFERRER, Audience.PERSON
TAKEN_BACK = "consent_withdrawn"
SAFEGUARDING, MANAGER = "safeguarding", "manager"


def tell_of_question_of_consent(event: ConsentRequested, tx: NotifyTransaction) -> None:
    """Tell the person that something waits for their yes or no."""
    tell(Notice(PERSON, "consent_requested", event.request_id, event.reference), tx)


def confirm_consent(event: ConsentGiven, tx: NotifyTransaction) -> None:
    """Confirm in writing what was agreed aloud, in a mail that has not left yet if there is one."""
    know_agreed(event, tx)
    if event.method not in SPOKEN or event.reference is None:
        return
    for waiting in tx.waiting_news(event.request_id):
        if may_join(waiting.template):
            said = joined(waiting.template, AGREED)
            tx.say_instead(waiting, said, waiting.referral_id, waiting.facts)
            return
    tell(Notice(PERSON, AGREED, event.request_id, event.reference), tx)


def tell_of_consent_withdrawn(event: ConsentWithdrawn, tx: NotifyTransaction) -> None:
    """Tell whoever may hold something, who referred, and the person that we heard them."""
    tell_holders(event, tx)
    about = (TAKEN_BACK, event.request_id, event.reference)
    if event.referrer_agency_id is not None:
        tell(Notice(BY, *about, agency_id=event.referrer_agency_id), tx)
    tell(Notice(PERSON, *about), tx)


def tell_holders(event: ConsentEnded, tx: NotifyTransaction) -> None:
    """Tell whoever may hold something; what waits for the person needs a new yes.

    An agency whose referral halts by it is told by that, for then nothing remains.
    """
    reach_anew(event, tx)
    about = (TAKEN_BACK, event.request_id, event.reference)
    remains = {grant.recipient for grant in event.remaining}
    ended = {grant.recipient for grant in event.ended}
    for agency_id, (referral_id, standing) in sorted(_asked(event.request_id, tx).items()):
        if agency_id in ended and (standing == OVER or agency_id in remains):
            tell(Notice(TO, *about, referral_id=referral_id, agency_id=agency_id), tx)


def _asked(request_id: UUID, tx: NotifyTransaction) -> dict[UUID, tuple[UUID, str]]:
    """Return the agencies a request was put to, each with its newest referral that goes on."""
    rank = {OVER: 0, PAUSED: 1, LIVE: 2}
    rows = [row for row in tx.referrals_of(request_id) if row.standing != UNSENT]
    rows.sort(key=lambda row: (rank[row.standing], row.referral_id))
    return {row.agency_id: (row.referral_id, row.standing) for row in rows}


def tell_of_danger(event: RequestFlagged, tx: NotifyTransaction) -> None:
    """Tell whoever is on duty, at once."""
    facts = {"answer_by": event.look_by.isoformat()}
    notice = Notice(TO, "request_flagged", event.request_id, event.reference, facts=facts)
    tell(replace(notice, agency_id=event.duty_agency_id), tx)
    tell_staff(notice, [event.duty_agency_id], tx, for_hub="flag_overdue")


def tell_of_override(event: OverrideRecorded, tx: NotifyTransaction) -> None:
    """Tell each agency it names that there is something to read, and the hub that must look."""
    keep_from_person(event, tx)
    facts = {"answer_by": event.review_by.isoformat()}
    about = (event.request_id, event.reference)
    for agency_id in dict.fromkeys(grant.recipient for grant in event.grants):
        tell(Notice(TO, "override_recorded", *about, agency_id=agency_id), tx)
    hub = hub_for(event.request_id, tx)
    if hub is not None:
        tell(Notice(TO, "override_to_review", *about, agency_id=hub.agency_id, facts=facts), tx)


def tell_of_names(event: RequestNamesToFind, tx: NotifyTransaction) -> None:
    """Tell the hub at once that somebody is to be found from whom a person hides."""
    hub = hub_for(event.request_id, tx)
    if hub is not None:
        facts = {"answer_by": event.look_by.isoformat()}
        about = ("names_to_find", event.request_id, event.reference)
        tell(Notice(TO, *about, agency_id=hub.agency_id, facts=facts), tx)


def tell_staff(
    notice: Notice,
    agencies: Collection[UUID],
    tx: NotifyTransaction,
    role: str = SAFEGUARDING,
    for_hub: str | None = None,
) -> None:
    """Tell the staff of *agencies* who have *role*, each under their own address.

    Never whom the request is hidden from; where that leaves nobody, the hub is told *for_hub*.
    """
    staff = tx.colleagues(role, agencies)
    hidden = tx.hidden_from(notice.request_id) if staff else frozenset()
    free = [one for one in staff if hidden.isdisjoint(known_as(one))]
    for member in free:
        whom = {"agency_id": member.agency_id, "staff_id": member.staff_id}
        tell(replace(notice, **whom), tx)
    hub = hub_for(notice.request_id, tx) if staff and not free and for_hub else None
    if hub is not None and for_hub and hub.agency_id not in agencies:
        to_hub = {"audience": TO, "template": for_hub, "agency_id": hub.agency_id}
        tell(replace(notice, **to_hub), tx)


WATCHES: dict[type, Callable[[Any, NotifyTransaction], None]] = {
    ConsentRequested: tell_of_question_of_consent,
    ConsentGiven: confirm_consent,
    ConsentWithdrawn: tell_of_consent_withdrawn,
    ConsentRevoked: tell_holders,
    ConsentInvalidated: tell_holders,
    OverrideRecorded: tell_of_override,
    RequestFlagged: tell_of_danger,
    RequestNamesToFind: tell_of_names,
}
