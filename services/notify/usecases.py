"""Queue a message, ask for an address, settle what was tried.

Promise: a message to a person leaves only with an address that intake released for this one
attempt, so consent and safety are looked at each time. Nothing here commits.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from services.notify.domain import (
    Audience,
    Result,
    State,
    Verdict,
    may_tell,
    patience_after,
    verdict,
)
from services.notify.messages import (
    ContactRequested,
    NotificationFailed,
    NotificationQueued,
    NotificationSent,
    NotificationSuppressed,
)
from services.notify.storage import delivery
from shared.observe import bind_correlation, correlation_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row

    from services.notify.storage import Attempt, NotifyTransaction

CHANNELS = ("email",)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell one audience; `facts` are dates and codes, never about who it is."""

    audience: Audience
    template: str
    request_id: UUID
    reference: str
    referral_id: UUID | None = None
    agency_id: UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    staff_id: UUID | None = None
    not_before: datetime | None = None
    concerns: UUID | None = None
    """The agency a person reads about, if it is about one."""

    def cause(self, hearing: UUID) -> UUID:
        """Return what it comes from: one event may tell several agencies, each of them once."""
        whom = self.staff_id or self.agency_id
        return uuid5(hearing, f"{whom} {self.template}") if whom else hearing


def tell(notice: Notice, tx: NotifyTransaction) -> None:
    """Queue *notice*; a person's address is asked for at once, where they are written to at all."""
    if notice.audience is Audience.PERSON and not may_tell(
        tx.silence_of(notice.request_id, notice.concerns), notice.template
    ):
        return
    delivery_id = tx.new_id()
    question = tx.new_id() if notice.audience is Audience.PERSON else None
    _queue(notice, delivery_id, question, tx)
    tx.announce(
        NotificationQueued(
            delivery_id=delivery_id,
            request_id=notice.request_id,
            audience=notice.audience,
            template=notice.template,
            referral_id=notice.referral_id,
            recipient_agency_id=notice.agency_id,
        )
    )
    if question is not None:
        _question(question, delivery_id, notice, tx)


def _queue(notice: Notice, delivery_id: UUID, question: UUID | None, tx: NotifyTransaction) -> None:
    tx.insert(
        delivery,
        id=delivery_id,
        cause=notice.cause(tx.hearing.id if tx.hearing else tx.new_id()),
        audience=notice.audience,
        template=notice.template,
        request_id=notice.request_id,
        referral_id=notice.referral_id,
        recipient_agency_id=notice.agency_id,
        recipient_staff_id=notice.staff_id,
        reference=notice.reference,
        facts=notice.facts,
        correlation=tx.hearing.correlation_id if tx.hearing else correlation_id(),
        state=State.ASKING if question else State.READY,
        reason=None,
        channel="email",
        language="en",
        attempts=0,
        next_at=tx.now + patience_after(0, _jitter()) if question else notice.not_before or tx.now,
        created_at=tx.now,
        done_at=None,
        contact_request_id=question,
        sealed=None,
        sealed_until=None,
    )


def _question(
    question: UUID, delivery_id: UUID, about: Notice | Row[Any], tx: NotifyTransaction
) -> None:
    tx.announce(
        ContactRequested(
            contact_request_id=question,
            request_id=about.request_id,
            delivery_id=delivery_id,
            template=about.template,
            channels=CHANNELS,
            public_key=tx.public_key(),
            referral_id=about.referral_id,
        )
    )


def ask_again(row: Row[Any], tx: NotifyTransaction) -> None:
    """Put a new question about the person's address; answers to the old one count no more."""
    question = tx.new_id()
    tx.amend(
        row.id,
        state=State.ASKING,
        attempts=row.attempts + 1,
        next_at=tx.now + patience_after(row.attempts + 1, _jitter()),
        contact_request_id=question,
        sealed=None,
        sealed_until=None,
    )
    bind_correlation(row.correlation)
    _question(question, row.id, row, tx)


def settle(results: Iterable[tuple[Attempt, Result]], tx: NotifyTransaction) -> None:
    """Write down how attempts ended, and announce what is final."""
    final: dict[Verdict, list[Row[Any]]] = defaultdict(list)
    for attempt, result in results:
        row = attempt.delivery
        ended = verdict(
            result,
            audience=Audience(row.audience),
            age=tx.now - row.created_at,
            attempts=row.attempts,
            jitter=_jitter(),
        )
        if ended.pause is None:
            final[ended].append(row)
        else:
            _retry(row, ended, tx.now + ended.pause, tx)
    for ended, rows in final.items():
        finish(rows, ended, tx)


def _retry(row: Row[Any], ended: Verdict, at: datetime, tx: NotifyTransaction) -> None:
    tx.amend(
        row.id,
        state=ended.state,
        reason=ended.reason,
        attempts=row.attempts + 1,
        next_at=at,
    )


def suppress(row: Row[Any], reason: str, tx: NotifyTransaction) -> None:
    """Keep a message back for good, because intake says so."""
    finish([row], Verdict(State.SUPPRESSED, reason), tx)


def finish(rows: list[Row[Any]], ended: Verdict, tx: NotifyTransaction) -> None:
    """End deliveries all alike, and announce it of each."""
    tx.end([row.id for row in rows], ended.state, ended.reason)
    for row in rows:
        bind_correlation(row.correlation)
        tx.announce(_ending(row, ended))


def _ending(
    row: Row[Any], ended: Verdict
) -> NotificationSent | NotificationFailed | NotificationSuppressed:
    about = {
        "delivery_id": row.id,
        "request_id": row.request_id,
        "audience": row.audience,
        "template": row.template,
        "referral_id": row.referral_id,
        "recipient_agency_id": row.recipient_agency_id,
    }
    if ended.state is State.SENT:
        return NotificationSent(**about, channel=row.channel)
    if ended.state is State.FAILED:
        return NotificationFailed(**about, channel=row.channel, reason=ended.reason or "UNKNOWN")
    return NotificationSuppressed(**about, reason=ended.reason or "UNKNOWN")


def _jitter() -> float:
    return random.random()  # noqa: S311 - spreads retries, guards nothing
