"""What notify keeps: deliveries without anybody's address, and whom it may have to tell.

Promise: no row holds a person's plain address; a released one lies here sealed for at most
two minutes, and is blanked by the transaction that takes it out to be used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, func, select, update

from services.notify.domain import Audience, State
from services.notify.errors import NoSealingKeyError
from services.notify.storage import statements as s
from services.notify.storage.recipients import RecipientRows
from services.notify.storage.tables import (
    agency,
    delivery,
    metadata,
    referral,
    sealing_key,
    silence,
    staff,
)
from shared.storage.among import joined

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

__all__ = [
    "Attempt",
    "NotifyTransaction",
    "agency",
    "delivery",
    "metadata",
    "referral",
    "sealing_key",
    "silence",
    "staff",
]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery as it was when taken out, with what it takes to reach an agency."""

    delivery: Row[Any]
    mailbox: str | None
    phone: str | None


class NotifyTransaction(RecipientRows):
    """A unit of work of notify."""

    _public_key: str | None = None

    def wake_sender(self) -> None:
        """Let whoever listens for commits look for work after this one."""
        self.announced = True

    def public_key(self) -> str:
        """Return the key that addresses are to be sealed to now, as a JWK."""
        if self._public_key is None:
            row = self.newest_key()
            if row is None:
                raise NoSealingKeyError("no sealing key has been made yet")
            self._public_key = row.public_key
        return self._public_key

    def newest_key(self) -> Row[Any] | None:
        """Return the sealing key that has not been replaced."""
        return self.one(select(sealing_key).where(sealing_key.c.replaced_at.is_(None)))

    def asked_under(self, contact_request_id: UUID) -> Row[Any] | None:
        """Return the delivery whose open question *contact_request_id* is."""
        return next(iter(self.ask_of(s.ASKED_UNDER, contact_request_id)), None)

    def waiting_news(self, request_id: UUID) -> list[Row[Any]]:
        """Return what is on its way to the person of a request and has not left yet.

        Nothing where the person may not know of every agency: intake is asked about each by itself.
        """
        if self.kept_from_person(request_id):
            return []
        rows = self.ask_of(s.TO_PERSON, request_id)
        return [row for row in rows if row.state in {State.ASKING, State.READY}]

    def say_instead(
        self, waiting: Row[Any], template: str, referral_id: UUID | None, facts: dict[str, Any]
    ) -> None:
        """Change what a delivery that has not left yet will say."""
        told = {"now_says": template, "about": referral_id, "known": facts}
        self.change(s.JOIN, _ids_of(waiting), joined=waiting.id, **told)

    def person_hears(self, request_id: UUID, templates: Collection[str]) -> bool:
        """Tell whether the person of a request was, or will be, sent one of *templates*."""
        return any(row.template in templates for row in self.ask_of(s.TO_PERSON, request_id))

    def make_ready(
        self, asking: Row[Any], *, channel: str, language: str, sealed: str, until: datetime | None
    ) -> None:
        """Let one delivery be sent to the address that was released for it."""
        facts = {"ready": asking.id, "by": channel, "in_language": language}
        told = {"now": self.now, "address": sealed, "until": until}
        self.change(s.READY, _ids_of(asking), **facts, **told)

    def amend(self, delivery_id: UUID, **values: Any) -> None:  # noqa: ANN401 - column values
        """Change one delivery."""
        self.execute(update(delivery).where(delivery.c.id == delivery_id).values(**values))

    def anything_due(self) -> bool:
        """Tell whether the sender has something to do now."""
        return bool(self.ask(s.ANYTHING_DUE, now=self.now, most=1))

    def due(self, limit: int) -> list[Row[Any]]:
        """Return open deliveries whose time has come, the oldest first, locked for this sender."""
        return self.ask(s.DUE, now=self.now, most=limit)

    def take(self, ids: Sequence[UUID]) -> None:
        """Mark deliveries as being handed over, and blank what only one attempt may use."""
        self.change(s.TAKE, ids=joined(ids))

    def end(self, ids: Sequence[UUID], state: State, reason: str | None) -> None:
        """Mark deliveries as over; nothing that reaches anybody stays behind."""
        self.change(s.END, ids=joined(ids), ended=state, why=reason, now=self.now)

    def recover(self) -> int:
        """Open again what a crash left in the middle of an attempt; return how many."""
        person = delivery.c.audience == Audience.PERSON
        broken = delivery.c.state == State.ATTEMPTING
        again = [(and_(broken, person), State.ASKING), (and_(broken, ~person), State.READY)]
        return sum(
            self.execute(
                update(delivery).where(which).values(state=state, next_at=self.now)
            ).rowcount
            for which, state in again
        )

    def deliveries(self, reference: str | None, limit: int = 100) -> list[Row[Any]]:
        """Return the newest deliveries, or those of one reference."""
        wanted = [delivery.c.reference == reference] if reference else []
        query = select(delivery).where(*wanted).order_by(delivery.c.created_at.desc())
        return self.all(query.limit(limit))

    def counts(self) -> dict[str, int]:
        """Return how many deliveries are in each state."""
        rows = self.all(
            select(delivery.c.state, func.count().label("count_")).group_by(delivery.c.state)
        )
        return {row.state: row.count_ for row in rows}


def _ids_of(row: Row[Any]) -> dict[Any, UUID]:
    """Return by which ids a delivery to a person is known, and may have been prepared."""
    return {
        delivery.c.id: row.id,
        delivery.c.request_id: row.request_id,
        delivery.c.contact_request_id: row.contact_request_id,
    }
