"""Whom notify tells of clocks: what is due soon, and what is late, rung by rung.

Promise: lateness is never silent and changes nothing. The agency hears it at once, its manager
next; then the hub, who referred and, where it is their wait, the person, honestly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.notify.domain import Audience
from services.notify.gathering import gather
from services.notify.heard import ClockOverdue, ClockWarned
from services.notify.hiding import hub_for
from services.notify.partnership import tell_of_ending
from services.notify.usecases import Notice, tell
from services.notify.watching import MANAGER, SAFEGUARDING, tell_staff

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy import Row

    from services.notify.storage import NotifyTransaction

TO, BY, PERSON = Audience.RECEIVER, Audience.REFERRER, Audience.PERSON
TO_MANAGER, TO_ALL = 2, 3  # rungs of the ladder; from the third on it climbs weekly
FOR_HUB, NAMES_LATE = "overdue_for_hub", "names_overdue"
WATCHED = {"flag": "flag_overdue", "override": "override_overdue"}
STOPS = frozenset({"T25", "T26"})
ARRIVAL, QUESTION, FOLLOW_UP, ASK_AGAIN = "K1", "K3", "K12", "T21"
WAITED_FOR = frozenset({"K2", "K4", "K5", "K6", "K7", "K10"})
"""Clocks by which a person waits for something; of the others only staff is told."""
EXPIRY, CONFIRMATION, TOLD, DRAFT = (
    "CONSENT_EXPIRY",
    "CONSENT_CONFIRMATION",
    "WITHDRAWAL_TOLD",
    "K13",
)


def tell_of_lateness(event: ClockOverdue, tx: NotifyTransaction) -> None:
    """Tell whoever can still put right what is late; of danger, everyone who watches over it."""
    if event.object_type in WATCHED:
        _tell_watchers(WATCHED[event.object_type], event, tx)
    elif event.object_type == "hidden_names":
        _tell_of_names(event, tx)
    elif event.object_type == "agreement":
        tell_of_ending("agreement_over", event, tx)
    elif event.clock == CONFIRMATION:
        _tell_agency("consent_unconfirmed", BY, event, tx)
    elif event.clock == TOLD:
        _tell_agency("withdrawal_overdue", TO, event, tx)
    elif event.clock in STOPS:
        _tell_of_late_stop(event, tx)
    elif event.clock == ARRIVAL:
        _tell_of_no_word(event, tx)
    elif event.object_type == "referral":
        _climb(event, tx)
    elif event.object_type == "service":
        _tell_of_entry(event, tx)


def tell_of_warning(event: ClockWarned, tx: NotifyTransaction) -> None:
    """Tell who can still act before something is late or ends."""
    if event.clock == EXPIRY and event.request_id is not None:
        _tell("consent_ends", PERSON, None, event, tx)
        _tell_agency("consent_ends", BY, event, tx)
    elif event.clock == DRAFT:
        _tell_agency("draft_ends", BY, event, tx)
    elif event.clock in PROMPTS:
        _prompt(event, tx)
    elif event.object_type == "agreement":
        tell_of_ending("agreement_ends", event, tx)
    elif event.object_type == "referral":
        _tell_agency("referral_due", TO, event, tx)
    elif event.object_type == "service":
        _tell_of_entry(event, tx)


PROMPTS = {FOLLOW_UP: "how_it_went", ASK_AGAIN: "ask_again"}
"""What is no lateness but a question or a reminder, due on its day."""


def _prompt(event: ClockWarned, tx: NotifyTransaction) -> None:
    """Ask the person how it went; remind who referred, or whoever asked for themselves."""
    if event.request_id is None or tx.silence_of(event.request_id):
        return
    referrer = _referrer(tx.referral_row(event.object_id), event)
    if event.clock == ASK_AGAIN and referrer is not None:
        _tell(PROMPTS[event.clock], BY, referrer, event, tx)
    else:
        _tell_person(PROMPTS[event.clock], event, tx)


def _climb(event: ClockOverdue, tx: NotifyTransaction) -> None:
    """Tell the agency at once and at each rung; from the second its manager, then everybody."""
    row = tx.referral_row(event.object_id)
    referrer, agency = _referrer(row, event), event.agency_id or (row.agency_id if row else None)
    notice = _notice("referral_overdue", TO, event)
    if event.clock == QUESTION and referrer is not None:
        agency, notice = referrer, _notice("question_overdue", BY, event)
    if agency is not None:
        tell(replace(notice, agency_id=agency), tx)
    if event.rung >= TO_MANAGER and agency is not None:
        alone = event.rung < TO_ALL
        tell_staff(notice, [agency], tx, role=MANAGER, for_hub=FOR_HUB if alone else None)
    if event.rung >= TO_ALL:
        _tell_everyone(event, referrer, tx)


def _tell_everyone(event: ClockOverdue, referrer: UUID | None, tx: NotifyTransaction) -> None:
    """Tell the hub and who referred each week, the person once: it is late, and we know it."""
    hub = hub_for(_request_of(event), tx)
    if hub is not None:
        _tell(FOR_HUB, TO, hub.agency_id, event, tx)
    if referrer is not None and event.clock != QUESTION:
        _tell("referral_overdue", BY, referrer, event, tx)
    if event.rung == TO_ALL and event.clock in WAITED_FOR:
        _tell_person("referral_overdue", event, tx)


def _tell(
    template: str,
    audience: Audience,
    agency_id: UUID | None,
    event: ClockWarned,
    tx: NotifyTransaction,
) -> None:
    tell(replace(_notice(template, audience, event), agency_id=agency_id), tx)


def _tell_person(template: str, event: ClockWarned, tx: NotifyTransaction) -> None:
    row, notice = tx.referral_row(event.object_id), _notice(template, PERSON, event)
    tell(replace(notice, concerns=row.agency_id if row is not None else None), tx)


def _tell_of_entry(event: ClockWarned, tx: NotifyTransaction) -> None:
    """Tell the agency, in one mail a day, that entries of the guide, or places, need a look."""
    if event.agency_id is None:
        return
    late = isinstance(event, ClockOverdue)
    entry = {"id": str(event.object_id), "clock": event.clock, "late": late}
    entry["answer_by"] = event.due_at.isoformat()
    notice = Notice(TO, "guide_digest", event.agency_id, "", agency_id=event.agency_id)
    gather(notice, entry, tx)
    if getattr(event, "rung", 1) >= TO_MANAGER:
        for member in tx.colleagues(MANAGER, [event.agency_id]):
            gather(replace(notice, staff_id=member.staff_id), entry, tx)


def _tell_of_no_word(event: ClockOverdue, tx: NotifyTransaction) -> None:
    """Tell the hub that the person was not told; then its managers, then who referred."""
    hub = hub_for(_request_of(event), tx)
    if hub is not None:
        _tell("unacknowledged", TO, hub.agency_id, event, tx)
    if hub is not None and event.rung >= TO_MANAGER:
        tell_staff(_notice("unacknowledged", TO, event), [hub.agency_id], tx, role=MANAGER)
    if event.rung >= TO_ALL:
        _tell_agency("unacknowledged", BY, event, tx)


def _tell_of_names(event: ClockOverdue, tx: NotifyTransaction) -> None:
    """Tell the hub that nobody has looked; then its managers and safeguarding leads too."""
    hub = hub_for(_request_of(event), tx)
    if hub is None:
        return
    _tell(NAMES_LATE, TO, hub.agency_id, event, tx)
    for role in (MANAGER, SAFEGUARDING) if event.rung >= TO_MANAGER else ():
        tell_staff(_notice(NAMES_LATE, TO, event), [hub.agency_id], tx, role=role)


def _tell_of_late_stop(event: ClockOverdue, tx: NotifyTransaction) -> None:
    """Tell the agency; then its managers and the hub, which can ring it; then who referred."""
    _tell_agency("stop_overdue", TO, event, tx)
    if event.rung < TO_MANAGER:
        return
    if event.agency_id is not None:
        tell_staff(_notice("stop_overdue", TO, event), [event.agency_id], tx, role=MANAGER)
    hub = hub_for(_request_of(event), tx)
    if hub is not None:
        _tell("late_stop_for_hub", TO, hub.agency_id, event, tx)
    row = tx.referral_row(event.object_id)
    if event.rung >= TO_ALL and row is not None and row.referrer_agency_id is not None:
        _tell("referral_overdue", BY, row.referrer_agency_id, event, tx)


def _tell_agency(
    template: str, audience: Audience, event: ClockWarned, tx: NotifyTransaction
) -> None:
    if event.agency_id is not None:
        _tell(template, audience, event.agency_id, event, tx)


def _tell_watchers(template: str, event: ClockWarned, tx: NotifyTransaction) -> None:
    """Tell the agency's mailbox, the hub's, and the safeguarding staff of both."""
    hub = hub_for(_request_of(event), tx)
    both = dict.fromkeys([event.agency_id, hub.agency_id if hub else None])
    agencies = [agency_id for agency_id in both if agency_id is not None]
    for agency_id in agencies:
        _tell(template, TO, agency_id, event, tx)
    tell_staff(_notice(template, TO, event), agencies, tx)


def _referrer(row: Row[Any] | None, event: ClockWarned) -> UUID | None:
    """Return who referred; a clock that waits for the other side of a referral names them too."""
    if row is None or row.referrer_agency_id is not None:
        return row.referrer_agency_id if row is not None else None
    return event.agency_id if event.agency_id != row.agency_id else None


def _request_of(event: ClockWarned) -> UUID:
    """Return which request it is about; an entry of the guide is about none."""
    return event.request_id or event.object_id


def _notice(template: str, audience: Audience, event: ClockWarned) -> Notice:
    about = (_request_of(event), event.reference or "")
    of = event.object_id if event.object_type == "referral" else None
    facts = {"answer_by": event.due_at.isoformat(), "clock": event.clock}
    return Notice(audience, template, *about, referral_id=of, facts=facts)


CLOCKS: dict[type, Callable[[Any, NotifyTransaction], None]] = {
    ClockOverdue: tell_of_lateness,
    ClockWarned: tell_of_warning,
}
