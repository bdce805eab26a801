"""Processes of one service wake each other after a commit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from driving.waiting import looks
from parish import BellRang, Parish
from shared.ids import new_id
from shared.storage.doorbell import Doorbell

WITHIN = 30.0
LONGEST_PATH = 107  # bytes of a socket's address
DYING = """
import os, sys
from pathlib import Path
from shared.storage.doorbell import Doorbell
Doorbell(Path(sys.argv[1])).answer(lambda: None)
os._exit(0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "doorbells"


@pytest.fixture
def caller(folder: Path) -> Iterator[Doorbell]:
    bell = Doorbell(folder)
    yield bell
    bell.close()


@pytest.fixture
def woken(folder: Path) -> Iterator[Event]:
    """Whether a process beside the caller's has been woken."""
    bell, heard = Doorbell(folder), Event()
    bell.answer(heard.set)
    yield heard
    bell.close()


def test_who_answers_is_woken_by_another_and_the_folder_is_for_nobody_else(
    caller: Doorbell, woken: Event, folder: Path
) -> None:
    caller.ring()

    assert woken.wait(WITHIN)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_nobody_wakes_themselves(caller: Doorbell, woken: Event) -> None:
    own = Event()
    caller.answer(own.set)
    for _ in range(20):  # one that went astray would have been heard before the last
        woken.clear()
        caller.ring()
        assert woken.wait(WITHIN)

    assert not own.is_set()


def test_a_folder_far_down_is_no_hindrance(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 20) / ("deeper" * 10)
    assert len(str(deep)) > LONGEST_PATH
    caller, other, heard = Doorbell(deep), Doorbell(deep), Event()
    other.answer(heard.set)
    caller.ring()

    assert heard.wait(WITHIN)
    for bell in (caller, other):
        bell.close()


def test_who_is_busy_is_not_waited_for_and_hears_of_many_rings_at_once(
    caller: Doorbell, folder: Path
) -> None:
    busy, came, go_on, answers = Doorbell(folder), Event(), Event(), []

    def answer() -> None:
        answers.append(1)
        came.set()
        go_on.wait(WITHIN)

    busy.answer(answer)
    caller.ring()
    assert came.wait(WITHIN)
    for _ in range(1000):
        caller.ring()
    go_on.set()

    assert any(len(answers) > 1 for _ in looks(WITHIN))
    busy.close()
    assert len(answers) <= 3


def test_the_place_of_a_process_that_died_is_cleared_away_and_the_others_still_hear(
    folder: Path, woken: Event
) -> None:
    subprocess.run([sys.executable, "-c", DYING, str(folder)], check=True)
    dead_and_living = set(folder.iterdir())
    caller = Doorbell(folder)
    caller.ring()

    assert woken.wait(WITHIN)
    assert len(dead_and_living) == 2
    assert len(set(folder.iterdir())) == 1
    caller.close()


def test_who_leaves_takes_the_place_along_and_may_ring_in_vain(folder: Path) -> None:
    leaving = Doorbell(folder)
    leaving.answer(lambda: None)
    assert len(list(folder.iterdir())) == 1

    leaving.close()
    leaving.ring()

    assert list(folder.iterdir()) == []


def test_what_is_no_doorbell_in_the_folder_stays_there(folder: Path, caller: Doorbell) -> None:
    (folder / "note").write_text("mine")
    caller.ring()

    assert (folder / "note").read_text() == "mine"


def test_a_place_that_cannot_be_taken_is_no_reason_not_to_begin(folder: Path) -> None:
    bell = Doorbell(folder)
    folder.rmdir()

    bell.answer(lambda: None)
    bell.ring()
    bell.close()


def test_a_commit_that_announced_wakes_who_listens_in_another_process(tmp_path: Path) -> None:
    web, work, heard = Parish(tmp_path).bell, Parish(tmp_path).bell, Event()
    for store in (web, work):
        store.join(Doorbell(tmp_path / "doorbells"))
    work.listen(heard.set)
    with web.begin():
        pass
    assert not heard.is_set()
    assert len(list((tmp_path / "doorbells").iterdir())) == 1  # who does not listen has no place

    with web.begin() as tx:
        tx.announce(BellRang(new_id(), 1))

    assert heard.wait(WITHIN)
    for store in (web, work):
        store.close()
