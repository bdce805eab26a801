"""Wherever a referral can stand, whoever asks: what is offered is done, all else is refused.

Each attempt is undone, so that all are tried from the same place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from services.matching import usecases as u
from services.matching.domain.transitions import TABLE, State
from services.matching.errors import (
    AgreementRefusedError,
    AnswerRefusedError,
    NoPlaceError,
    NotPossibleError,
    ReferralNotFoundError,
    TwinError,
)
from services.matching.storage.deals import OPEN, REQUIRED
from services.matching.usecases import Came, Reason
from services.matching.usecases.closing import Closure, close_service
from services.matching.usecases.commanding import parts_of, possible, possible_of_all
from tests.matching.acting import ACTIONS, Said
from tests.matching.drivers import ADVICE, MONEY, SURGERY, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.helping import Helping, a_worker

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from shared.identity import Principal
    from tests.matching.drivers import Matching

DONE = Came("debt", "PARTLY", ("ADVICE_GIVEN",))
PEOPLE = {
    "receiver": a_client(ADVICE),
    "only answers": a_client(ADVICE, {"referral.respond"}),
    "only reads": a_client(ADVICE, {"referral.read"}),
    "stranger": a_client(MONEY),
    "referrer": a_client(SURGERY),
    "only refers": a_client(SURGERY, {"referral.submit"}),
    "worker": a_worker(ADVICE),
    "manager": a_worker(ADVICE, "manager"),
    "trustee": a_worker(ADVICE, "trustee"),
    "their worker": a_worker(SURGERY),
    "coordinator": a_worker(SURGERY, "coordinator"),
    "officer": a_worker(MONEY, "officer"),
}
NAMES_THE_RULE = (AnswerRefusedError, AgreementRefusedError)
"""Refusals (422) of what a rule forbids: a closed service, no agreement, the longest wait."""


class Undo(Exception):  # noqa: N818 - no error: it takes back what was tried
    """Take back what was done."""


def undo() -> NoReturn:
    raise Undo


class Stage:
    """One hub on which a referral is brought to each place; `other` is a service to suggest."""

    def __init__(self, matching: Matching) -> None:
        self.matching, self.ear, self.helping = matching, Ear(matching), Helping(matching)
        (self.other,) = matching.publishes(a_service(MONEY, needs=["housing"], places=3))
        self.service: UUID | None = None

    def asked(
        self,
        *,
        referrer: UUID | None = SURGERY,
        agreed: bool = True,
        sending: str = "automatic",
        **terms: Any,
    ) -> Any:
        """Return the referral of a new request to a new service on these *terms*."""
        (self.service,) = self.matching.publishes(a_service(ADVICE, **terms))
        with self.matching.store.begin() as tx:
            tx.keep_nation("england", sending)
        about: dict[str, Any] = {"services": (self.service,), "referrer_agency_id": referrer}
        self.request = self.matching.a_request(*([ADVICE] if agreed else [MONEY]), **about)
        given = self.ear.given(
            self.request, grant(ADVICE if agreed else MONEY), consent=self.request.consent_id
        )
        self.ear.hears(self.ear.submitted(self.request), given)
        return self.matching.the_referral(self.request)

    def opened(self, **terms: Any) -> Any:
        return self.matching.opens(self.asked(**terms))

    def accepted(self, **terms: Any) -> Any:
        return self.matching.accepts(self.opened(**terms))

    def waiting(self) -> Any:
        return self.accepted(places=0, takes_waiting_list=True)

    def active(self) -> Any:
        return self.does(u.start, self.accepted(), self.helping.today)

    def declined(self) -> Any:
        return self.matching.declines(self.asked(), "NO_CAPACITY")

    def does(self, command: Callable[..., Any], referral: Any, *how: Any, **by: Any) -> Any:
        self.helping.does(command, referral, *how, **by)
        return self.helping.now(referral)

    def hears(self, referral: Any, message: Any) -> Any:
        self.ear.hears(message)
        return self.helping.now(referral)

    def lost(self, referral: Any) -> Any:
        gone = self.ear.ended(self.request, self.request.consent_id, grant(ADVICE))
        return self.hears(referral, gone)

    def later(self, referral: Any, days: int) -> Any:
        self.matching.clock.advance(timedelta(days=days))
        return self.helping.now(referral)

    def restricted(self, referral: Any) -> Any:
        about = {"request_id": referral.request_id, "restricted": True}
        return self.hears(referral, self.ear.message("request.restricted", sequence=9, **about))

    def full(self, referral: Any) -> Any:
        self.matching.says_places(referral.service_id, 0)
        return referral

    def roomy(self, referral: Any) -> Any:
        self.matching.says_places(referral.service_id, 1, takes_waiting_list=True)
        return referral

    def closed(self, referral: Any) -> Any:
        until: date = self.helping.today + timedelta(days=30)
        with self.matching.store.begin(actor=a_client(ADVICE)) as tx:
            close_service(referral.service_id, Closure("We", "Full", until, "None wait"), tx)
        return referral

    def bound(self, referral: Any) -> Any:
        with self.matching.store.begin() as tx:
            tx.require_agreements(REQUIRED)
        return referral

    def by_hand(self) -> Any:
        """Return a referral that a worker may send, for the person has agreed to it."""
        return self.asked(sending="coordinator")

    def freed(self) -> None:
        """Let every agency refer to every other again."""
        with self.matching.store.begin() as tx:
            tx.require_agreements(OPEN)


def _twin(stage: Stage) -> Any:
    declined = stage.declined()
    stage.helping.does(u.reopen, declined, Reason("PLACE_FREE_NOW"))
    return stage.helping.now(declined)


CANCEL = Reason("REFERRER_CANCELLED")
STANDS: dict[str, Callable[[Stage], Any]] = {
    "proposed": lambda s: s.asked(agreed=False),
    "proposed and agreed to": lambda s: s.by_hand(),
    "proposed, now full": lambda s: s.full(s.by_hand()),
    "proposed, now closed": lambda s: s.closed(s.by_hand()),
    "proposed, no agreement": lambda s: s.bound(s.by_hand()),
    "sent": lambda s: s.asked(),
    "sent to a closed service": lambda s: s.closed(s.asked()),
    "opened": lambda s: s.opened(),
    "opened, now closed": lambda s: s.closed(s.opened()),
    "opened, now full": lambda s: s.full(s.opened()),
    "opened for a list": lambda s: s.opened(places=0, takes_waiting_list=True),
    "opened, list gone": lambda s: s.full(s.opened(places=0, takes_waiting_list=True)),
    "opened to ask": lambda s: s.opened(places=None),
    "opened, too late": lambda s: s.later(s.opened(), 80),
    "asked": lambda s: s.does(u.ask, s.opened(), "Since when?"),
    "asked of a person": lambda s: s.does(u.ask, s.opened(referrer=None), "Since when?"),
    "accepted": lambda s: s.accepted(),
    "accepted long ago": lambda s: s.later(s.accepted(), 12),
    "waiting": lambda s: s.waiting(),
    "waiting, a place free": lambda s: s.roomy(s.waiting()),
    "waiting, review open": lambda s: s.later(s.waiting(), 40),
    "active": lambda s: s.active(),
    "on hold": lambda s: s.does(
        u.hold, s.active(), u.Hold("PERSON_WISH", s.helping.today + timedelta(days=7))
    ),
    "asked to stop": lambda s: s.does(u.cancel, s.active(), CANCEL, by=s.helping.referrer()),
    "asked to stop early": lambda s: s.does(u.cancel, s.opened(), CANCEL, by=s.helping.referrer()),
    "halted": lambda s: s.lost(s.active()),
    "declined": lambda s: s.declined(),
    "declined long ago": lambda s: s.later(s.declined(), 370),
    "declined, taken up": _twin,
    "declined, request over": lambda s: s.hears(s.declined(), s.ear.over(s.request, "withdrawn")),
    "declined, refused": lambda s: s.hears(s.lost(s.declined()), s.ear.refused(s.request, ADVICE)),
    "declined, agreement lost": lambda s: s.lost(s.declined()),
    "declined, no agreement": lambda s: s.bound(s.declined()),
    "redirected": lambda s: s.does(u.redirect, s.opened(), (s.other,), "They do more."),
    "cancelled": lambda s: s.does(u.cancel, s.asked(), CANCEL, by=s.helping.referrer()),
    "completed": lambda s: s.does(u.complete, s.active(), ()),
    "completed, all said": lambda s: s.does(u.complete, s.active(), (DONE,)),
    "withdrawn": lambda s: s.does(u.withdraw, s.active(), Reason("NEEDS_MET_ELSEWHERE")),
    "proposed, restricted": lambda s: s.restricted(s.by_hand()),
    "sent, restricted": lambda s: s.restricted(s.asked()),
    "opened, restricted": lambda s: s.restricted(s.opened()),
    "asked, restricted": lambda s: s.restricted(s.does(u.ask, s.opened(), "Since when?")),
    "waiting, restricted": lambda s: s.restricted(s.later(s.waiting(), 40)),
    "active, restricted": lambda s: s.restricted(s.active()),
    "asked to stop, restricted": lambda s: s.restricted(
        s.does(u.cancel, s.active(), CANCEL, by=s.helping.referrer())
    ),
    "completed, restricted": lambda s: s.restricted(s.does(u.complete, s.active(), ())),
    "declined, restricted": lambda s: s.restricted(s.declined()),
    "in error": lambda s: s.hears(s.declined(), s.ear.over(s.request, "voided")),
}


@pytest.fixture
def stage(matching: Matching) -> Stage:
    return Stage(matching)


def tried(stage: Stage, row: Any, caller: Principal, action: str) -> str:
    """Try an action and take it back; tell how it went: `done`, 404, 409 or 422."""
    said = Said(stage.helping.today, stage.other)
    try:
        with stage.matching.store.begin(actor=caller) as tx:
            ACTIONS[action](row, tx, said)
            undo()
    except Undo:
        return "done"
    except (NotPossibleError, NoPlaceError, TwinError) as error:
        return f"409 {error.members['actions']}"
    except NAMES_THE_RULE:
        return "422"
    except ReferralNotFoundError:
        return "404"


def kinds(row: Any) -> dict[str, Principal]:
    """Return one caller of each kind: those who act in the same parts are alike."""
    found: dict[Any, tuple[str, Principal]] = {}
    for who, caller in PEOPLE.items():
        found.setdefault((caller.agency_id, parts_of(caller, row)), (who, caller))
    return dict(found.values())


def faults(stage: Stage, row: Any) -> list[tuple[str, str, str]]:
    """Return what goes otherwise than was offered."""
    found = []
    here = {one.action for one in TABLE if State(row.state) in one.before and one.action}
    for who, caller in kinds(row).items():
        with stage.matching.store.read() as tx:
            offered = list(possible(caller, row, tx))
        elsewhere = {"send"} if "send" not in here else {"start"}
        for action in sorted(here | elsewhere if parts_of(caller, row) else elsewhere):
            went = tried(stage, row, caller, action)
            right = {"done"} if action in offered else {f"409 {offered}", "422"}
            unseen = went == "404" and not offered
            if went not in right and not unseen:
                found.append((who, action, f"{went}, offered {offered}"))
    return found


def test_wherever_it_stands_what_is_offered_is_done_and_all_else_refused(stage: Stage) -> None:
    found = {}
    for name, brings in STANDS.items():
        row = brings(stage)
        assert (row.state == "proposed") == name.startswith("proposed")
        found[name] = faults(stage, row)
        stage.freed()

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert {State(row.state) for row in stage.matching.referrals()} >= set(State) - {
        State.RETURNED,
        State.ENTERED_IN_ERROR,
    }


@pytest.mark.usefixtures("where")
def test_what_is_offered_of_many_is_what_is_offered_of_each(stage: Stage) -> None:
    names = ("opened", "waiting", "declined", "declined, taken up", "declined, refused", "proposed")
    rows = [STANDS[name](stage) for name in names]
    caller = PEOPLE["receiver"]
    with stage.matching.store.read() as tx:
        alone = {row.id: possible(caller, row, tx) for row in rows}

    with stage.matching.store.read() as tx:
        assert possible_of_all(caller, rows, tx) == alone
        assert possible_of_all(caller, [], tx) == {}

    assert [("reopen" in alone[row.id]) for row in rows] == [
        False,
        False,
        True,
        False,
        False,
        False,
    ]
