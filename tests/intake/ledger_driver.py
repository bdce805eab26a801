"""A driver of the consent ledger: people, partners and officers change consents, and look."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from intake.telling import ADVICE, HUB, REFERRER, a_consent, a_grant, a_submission

from services.intake.clocks import ConsentClocks
from services.intake.domain.submission import Consent, Grant
from services.intake.usecases import consenting
from shared.identity import Principal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intake.desk import Desk

    from services.intake.messages import Grant as Told
    from services.intake.storage import IntakeTransaction
    from services.intake.usecases.consenting import LedgerEntry

OFFICER = Principal("staff", str(HUB), HUB, frozenset({"officer"}))
WORKER = Principal("staff", str(REFERRER), REFERRER, frozenset({"worker"}))


class Ledger:
    """One request, and the consents it has."""

    def __init__(self, desk: Desk, *grants: Grant, **changes: Any) -> None:
        self.desk = desk
        told = a_submission(consent=a_consent(*grants, **changes))
        self.request = desk.takes_in(told).id
        self.person = Principal("person", str(self.request))

    @classmethod
    def of(cls, desk: Desk, request_id: str) -> Ledger:
        """Return the ledger of a request that is there."""
        made = object.__new__(cls)
        made.desk, made.request = desk, UUID(request_id)
        made.person = Principal("person", request_id)
        return made

    @contextmanager
    def acting(self, who: Principal | None = None) -> Iterator[IntakeTransaction]:
        with self.desk.store.begin(actor=who or self.person) as tx:
            yield tx

    def entries(self) -> tuple[LedgerEntry, ...]:
        with self.desk.store.read(actor=self.person) as tx:
            return consenting.consents_of(self.request, tx)

    @property
    def first(self) -> LedgerEntry:
        return self.entries()[-1]

    @property
    def newest(self) -> LedgerEntry:
        return self.entries()[0]

    def live(self) -> set[tuple[str, UUID, str]]:
        with self.desk.store.read() as tx:
            grants: tuple[Told, ...] = consenting.live_grants(self.request, tx)
        return {(g.purpose, g.recipient, one) for g in grants for one in g.categories}

    def granted(self, recipient: UUID = ADVICE) -> frozenset[str]:
        """Return what the gate would let this agency see for a referral."""
        with self.desk.store.read() as tx:
            found = [
                tx.granted(row.id, "refer", recipient) for row in tx.live_consents(self.request)
            ]
        return frozenset[str]().union(*found)

    def gives(self, *grants: Grant, answers: UUID | None = None, **changes: Any) -> UUID:
        with self.acting() as tx:
            consent: Consent = a_consent(*(grants or (a_grant(),)), **changes)
            return consenting.give_consent(answers, self.request, consent, tx)

    def takes_back(self, entry: LedgerEntry, *categories: str, **said: Any) -> None:
        chosen = [g.id for g in entry.grants if g.category in categories and g.id]
        with self.acting() as tx:
            consenting.withdraw_consent(
                entry.id,
                tx,
                grants=chosen if categories else None,
                **{"method": "phone", "reason": None, **said},
            )

    def is_asked(self, *agencies: UUID) -> UUID:
        with self.acting(Principal.system("intake")) as tx:
            return consenting.request_consent(self.request, agencies, tx)

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [
            body for body in self.desk.announced(kind) if body["request_id"] == str(self.request)
        ]

    def clocks_look(self) -> int:
        return ConsentClocks(self.desk.store).look()
