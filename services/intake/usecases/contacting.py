"""Handing a person's address to whoever delivers a message, for one attempt.

Promise: consent and contact safety are looked at anew for every attempt; the address is
sealed to the asker's key, good for two minutes, and each release is recorded as an access.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.intake import sealing
from services.intake.domain.contact import SAFE, safe_from
from services.intake.errors import KeyRefusedError
from services.intake.messages import ContactReleased, ContactWithheld
from services.intake.storage.changes import end_of
from services.intake.storage.quiet import PAGE_HIDDEN, UNTOLD, why_quiet
from services.intake.usecases.showing import untold
from services.intake.working_days import LOCAL, works_in
from shared.bus.access import AccessGranted

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.submission import Channel
    from services.intake.heard import ContactRequested
    from services.intake.storage import IntakeTransaction

GOOD_FOR = timedelta(minutes=2)
DELIVERABLE = frozenset({"email"})
AWAITING, CLOSED, WITHDRAWN = "awaiting_consent", "closed", "withdrawn"
DIED, GOT_HELP = "DIED", "GOT_HELP"
REACHABLE = frozenset({"submitted", AWAITING})
TOLD_OF_THE_END = timedelta(days=14)
FOLLOW_UP, FOLLOWED_UP = "how_it_went", timedelta(weeks=8)
"""The one question that is asked later (K12), and until when it may be."""
OWN_WISH = frozenset({"request_withdrawn", "consent_withdrawn"})
"""That somebody's own wish was heard (T23, C6) is told although nothing is agreed any more."""
PROMPTS = frozenset({FOLLOW_UP, "ask_again"})
"""What asks the person to come to their page (K12, T21): not while they hide what stands there."""
ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]
PURPOSE = "contact"

UNKNOWN, ENDED, ERASED = "UNKNOWN_REQUEST", "REQUEST_ENDED", "ERASED"
NO_CONSENT, NO_CHANNEL, BAD_KEY = "NO_LIVE_CONSENT", "NO_SAFE_CHANNEL", "KEY_REFUSED"
NOT_NOW, KEPT_BACK = "NOT_NOW", "KEPT_BACK"
UNTIL_HEARD = timedelta(minutes=2)
"""After which to ask again about a referral that we have not heard of yet."""


def release_contact(asked: ContactRequested, tx: IntakeTransaction) -> None:
    """Answer one request for an address: sealed, or withheld with a reason."""
    row = tx.request_row(asked.request_id)
    consents = tx.live_consents(asked.request_id)
    reason = _why_not(row, asked, bool(consents), tx)
    if row is None or reason:
        again_at = tx.now + UNTIL_HEARD if reason == NOT_NOW else None
        return _withhold(asked, reason or UNKNOWN, tx, again_at)
    contact = _contact(row, tx)
    if contact is None:
        return _withhold(asked, ERASED, tx)
    found = _channel(asked, contact, tx)
    if found is None:
        return _withhold(asked, NO_CHANNEL, tx)
    safe_at, channel = found
    if safe_at > tx.now:
        return _withhold(asked, NOT_NOW, tx, again_at=safe_at)
    try:
        sealed = seal_to(asked.public_key, channel, asked.contact_request_id)
    except KeyRefusedError:
        return _withhold(asked, BAD_KEY, tx)
    basis = consents[0].id if consents else None
    return _release(asked, channel.kind, sealed, (row.language, basis), tx)


def _why_not(
    row: Row[Any] | None,
    asked: ContactRequested,
    agreed: bool,  # noqa: FBT001 - a fact, not a flag
    tx: IntakeTransaction,
) -> str | None:
    if row is None:
        return UNKNOWN
    if why := _why_quiet(asked, tx):
        return why
    template = asked.template
    if row.state == AWAITING:
        return None  # the question itself: may anybody know?
    if template in OWN_WISH and _is_own_wish(row, template, tx):
        return None
    if row.state not in REACHABLE and not _is_just_closed(row, template, tx):
        return ENDED
    return None if agreed else NO_CONSENT


def _why_quiet(asked: ContactRequested, tx: IntakeTransaction) -> str | None:
    """Return what keeps the person from being written to now, or from being written this."""
    speaks = {UNTOLD} if asked.template in PROMPTS else {UNTOLD, PAGE_HIDDEN}
    found = why_quiet(asked.request_id, tx)
    if wholly := [why for why in found if why not in speaks]:
        return wholly[0].upper()
    return _not_told(asked, tx) if UNTOLD in found else None


def _not_told(asked: ContactRequested, tx: IntakeTransaction) -> str | None:
    """Return why a mail about one referral must not leave: they may not know of that agency."""
    if asked.referral_id is None:
        return None
    step = tx.referral_now(asked.referral_id)
    if step is None:
        return NOT_NOW
    return KEPT_BACK if step.agency_id in untold(asked.request_id, tx) else None


def _is_just_closed(row: Row[Any], template: str, tx: IntakeTransaction) -> bool:
    """Tell whether the person may still be told of the end; after a death nobody is written to."""
    end = end_of(row.id, tx) if row.state == CLOSED else None
    asks = template == FOLLOW_UP and end is not None and end.code == GOT_HELP
    until = FOLLOWED_UP if asks else TOLD_OF_THE_END
    return end is not None and end.code != DIED and tx.now - end.at < until


def _is_own_wish(row: Row[Any], template: str, tx: IntakeTransaction) -> bool:
    """Tell whether they just ended it, or it goes on and they only took something back."""
    if row.state in REACHABLE:
        return template == "consent_withdrawn"
    end = end_of(row.id, tx) if row.state == WITHDRAWN and template == "request_withdrawn" else None
    return end is not None and tx.now - end.at < TOLD_OF_THE_END


def _contact(row: Row[Any], tx: IntakeTransaction) -> dict[str, Any] | None:
    key, person = tx.key_of(row.person_id), tx.person_row(row.person_id)
    if key is None or person is None:
        return None
    return sealing.open_person(tx.vault, key, person, "contact")


def _channel(
    asked: ContactRequested, contact: dict[str, Any], tx: IntakeTransaction
) -> tuple[datetime, Channel] | None:
    """Return the safe channel that may be used first, and from when."""
    able, local, found = DELIVERABLE.intersection(asked.channels), tx.now.astimezone(LOCAL), []
    for channel in sealing.channels(contact):
        if channel.safe == SAFE and channel.kind in able:
            at = safe_from(channel.times, local, works_in(tx.nation())) if channel.times else local
            found += [(at.astimezone(UTC), channel)] if at is not None else []
    return min(found, key=itemgetter(0), default=None)


def seal_to(public_key: str, channel: Channel, attempt: UUID) -> str:
    """Return the address for one *attempt*, as a compact JWE (RFC 7516) for the key's owner."""
    told = {
        "contact_request_id": attempt,
        "address": channel.value,
        "name_to_ask_for": channel.name_to_ask_for,
        "leave_message": channel.leave_message,
    }
    header = {"alg": ALGORITHMS[0], "enc": ALGORITHMS[1]}
    return jwe.encrypt_compact(header, orjson.dumps(told), _key(public_key), algorithms=ALGORITHMS)


@lru_cache(maxsize=8)
def _key(public_key: str) -> ECKey:
    try:
        facts = orjson.loads(public_key)
        if not isinstance(facts, dict) or facts.get("crv") != "P-256" or "d" in facts:
            raise KeyRefusedError("a public key on P-256 is needed")
        return ECKey.import_key(facts)
    except (ValueError, KeyError, TypeError, JoseError) as error:
        raise KeyRefusedError("this is no public key") from error


def _withhold(
    asked: ContactRequested, reason: str, tx: IntakeTransaction, again_at: datetime | None = None
) -> None:
    tx.announce(ContactWithheld(asked.contact_request_id, asked.request_id, reason, again_at))


def _release(
    asked: ContactRequested,
    channel: str,
    sealed: str,
    basis: tuple[str, UUID | None],
    tx: IntakeTransaction,
) -> None:
    language, consent_id = basis
    tx.announce(
        AccessGranted(
            object_type="contact",
            object_id=str(asked.request_id),
            what=("contact",),
            purpose=PURPOSE,
            request_id=asked.request_id,
            consent_id=consent_id,
        )
    )
    tx.announce(
        ContactReleased(
            contact_request_id=asked.contact_request_id,
            request_id=asked.request_id,
            channel=channel,
            language=language,
            sealed=sealed,
            consent_id=consent_id,
        ),
        expires=tx.now + GOOD_FOR,
    )
