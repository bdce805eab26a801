"""How a consent ends, wholly or in part: taken back, our mistake, over, never valid, replaced.

Promise: it counts in the transaction that says so; every recipient that held something is
on a list until it has been told; nothing that is ended is deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from services.intake.domain.consent import METHODS
from services.intake.domain.consent_clocks import TOLD_WITHIN
from services.intake.domain.ledger import LIVE, OPEN
from services.intake.errors import ConsentRefusedError
from services.intake.messages import (
    ConsentExpired,
    ConsentInvalidated,
    ConsentRefused,
    ConsentRevoked,
    ConsentSuperseded,
    ConsentWithdrawn,
)
from services.intake.storage import ledger_tables as lt
from services.intake.usecases import consent_rows as rows
from services.intake.usecases.consent_checks import WRONG, consent_of, request_of, settle, step
from services.intake.usecases.consent_views import is_given, live_grants, merged
from shared.codes import codes
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from services.intake.messages import Grant
    from services.intake.storage import IntakeTransaction

BY_LETTER = ("letter", "email", "text")
OFFICE, CLOCKWORK, NEWER = "office", "clock", "newer_answer"
SYSTEM = frozenset({"system"})
HELD = frozenset({"proposed", "cancelled"})
"""States of a referral in which its agency was never told anything."""


@dataclass(frozen=True, slots=True)
class Ended:
    """One consent that ended, with the answers that no longer hold."""

    row: Row[Any]
    request: Row[Any]
    grants: tuple[Row[Any], ...]
    sequence: int


def withdraw_consent(
    consent_id: UUID,
    tx: IntakeTransaction,
    *,
    grants: Sequence[UUID] | None,
    method: str,
    reason: str | None,
) -> None:
    """Take back a consent, or only these *grants* of it (C6); it counts at once."""
    _check_said(method, reason)
    row = consent_of(consent_id, tx)
    live = [grant for grant in tx.grants_of(consent_id) if is_given(grant)]
    chosen = live if grants is None else _chosen(grants, live)
    ended = _end("withdraw", row, chosen, tx, method=method, reason=reason)
    tx.announce(
        ConsentWithdrawn(**_told(ended, tx), method=method, reason=reason),
        sequence=ended.sequence,
    )


def withdraw_all_consents(
    request_id: UUID, tx: IntakeTransaction, *, method: str, reason: str | None
) -> None:
    """Take back every consent of a request, and say no to whatever is still asked."""
    for row in tx.consents_of(request_id):
        if row.state in LIVE:
            withdraw_consent(row.id, tx, grants=None, method=method, reason=reason)
        elif row.state in OPEN:
            say_no(row, method, tx)


def say_no(row: Row[Any], method: str, tx: IntakeTransaction) -> None:
    """Record a no to what was asked (C3): these agencies are told nothing."""
    state = settle("refuse", row, request_of(row.request_id, tx), tx)
    said = step("refuse", row.state, state, method)
    sequence = rows.add_event(row.id, row.sequence + 1, said, tx)
    rows.set_clocks(row, state, None, tx)
    event = ConsentRefused(row.id, row.request_id, recipients_of(row.id, tx))
    tx.announce(event, sequence=sequence)


def recipients_of(consent_id: UUID, tx: IntakeTransaction) -> tuple[UUID, ...]:
    """Return which agencies a question is about."""
    return tuple(asked.recipient_agency_id for asked in tx.asked_of(consent_id))


def revoke_consent(consent_id: UUID, reason: str, tx: IntakeTransaction) -> None:
    """Take a consent back on our side (C7): it was a mistake, or the wrong person."""
    ended = _end_whole("revoke", consent_id, OFFICE, reason, tx)
    tx.announce(ConsentRevoked(**_told(ended, tx), reason=reason), sequence=ended.sequence)


def invalidate_consent(consent_id: UUID, reason: str, tx: IntakeTransaction) -> None:
    """Find that a consent never held (C9); `disclosed_under` lists what was shown under it."""
    ended = _end_whole("invalidate", consent_id, OFFICE, reason, tx)
    tx.announce(ConsentInvalidated(**_told(ended, tx), reason=reason), sequence=ended.sequence)


def expire_consent(consent_id: UUID, tx: IntakeTransaction) -> None:
    """End a consent whose time is over (C8)."""
    ended = _end_whole("expire", consent_id, CLOCKWORK, None, tx)
    tx.announce(ConsentExpired(**_told(ended, tx)), sequence=ended.sequence)


def supersede(
    by_id: UUID, answered: Collection[tuple[str, UUID]], request: Row[Any], tx: IntakeTransaction
) -> None:
    """End what older consents said to the same purposes and recipients (C10)."""
    for row in tx.consents_of(request.id):
        if row.id != by_id and row.state in LIVE | OPEN:
            _replace(row, by_id, answered, tx)


def _replace(
    row: Row[Any], by_id: UUID, answered: Collection[tuple[str, UUID]], tx: IntakeTransaction
) -> None:
    live = [grant for grant in tx.grants_of(row.id) if is_given(grant)]
    old = [g for g in live if (g.purpose, g.recipient_agency_id) in answered]
    asked = recipients_of(row.id, tx) if row.state in OPEN else ()
    told = {recipient for _, recipient in answered}
    if not old and not (asked and told.issuperset(asked)):
        return
    ended = _end("supersede", row, old, tx, method=NEWER, by=SYSTEM)
    tx.announce(ConsentSuperseded(**_told(ended, tx), by_consent_id=by_id), sequence=ended.sequence)


def _end_whole(
    name: str, consent_id: UUID, method: str, reason: str | None, tx: IntakeTransaction
) -> Ended:
    row = consent_of(consent_id, tx)
    live = [grant for grant in tx.grants_of(consent_id) if is_given(grant)]
    return _end(name, row, live, tx, method=method, reason=reason)


def _end(  # noqa: PLR0913 - which, what of it, and how it was said
    name: str,
    row: Row[Any],
    grants: Sequence[Row[Any]],
    tx: IntakeTransaction,
    *,
    method: str,
    reason: str | None = None,
    by: frozenset[str] | None = None,
) -> Ended:
    """End *grants* of a consent, and the consent where nothing of it is left."""
    request = request_of(row.request_id, tx)
    live = [grant for grant in tx.grants_of(row.id) if is_given(grant)]
    said: dict[str, Any] = {"something_left": len(grants) < len(live), "reason": reason}
    state = settle(name, row, request, tx, **said, **({"by": by} if by else {}))
    event = step(name, row.state, state, method, reason=reason, by="system" if by else None)
    sequence = rows.add_event(row.id, row.sequence + 1, event, tx)
    rows.end_grants(row.id, grants, tx)
    rows.set_clocks(row, state, row.valid_until, tx)
    ended = Ended(row, request, tuple(grants), sequence)
    if name != "supersede":
        _list_who_must_hear(ended, tx)
    return ended


def _told(ended: Ended, tx: IntakeTransaction) -> dict[str, Any]:
    """Return what every ending tells: what ended, and all that is left of the request's."""
    said = ((g.purpose, g.recipient_agency_id, g.category) for g in ended.grants)
    remaining: tuple[Grant, ...] = live_grants(ended.request.id, tx)
    return {
        "consent_id": ended.row.id,
        "request_id": ended.request.id,
        "reference": ended.request.reference,
        "referrer_agency_id": ended.request.submitter_agency_id,
        "ended": merged(said),
        "remaining": remaining,
    }


def _list_who_must_hear(ended: Ended, tx: IntakeTransaction) -> None:
    """List the recipients that hold something, each to be told within a working day."""
    due_at = tx.working_days_after(tx.now, TOLD_WITHIN)
    named = {grant.recipient_agency_id for grant in ended.grants}
    for agency_id in sorted(named & _holders(ended.request.id, tx)):
        tx.insert(
            lt.consent_ending,
            consent_id=ended.row.id,
            sequence=ended.sequence,
            recipient_agency_id=agency_id,
            request_id=ended.request.id,
            due_at=due_at,
            rung=0,
            next_look=due_at,
        )


def _holders(request_id: UUID, tx: IntakeTransaction) -> set[UUID]:
    """Return the agencies that were asked or were shown something."""
    asked = {s.agency_id for s in tx.steps_of_request(request_id) if s.state not in HELD}
    return asked | {opening.agency_id for opening in tx.openings_of(request_id)}


def _chosen(ids: Sequence[UUID], live: Sequence[Row[Any]]) -> list[Row[Any]]:
    known = {grant.id: grant for grant in live}
    missing = [
        Fault(f"/grants/{place}", "This is not agreed to, or was taken back before.")
        for place, one in enumerate(ids)
        if one not in known
    ]
    if missing or not ids:
        raise ConsentRefusedError(WRONG, missing or [Fault("/grants", "Say what to take back.")])
    return [known[one] for one in dict.fromkeys(ids)]


def _check_said(method: str, reason: str | None) -> None:
    found = []
    if method not in METHODS + BY_LETTER:
        found.append(Fault("/method", f"Choose one of {', '.join(METHODS + BY_LETTER)}."))
    if reason is not None and reason not in codes("end_reasons"):
        found.append(
            Fault("/reason", "This is not on the list of end reasons. It may be left out.")
        )
    if found:
        raise ConsentRefusedError(WRONG, found)
