"""What happens to a referral after it was sent, as tests say it: one line for each step."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from services.matching import usecases
from services.matching.domain.transitions import Result
from services.matching.usecases import Contact, Hold, Reason, Review, Waiting
from services.matching.usecases.commanding import possible
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, SURGERY, Matching, a_client, a_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

TODAY = date(2026, 11, 23)


def a_worker(agency: UUID = ADVICE, *roles: str, staff_id: UUID | None = None) -> Principal:
    who = str(staff_id or new_id())
    return Principal(kind="staff", id=who, agency_id=agency, roles=frozenset(roles or {"worker"}))


class Helping:
    """One matching service, and commands that always know the newest version."""

    def __init__(self, matching: Matching) -> None:
        self.matching = matching

    @property
    def today(self) -> date:
        return self.matching.clock.now().date()

    def now(self, referral: Any) -> Any:
        return self.matching._now(referral)

    def does(
        self, command: Callable[..., Any], referral: Any, *how: Any, by: Principal | None = None
    ) -> Any:
        """Let *by*, or else the agency's own system, give one command; return its result."""
        row = self.now(referral)
        with self.matching.store.begin(actor=by or a_client(row.agency_id)) as tx:
            return command(row.id, row.version, *how, tx)

    def offered(self, referral: Any, by: Principal | None = None) -> tuple[str, ...]:
        row = self.now(referral)
        with self.matching.store.read() as tx:
            return possible(by or a_client(row.agency_id), row, tx)

    def sent(self, *, places: int = 3, takes_waiting_list: bool = False, **asked: Any) -> Any:
        self.matching.publishes(
            a_service(ADVICE, places=places, takes_waiting_list=takes_waiting_list)
        )
        return self.matching.the_referral(self.matching.asks(ADVICE, **asked))

    def sent_again(self) -> Any:
        """Return the referral of one more request to whoever is in the guide already."""
        return self.matching.the_referral(self.matching.asks(ADVICE))

    def opened(self, **how: Any) -> Any:
        return self.matching.opens(self.sent(**how))

    def accepted(self, **how: Any) -> Any:
        return self.matching.accepts(self.opened(**how))

    def waiting(self, **how: Any) -> Any:
        """Return a referral on the list of a service that is full."""
        return self.accepted(places=0, takes_waiting_list=True, **how)

    def active(self, **how: Any) -> Any:
        referral = self.accepted(**how)
        self.does(usecases.start, referral, self.today)
        return self.now(referral)

    def completed(self, *outcomes: Any, **how: Any) -> Any:
        referral = self.active(**how)
        self.does(usecases.complete, referral, outcomes)
        return self.now(referral)

    def months_pass(self, days: int = 33) -> None:
        self.matching.clock.advance(timedelta(days=days))

    def waits(self, referral: Any, **how: Any) -> None:
        self.does(usecases.wait, referral, Waiting(**how))

    def reviews(self, referral: Any, result: Result, **how: Any) -> None:
        self.does(usecases.review, referral, Review(result, **how))

    def holds(self, referral: Any, reason: str = "PERSON_WISH", days: int = 14) -> None:
        self.does(usecases.hold, referral, Hold(reason, self.today + timedelta(days=days)))

    def tries(self, referral: Any, code: str = "NO_ANSWER", **how: Any) -> None:
        self.does(usecases.record_contact, referral, Contact(code, self.today, **how))

    def ends(self, referral: Any, code: str, comment: str = "") -> None:
        self.does(usecases.withdraw, referral, Reason(code, comment))

    def reopens(self, referral: Any, code: str = "PLACE_FREE_NOW", **how: Any) -> Any:
        new = self.does(usecases.reopen, referral, Reason(code), **how)
        (row,) = [row for row in self.matching.referrals() if row.id == new]
        return row

    def referrer(self) -> Principal:
        return a_client(SURGERY)
