"""What notify does when it hears something: note whom to tell, never send from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notify.changing import CHANGES
from services.notify.domain import AGREED, Audience, answers, joined, later, may_join
from services.notify.falling_silent import SILENCES
from services.notify.heard import (
    AgencyChanged,
    ContactReleased,
    ContactWithheld,
    MatchFailed,
    ReferralAccepted,
    ReferralDeclined,
    ReferralSent,
    RequestAmended,
    RequestSubmitted,
    StaffChanged,
)
from services.notify.helping import HELPS
from services.notify.hiding import hear_hidden_again, hub_for, keep_hidden, keep_hidden_now
from services.notify.lateness import CLOCKS
from services.notify.partnership import PARTNERSHIP
from services.notify.standing import (
    BY,
    PERSON,
    STANDING,
    TO,
    is_news,
    know_standing,
    tell_hub_if_nobody_has_it,
    tell_news,
    tell_side,
)
from services.notify.storage import agency, staff
from services.notify.usecases import Notice, ask_again, suppress, tell
from services.notify.watching import WATCHES
from shared.web import standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.notify.storage import NotifyTransaction

    Handler = Callable[[Any, NotifyTransaction], None]


def acknowledge(event: RequestSubmitted, tx: NotifyTransaction) -> None:
    """Tell the person that their words have arrived, unless other news says so already."""
    keep_hidden(event, tx)
    if not tx.person_hears(event.request_id, {"referral_sent", AGREED}):
        tell(Notice(Audience.PERSON, "request_received", event.request_id, event.reference), tx)


def tell_of_sending(event: ReferralSent, tx: NotifyTransaction) -> None:
    """Tell the agency that is asked, who referred, and the person."""
    know_standing(event, tx)
    facts = {"answer_by": event.answer_by.isoformat(), "enquiry": event.enquiry}
    for audience in (TO, BY):
        tell_side("referral_sent", audience, event, tx, **facts)
    if not _joined(event, facts, tx):
        tell_side("referral_sent", PERSON, event, tx, **facts)


def _joined(event: ReferralSent, facts: dict[str, Any], tx: NotifyTransaction) -> bool:
    """Let a mail to the person that has not left yet tell this as well: one mail, not two."""
    for waiting in tx.waiting_news(event.request_id):
        if may_join(waiting.template):
            told, said = later(waiting.facts, facts), joined(waiting.template, "referral_sent")
            tx.say_instead(waiting, said, event.referral_id, told)
            return True
    return False


def tell_of_acceptance(event: ReferralAccepted, tx: NotifyTransaction) -> None:
    """Tell who referred and the person from when help is expected."""
    if is_news(event, tx):
        facts = {"forecast_start": event.forecast_start.isoformat()}
        tell_news("referral_accepted", BY, event, tx, **facts)
        tell_news("referral_accepted", PERSON, event, tx, **facts)


def tell_of_decline(event: ReferralDeclined, tx: NotifyTransaction) -> None:
    """Tell who referred and the person that this one cannot help, and what comes next."""
    if is_news(event, tx):
        tell_news("referral_declined", BY, event, tx, reason=event.reason)
        tell_news("referral_declined", PERSON, event, tx, reason=event.reason)
        tell_hub_if_nobody_has_it(event, tx)


def tell_of_no_match(event: MatchFailed, tx: NotifyTransaction) -> None:
    """Say honestly that no service could be asked yet, to the hub as well: nobody else knows."""
    hub = hub_for(event.request_id, tx)
    for audience, agency_id in (
        (Audience.PERSON, None),
        (Audience.REFERRER, event.referrer_agency_id),
        (Audience.RECEIVER, hub.agency_id if hub else None),
    ):
        if audience is Audience.PERSON or agency_id is not None:
            about = (audience, "match_failed", event.request_id, event.reference)
            tell(Notice(*about, agency_id=agency_id), tx)


def take_address(event: ContactReleased, tx: NotifyTransaction) -> None:
    """Keep a sealed address for the one attempt it answers; ask again if it came late."""
    row = tx.asked_under(event.contact_request_id)
    if row is None or row.request_id != event.request_id:
        return
    expires = tx.hearing.expires if tx.hearing else None
    if not answers(row.contact_request_id, event.contact_request_id, expires=expires, now=tx.now):
        ask_again(row, tx)
        return
    tx.make_ready(
        row,
        channel=event.channel,
        language=event.language,
        sealed=event.sealed,
        until=expires,
    )
    tx.wake_sender()


def keep_back(event: ContactWithheld, tx: NotifyTransaction) -> None:
    """Do not tell the person, because intake's gate says so; or not before it is safe."""
    row = tx.asked_under(event.contact_request_id)
    if row is None or row.request_id != event.request_id:
        return
    if event.again_at is None:
        suppress(row, event.reason, tx)
    else:
        tx.amend(row.id, next_at=event.again_at, reason=event.reason)


def know_agency(event: AgencyChanged, tx: NotifyTransaction) -> None:
    """Remember how an agency is reached."""
    tx.keep_newest(
        agency,
        version=tx.told_version,
        agency_id=event.agency_id,
        name=event.name,
        kind=event.kind,
        active=event.active,
        mailbox=event.mailbox,
        phone=event.phone,
    )


def know_staff(event: StaffChanged, tx: NotifyTransaction) -> None:
    """Remember who works where."""
    tx.keep_newest(
        staff,
        version=tx.told_version,
        staff_id=event.staff_id,
        agency_id=event.agency_id,
        name=event.name,
        email=event.email,
        roles=list(event.roles),
        active=event.active,
        teams=[str(team) for team in event.teams],
    )


RESTATED: dict[type, Handler] = {
    **dict.fromkeys(STANDING, know_standing),
    RequestSubmitted: hear_hidden_again,
    RequestAmended: keep_hidden_now,
    AgencyChanged: know_agency,
    StaffChanged: know_staff,
    **standing.RESTATED,
}
HANDLERS: dict[type, Handler] = {
    **RESTATED,
    **standing.HANDLERS,
    **CHANGES,
    **HELPS,
    **CLOCKS,
    **WATCHES,
    **SILENCES,
    **PARTNERSHIP,
    RequestSubmitted: acknowledge,
    ReferralSent: tell_of_sending,
    ReferralAccepted: tell_of_acceptance,
    ReferralDeclined: tell_of_decline,
    MatchFailed: tell_of_no_match,
    ContactReleased: take_address,
    ContactWithheld: keep_back,
}
