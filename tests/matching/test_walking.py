"""Every action by everyone, at any time, for years: what is offered is accepted, and no clock acts.

The calendar is England's: 31 January, a leap day, Easter, Christmas, both changes of the clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.matching.clocks import Clocks
from services.matching.domain.ladder import PROMPTS
from services.matching.domain.transitions import BY_STEP, TABLE, Result, State, replay
from services.matching.errors import (
    AgreementRefusedError,
    AnswerRefusedError,
    NoPlaceError,
    NotPossibleError,
    ReferralNotFoundError,
    TwinError,
)
from services.matching.storage.clocks import read
from services.matching.usecases.commanding import possible
from services.matching.usecases.rebuilding import derived
from services.matching.working_days import calendar_for
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.acting import ACTIONS, Said
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.helping import a_worker
from tests.matching.test_never_over_allocated import promised

if TYPE_CHECKING:
    from uuid import UUID

OF_A_REQUEST = {"propose"}
NOT_OFFERED = (NotPossibleError, NoPlaceError, TwinError)
NAMES_THE_RULE = {
    "send": (AnswerRefusedError, AgreementRefusedError),
    "accept": (AnswerRefusedError,),
    "reopen": (AgreementRefusedError,),
    "review": (AnswerRefusedError,),
}
"""What a rule forbids is not offered either, and its refusal names the rule (422)."""
SAYS_WHAT_IS_LEFT = "review"
"""Of its four results one may be used up; the others always do."""
EDGES = [
    datetime(2026, 12, 24, 16, 30, tzinfo=UTC),
    datetime(2027, 1, 31, 23, 30, tzinfo=UTC),
    datetime(2027, 3, 25, 17, 0, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 59, tzinfo=UTC),
    datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
    datetime(2029, 1, 31, 9, 0, tzinfo=UTC),
]
PASSING = [timedelta(minutes=1), *(timedelta(days=d) for d in (1, 3, 8, 33, 70, 200))]
PEOPLE = {
    "receiver": a_client(ADVICE),
    "other receiver": a_client(MONEY),
    "referrer": a_client(SURGERY),
    "only answers": a_client(ADVICE, {"referral.respond"}),
    "only refers": a_client(SURGERY, {"referral.submit"}),
    "worker": a_worker(ADVICE),
    "manager": a_worker(ADVICE, "manager"),
    "trustee": a_worker(ADVICE, "trustee"),
    "coordinator": a_worker(new_id(), "coordinator"),
    "officer": a_worker(new_id(), "officer"),
}


OFTEN = {
    "open": 3, "accept": 8, "answer": 3, "wait": 3, "start": 5, "review": 8, "resume": 3,
    "hold": 2, "acknowledge": 2, "refuse-cancel": 3, "record-contact": 2, "reopen": 3,
    "complete": 2, "record-outcome": 2,
}  # fmt: skip
"""How much likelier than an end a step is that leads on: else no life would be long."""
SIDES = ("receiver", "other receiver", "referrer")
MOST_REQUESTS = 4


class Years(RuleBasedStateMachine):
    """A few referrals lived through, from one edge of the calendar to the next."""

    @initialize(
        profile=st.sampled_from(["default", "home_start", "advice", "front_door"]),
        places=st.integers(0, 2),
    )
    def begin(self, profile: str, places: int) -> None:
        self.folder = TemporaryDirectory()
        self.matching = Matching(Path(self.folder.name))
        waits = {"takes_waiting_list": True}
        self.services = self.matching.publishes(
            a_service(ADVICE, places=places, clock_profile=profile, **waits),
            a_service(MONEY, places=1, **waits),
        )
        self.ear, self.clocks = Ear(self.matching), Clocks(self.matching.store)
        self.requests: dict[UUID, Any] = {}
        for of in (0, 1):
            self._asks(of, SURGERY)

    @rule(data=st.data(), often=st.sampled_from([3, 5, 8]))
    def lives(self, data: st.DataObject, often: int) -> None:
        """Let somebody who may do so bring a referral on, several times."""
        for _ in range(often):
            ways = self._ways()
            if not ways:
                return
            this, who, action = data.draw(st.sampled_from(ways))
            if data.draw(st.sampled_from([False, False, True])):
                self._to(self.matching.clock.now() + data.draw(st.sampled_from(PASSING)))
            self._acts(this, PEOPLE[who], action, data.draw(st.sampled_from(list(Result))))

    def _ways(self) -> list[tuple[UUID, str, str]]:
        """Return what is offered to either side of any referral, the likely several times."""
        return [
            (row.id, who, action)
            for row in self.matching.referrals()
            for who in SIDES
            if self._sees(PEOPLE[who], row)
            for action in self._offered(PEOPLE[who], row)
            for _ in range(OFTEN.get(action, 1))
            if action in ACTIONS
        ]

    @rule(
        data=st.data(),
        who=st.sampled_from(sorted(PEOPLE)),
        action=st.sampled_from(sorted(ACTIONS)),
        result=st.sampled_from(list(Result)),
    )
    def somebody_tries(self, data: st.DataObject, who: str, action: str, result: Result) -> None:
        self._acts(self._any(data), PEOPLE[who], action, result)

    @rule(data=st.data(), by=st.sampled_from([*PASSING, None]))
    def time_passes(self, data: st.DataObject, by: timedelta | None) -> None:
        """Let time pass, or the next edge of the calendar come; sometimes the figures are new."""
        now = self.matching.clock.now()
        edge = next((edge for edge in EDGES if edge > now), now)
        self._to(now + by if by is not None else edge)
        for service in self.services if data.draw(st.booleans()) else ():
            places, waits = data.draw(st.integers(0, 3)), data.draw(st.booleans())
            self.matching.clock.advance(timedelta(minutes=1))
            self.matching.says_places(service, places, takes_waiting_list=waits)

    @rule(
        data=st.data(),
        news=st.sampled_from(["asked", "lost", "given", "lost", "given", "withdrawn", "voided"]),
    )
    def something_is_heard(self, data: st.DataObject, news: str) -> None:
        if news == "asked":
            alone = data.draw(st.booleans())
            self._asks(data.draw(st.integers(0, 1)), None if alone else SURGERY)
            return
        this = self._any(data)
        request, agency = self.requests[this], self._row(this).agency_id
        match news:
            case "lost":
                heard = self.ear.ended(request, request.consent_id, grant(agency))
            case "given":
                heard = self.ear.given(request, grant(agency))
            case _:
                heard = self.ear.over(request, news)
        self.ear.hears(heard)

    def _asks(self, of: int, referrer: UUID | None) -> None:
        if len(self.requests) >= MOST_REQUESTS:
            return
        for service in self.services:
            known = self.matching.capacity(service)
            self.matching.says_places(service, known.places, takes_waiting_list=True)
        request = self.matching.a_request(
            *(ADVICE, MONEY), services=(self.services[of],), referrer_agency_id=referrer
        )
        given = self.ear.given(request, grant(ADVICE), grant(MONEY), consent=request.consent_id)
        self.ear.hears(self.ear.submitted(request), given)
        self.requests |= {row.id: request for row in self.matching.referrals(request)}

    def _any(self, data: st.DataObject) -> UUID:
        this: UUID = data.draw(st.sampled_from(sorted(self.requests)))
        return this

    def _acts(self, this: UUID, caller: Principal, action: str, result: Result) -> None:
        """Try *action*: what was offered passes, and what was not is refused with what is."""
        row = self._row(this)
        offered = self._offered(caller, row)
        try:
            with self.matching.store.begin(actor=caller) as tx:
                made = ACTIONS[action](row, tx, self._said(row, result))
        except ReferralNotFoundError:
            assert not self._sees(caller, row)
        except NOT_OFFERED as error:
            told = error.members["actions"]
            assert action not in offered
            assert told == list(offered)
        except NAMES_THE_RULE.get(action, ()) as error:
            assert action not in offered or action == SAYS_WHAT_IS_LEFT
            note(f"{action}: {error}")
        else:
            assert action in offered
            if made is not None:
                self.requests[made] = self.requests[this]
            return
        assert self._row(this) == row

    def _offered(self, caller: Principal, row: Any) -> tuple[str, ...]:
        with self.matching.store.read() as tx:
            return possible(caller, row, tx)

    def _said(self, row: Any, result: Result) -> Said:
        with self.matching.store.read() as tx:
            today = calendar_for(tx.nation()).local_date(self.matching.clock.now())
        other = next(one for one in self.services if one != row.service_id)
        return Said(today, other, result)

    def _sees(self, caller: Principal, row: Any) -> bool:
        office = {"coordinator", "officer"} & caller.roles
        received = row.agency_id == caller.agency_id and row.sent_at is not None
        return bool(office) or received or row.referrer_agency_id == caller.agency_id

    def _to(self, moment: datetime) -> None:
        """Let the clocks be looked at then; whatever is late, every referral stands as it did."""
        before = [(row.id, row.state, row.version) for row in self.matching.referrals()]
        self.matching.clock.at = moment
        self.clocks.look()
        assert self.clocks.look() == 0
        after = [(row.id, row.state, row.version) for row in self.matching.referrals()]
        assert before == after

    def _row(self, this: UUID) -> Any:
        with self.matching.store.read() as tx:
            return tx.any_referral(this)

    @invariant()
    def every_state_is_what_its_events_say(self) -> None:
        if not hasattr(self, "matching"):
            return
        rows = self.matching.referrals()
        with self.matching.store.read() as tx:
            history = tx.history([row.id for row in rows])
        for row in rows:
            events = history[row.id]
            assert replay((one.transition, one.event) for one in events) == row.state
            kept = derived(events)
            assert {name: getattr(row, name) for name in kept} == kept
            assert [one.version for one in events] == list(range(1, row.version + 1))

    @invariant()
    def every_clock_is_what_its_events_say(self) -> None:
        if not hasattr(self, "matching"):
            return
        with self.matching.store.read() as tx:
            for row in tx.all(tx.table("referral").select()):
                if row.clocks is not None:
                    kept, anew = read(row.clocks).clocks, tx.clocks_anew(row).clocks
                    dues = {name: clock.due for name, clock in anew.items()}
                    assert {name: clock.due for name, clock in kept.items()}.items() <= dues.items()
                    assert set(anew) - set(kept) <= PROMPTS

    @invariant()
    def no_more_is_promised_than_there_is(self) -> None:
        for service in getattr(self, "services", ()):
            figures = self.matching.capacity(service)
            assert (figures.reserved, figures.accepted) == promised(self.matching, service)
            fits = figures.reserved + figures.accepted <= figures.places
            assert fits or figures.over_promised

    @invariant()
    def whoever_is_supported_has_a_place(self) -> None:
        if hasattr(self, "matching"):
            active = [row for row in self.matching.referrals() if row.state == State.ACTIVE]
            with self.matching.store.read() as tx:
                assert all(tx.has_place(row.id) for row in active)

    def teardown(self) -> None:
        if hasattr(self, "matching"):
            self.matching.store.close()
            self.folder.cleanup()


TestYears = Years.TestCase
TestYears.settings = settings(
    max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_every_action_of_the_table_is_walked() -> None:
    assert {row.action for row in TABLE if row.action} - OF_A_REQUEST == set(ACTIONS)
    assert len(BY_STEP) == len(TABLE)
