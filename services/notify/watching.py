"""Whom notify tells of consents, of danger, and of clocks that run out.

Promise: no message says who the person is; a person reads that there is a question, not which.
"""

from __future__ import annotations

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
from services.notify.heard import (
    ClockOverdue,
    ClockWarned,
    ConsentGiven,
    ConsentRequested,
    ConsentWithdrawn,
    ContactChanged,
    OverrideRecorded,
    RequestFlagged,
)
from services.notify.usecases import Notice, ask_again, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from services.notify.storage import NotifyTransaction

TO, BY, PERSON = Audience.RECEIVER, Audience.REFERRER, Audience.PERSON
SAFEGUARDING = "safeguarding"
STOPS = frozenset({"T25", "T26"})
EXPIRY, CONFIRMATION, TOLD, DRAFT = (
    "CONSENT_EXPIRY",
    "CONSENT_CONFIRMATION",
    "WITHDRAWAL_TOLD",
    "K13",
)


def tell_of_question_of_consent(event: ConsentRequested, tx: NotifyTransaction) -> None:
    """Tell the person that something waits for their yes or no."""
    tell(Notice(PERSON, "consent_requested", event.request_id, event.reference), tx)


def confirm_consent(event: ConsentGiven, tx: NotifyTransaction) -> None:
    """Confirm in writing what was agreed aloud, in a mail that has not left yet if there is one."""
    if event.method not in SPOKEN or event.reference is None:
        return
    for waiting in tx.waiting_news(event.request_id):
        if may_join(waiting.template):
            said = joined(waiting.template, AGREED)
            tx.say_instead(waiting.id, said, waiting.referral_id, waiting.facts)
            return
    tell(Notice(PERSON, AGREED, event.request_id, event.reference), tx)


def tell_of_consent_withdrawn(event: ConsentWithdrawn, tx: NotifyTransaction) -> None:
    """Tell whoever may hold something, who referred, and the person that we heard them.

    An agency whose referral halts by it is told by that, for then nothing remains.
    """
    about = ("consent_withdrawn", event.request_id, event.reference)
    remains = {grant.recipient for grant in event.remaining}
    ended = {grant.recipient for grant in event.ended}
    for agency_id, (referral_id, standing) in sorted(_asked(event.request_id, tx).items()):
        if agency_id in ended and (standing == OVER or agency_id in remains):
            tell(Notice(TO, *about, referral_id=referral_id, agency_id=agency_id), tx)
    if event.referrer_agency_id is not None:
        tell(Notice(BY, *about, agency_id=event.referrer_agency_id), tx)
    tell(Notice(PERSON, *about), tx)


def _asked(request_id: UUID, tx: NotifyTransaction) -> dict[UUID, tuple[UUID, str]]:
    """Return the agencies a request was put to, each with its newest referral that goes on."""
    rank = {OVER: 0, PAUSED: 1, LIVE: 2}
    rows = [row for row in tx.referrals_of(request_id) if row.standing != UNSENT]
    rows.sort(key=lambda row: (rank[row.standing], row.referral_id))
    return {row.agency_id: (row.referral_id, row.standing) for row in rows}


def reach_anew(event: ContactChanged, tx: NotifyTransaction) -> None:
    """Ask again where to, for whatever has not left yet: the old address may be unsafe now."""
    for row in tx.unsent_to_person(event.request_id):
        ask_again(row, tx)


def tell_of_danger(event: RequestFlagged, tx: NotifyTransaction) -> None:
    """Tell whoever is on duty, at once."""
    facts = {"answer_by": event.look_by.isoformat()}
    about, whose = (event.request_id, event.reference), event.duty_agency_id
    tell(Notice(TO, "request_flagged", *about, agency_id=whose, facts=facts), tx)
    _tell_staff("request_flagged", about, [whose], facts, tx)


def tell_of_override(event: OverrideRecorded, tx: NotifyTransaction) -> None:
    """Tell each agency it names that there is something to read, and the hub that must look."""
    facts = {"answer_by": event.review_by.isoformat()}
    about = (event.request_id, event.reference)
    for agency_id in dict.fromkeys(grant.recipient for grant in event.grants):
        tell(Notice(TO, "override_recorded", *about, agency_id=agency_id), tx)
    hub = tx.hub()
    if hub is not None:
        tell(Notice(TO, "override_to_review", *about, agency_id=hub.agency_id, facts=facts), tx)


def tell_of_lateness(event: ClockOverdue, tx: NotifyTransaction) -> None:
    """Tell whoever can still put right what is late; of danger, everyone who watches over it."""
    if event.object_type == "flag":
        _tell_watchers("flag_overdue", event, tx)
    elif event.object_type == "override":
        _tell_watchers("override_overdue", event, tx)
    elif event.clock == CONFIRMATION:
        _tell_agency("consent_unconfirmed", BY, event, tx)
    elif event.clock == TOLD:
        _tell_agency("withdrawal_overdue", TO, event, tx)
    elif event.clock in STOPS:
        _tell_of_late_stop(event, tx)


def _tell_of_late_stop(event: ClockOverdue, tx: NotifyTransaction) -> None:
    """Tell the agency; from the second rung on the hub as well, which can ring it."""
    _tell_agency("stop_overdue", TO, event, tx)
    hub = tx.hub()
    if hub is not None and event.rung > 1:
        facts = {"answer_by": event.due_at.isoformat()}
        about = (event.request_id or event.object_id, event.reference or "")
        tell(Notice(TO, "late_stop_for_hub", *about, agency_id=hub.agency_id, facts=facts), tx)


def tell_of_warning(event: ClockWarned, tx: NotifyTransaction) -> None:
    """Tell who can still act before something ends."""
    if event.clock == EXPIRY and event.request_id is not None:
        facts = {"answer_by": event.due_at.isoformat()}
        about = ("consent_ends", event.request_id, event.reference or "")
        tell(Notice(PERSON, *about, facts=facts), tx)
        _tell_agency("consent_ends", BY, event, tx)
    elif event.clock == DRAFT:
        _tell_agency("draft_ends", BY, event, tx)


def _tell_agency(
    template: str, audience: Audience, event: ClockWarned, tx: NotifyTransaction
) -> None:
    if event.agency_id is None:
        return
    about = (event.request_id or event.object_id, event.reference or "")
    facts = {"answer_by": event.due_at.isoformat()}
    tell(Notice(audience, template, *about, agency_id=event.agency_id, facts=facts), tx)


def _tell_watchers(template: str, event: ClockWarned, tx: NotifyTransaction) -> None:
    """Tell the agency's mailbox, the hub's, and the safeguarding staff of both."""
    hub = tx.hub()
    both = dict.fromkeys([event.agency_id, hub.agency_id if hub else None])
    agencies = [agency_id for agency_id in both if agency_id is not None]
    about = (event.request_id or event.object_id, event.reference or "")
    facts = {"answer_by": event.due_at.isoformat()}
    for agency_id in agencies:
        tell(Notice(TO, template, *about, agency_id=agency_id, facts=facts), tx)
    _tell_staff(template, about, agencies, facts, tx)


def _tell_staff(
    template: str,
    about: tuple[UUID, str],
    agencies: Iterable[UUID],
    facts: dict[str, Any],
    tx: NotifyTransaction,
) -> None:
    for member in tx.colleagues(SAFEGUARDING, agencies):
        whom = {"agency_id": member.agency_id, "staff_id": member.staff_id}
        tell(Notice(TO, template, *about, facts=facts, **whom), tx)


WATCHES: dict[type, Callable[[Any, NotifyTransaction], None]] = {
    ConsentRequested: tell_of_question_of_consent,
    ConsentGiven: confirm_consent,
    ConsentWithdrawn: tell_of_consent_withdrawn,
    ContactChanged: reach_anew,
    OverrideRecorded: tell_of_override,
    RequestFlagged: tell_of_danger,
    ClockOverdue: tell_of_lateness,
    ClockWarned: tell_of_warning,
}
