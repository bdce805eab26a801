"""When more is taken in than is carried on, programs wait; people never do."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.web.overload import LIMIT, LOOK, STANDSTILL, Crowd, Oldest


@dataclass
class Carried:
    """Announcements of which each has waited as long as the others, and a clock."""

    waited: float = LIMIT + 1
    time: float = 0.0
    number: int | None = 1
    looks: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.crowd = Crowd(self.oldest, lambda: self.time)

    def oldest(self) -> Oldest | None:
        self.looks += 1
        return Oldest(self.number, self.waited) if self.number else None

    def turns_away_after(self, seconds: float, *, carrying: int = 0) -> bool:
        self.time += seconds
        if self.number:
            self.number += carrying
        return self.crowd.is_too_large()


def test_what_is_carried_but_too_slowly_turns_programs_away() -> None:
    carried = Carried()
    carried.turns_away_after(0)

    assert carried.turns_away_after(LOOK, carrying=3)


def test_what_is_carried_in_time_turns_nobody_away() -> None:
    carried = Carried(waited=LIMIT)
    carried.turns_away_after(0)

    assert not carried.turns_away_after(LOOK, carrying=3)


def test_a_carrier_that_is_lost_turns_nobody_away_for_long() -> None:
    carried = Carried()
    carried.turns_away_after(0)
    assert carried.turns_away_after(LOOK, carrying=1)

    assert not carried.turns_away_after(STANDSTILL)


def test_the_first_request_in_a_quiet_hour_is_not_blamed_for_a_lost_carrier() -> None:
    carried = Carried()
    carried.turns_away_after(0)

    assert not carried.turns_away_after(3600, carrying=50)


def test_programs_are_welcome_again_once_all_is_carried() -> None:
    carried = Carried()
    carried.turns_away_after(0)
    assert carried.turns_away_after(LOOK, carrying=1)

    carried.number = None

    assert not carried.turns_away_after(LOOK)


def test_a_crowd_is_looked_at_once_in_a_while_however_many_come() -> None:
    carried = Carried()

    for _ in range(1000):
        carried.turns_away_after(LOOK / 1000)

    assert carried.looks <= 2
