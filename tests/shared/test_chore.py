"""A chore looks in one process, now and then, and survives a database that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any

from shared.chore import Chore
from shared.errors import StorageUnavailableError

AT_ONCE = timedelta(0)


@dataclass
class Leader:
    """Is the leader at the looks that say so; what was let go is noted."""

    answers: list[bool]
    released: int = 0

    def held(self) -> bool:
        return self.answers.pop(0)

    def release(self) -> None:
        self.released += 1


@dataclass
class Place:
    """A store of which only the leader is asked."""

    leader: Leader
    database: Any = field(init=False)

    def __post_init__(self) -> None:
        self.database = SimpleNamespace(leader=lambda _name: self.leader)


class Looking(Chore[Any]):
    """Ends after as many looks as were asked for; the first may fail."""

    name, every = "looking", AT_ONCE
    looks = 0

    def run_for(self, looks: int, *, failing: bool = False) -> int:
        self.stop, self.wanted, self.failing = Event(), looks, failing
        self.run(self.stop)
        return self.looks

    def look(self) -> None:
        self.looks += 1
        if self.looks == self.wanted:
            assert not self.is_stopping
            self.stop.set()
            assert self.is_stopping
        if self.failing and self.looks == 1:
            raise StorageUnavailableError("the disk is full")


def test_it_looks_again_and_again_until_told_to_stop_and_then_lets_another_lead() -> None:
    leader = Leader([True] * 3)

    assert Looking(Place(leader), AT_ONCE).run_for(3) == 3
    assert leader.released == 1


def test_it_does_not_look_while_another_process_leads() -> None:
    leader = Leader([False, False, True, False, True])

    assert Looking(Place(leader), AT_ONCE).run_for(2) == 2
    assert leader.answers == []


def test_a_database_that_cannot_be_used_does_not_end_it() -> None:
    assert Looking(Place(Leader([True] * 2)), AT_ONCE).run_for(2, failing=True) == 2
