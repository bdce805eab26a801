"""When more is taken in than is carried on, programs wait; people never do."""

from __future__ import annotations

from dataclasses import dataclass, field

from structlog.testing import capture_logs

from shared.redaction import redact
from shared.web.overload import LIMIT, LOOK, STANDSTILL, Behind, Crowd


@dataclass
class Carried:
    """What two carry, each with something that has waited for it, and a clock."""

    waited: float = LIMIT + 1
    time: float = 0.0
    reached: dict[str, int] = field(default_factory=lambda: {"matching": 1, "notify": 1})
    looks: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.crowd = Crowd(self.look, lambda: self.time)

    def look(self) -> dict[str, Behind]:
        self.looks += 1
        return {name: Behind(reached, self.waited) for name, reached in self.reached.items()}

    def turns_away_after(self, seconds: float, **carrying: int) -> bool:
        self.time += seconds
        for name, count in carrying.items():
            self.reached[name] += count
        return self.crowd.is_too_large()

    def carries_on(self) -> None:
        """Let it be seen that matching goes on, twice."""
        self.turns_away_after(0)
        for _ in range(2):
            self.turns_away_after(LOOK, matching=3)


def test_what_is_carried_but_too_slowly_turns_programs_away() -> None:
    carried = Carried()
    carried.carries_on()

    assert carried.turns_away_after(LOOK, matching=3)


def test_one_who_is_too_slow_is_enough_though_another_keeps_up() -> None:
    carried = Carried()
    carried.reached.pop("matching")
    carried.turns_away_after(0)
    carried.turns_away_after(LOOK, notify=1)

    assert carried.turns_away_after(LOOK, notify=1)


def test_what_is_carried_in_time_turns_nobody_away() -> None:
    carried = Carried(waited=LIMIT)
    carried.carries_on()

    assert not carried.turns_away_after(LOOK, matching=3)


def test_a_carrier_that_is_lost_turns_nobody_away_for_long() -> None:
    carried = Carried()
    carried.carries_on()
    assert carried.turns_away_after(LOOK)

    assert not carried.turns_away_after(STANDSTILL)


def test_one_step_alone_may_have_been_somebodys_hand_and_turns_nobody_away() -> None:
    carried = Carried()
    carried.turns_away_after(0)
    for _ in range(3):
        assert not carried.turns_away_after(LOOK, matching=1)
        for _ in range(int(STANDSTILL / LOOK)):
            assert not carried.turns_away_after(LOOK)


def test_what_comes_after_a_standstill_is_no_overload_before_it_goes_on_twice() -> None:
    carried = Carried()
    carried.carries_on()
    assert not carried.turns_away_after(STANDSTILL)

    assert not carried.turns_away_after(LOOK, matching=1)
    assert carried.turns_away_after(LOOK, matching=1)


def test_what_is_handed_again_is_behind_what_was_reached_and_no_step() -> None:
    carried = Carried()
    carried.reached["matching"] = 100
    carried.turns_away_after(0)
    carried.turns_away_after(LOOK, matching=-90)

    assert not any(carried.turns_away_after(LOOK, matching=3) for _ in range(5))


def test_the_first_request_in_a_quiet_hour_is_not_blamed_for_a_lost_carrier() -> None:
    carried = Carried()
    carried.turns_away_after(0)

    assert not carried.turns_away_after(3600, matching=50)
    assert not carried.turns_away_after(LOOK, matching=1)


def test_programs_are_welcome_again_once_all_is_carried() -> None:
    carried = Carried()
    carried.carries_on()
    assert carried.turns_away_after(LOOK, matching=1)

    carried.reached.clear()

    assert not carried.turns_away_after(LOOK)


def test_who_is_behind_is_written_down_once_and_so_is_the_end_of_it() -> None:
    carried = Carried()
    with capture_logs() as logs:
        carried.carries_on()
        carried.turns_away_after(LOOK, matching=1)
        carried.reached.clear()
        carried.turns_away_after(LOOK)

    assert [line["event"] for line in logs] == ["programs_turned_away", "programs_welcome_again"]
    written = redact(None, "", logs[0])
    assert (written["source"], written["seconds"]) == (["matching"], LIMIT + 1)


def test_a_crowd_is_looked_at_once_in_a_while_however_many_come() -> None:
    carried = Carried()

    for _ in range(1000):
        carried.turns_away_after(LOOK / 1000)

    assert carried.looks <= 2
