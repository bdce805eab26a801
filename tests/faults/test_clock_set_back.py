"""The machine's clock goes back an hour, under load and while the hub is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from driving.census import Census
from driving.load import Load, open_wide, partners
from driving.running import RunningHub
from tests.faults.enduring import (
    PersonWaiting,
    all_is_well_again,
    ends_saying,
    more_accepted,
    refuses_clearly,
    submits,
    unready_because_of,
    until,
)

HOUR = 3600
BEHIND = "ClockBehindError"


class Clock:
    """The clock on the hub's wall."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "seconds"
        self.shows()

    def shows(self, seconds: float = 0) -> None:
        draft = self.file.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.replace(self.file)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def hub(tmp_path: Path, clock: Clock) -> RunningHub:
    return RunningHub(tmp_path / "var", ("-m", "tests.faults.mistreated_hub", str(clock.file)))


@pytest.mark.faults
def test_an_hour_back_under_load_is_refused_loudly_until_the_clock_is_right(
    hub: RunningHub, clock: Clock
) -> None:
    with hub:
        recipient, partner, person = open_wide(hub), partners(hub, 1)[0], PersonWaiting(hub)
        partner.token()

        with Load(hub, recipient) as load:
            more_accepted(load)
            clock.shows(-HOUR)
            until(lambda: refuses_clearly(submits(partner, recipient)), "refused clearly")
            until(person.is_told_so, "told so")
            until(lambda: unready_because_of(hub).get("intake") == BEHIND, "/readyz says so")
            before = len(load.accepted)
            until(lambda: len(load.refused) > 20, "refused all along")
            assert len(load.accepted) - before <= 1  # what was under way when the clock moved
            clock.shows(0)
            until(lambda: hub.readiness()[0] == 200, "ready again by itself")
            assert person.gets_on()
            more_accepted(load)

        print(f"{len(load.accepted)} accepted, {len(load.refused)} refused")
        assert {status for status, _ in load.refused} == {503}
        all_is_well_again(hub, load.accepted)


@pytest.mark.faults
def test_an_hour_back_at_the_start_is_one_sentence_and_started_again_all_is_there(
    hub: RunningHub, clock: Clock
) -> None:
    with hub:
        recipient = open_wide(hub)
        with Load(hub, recipient) as load:
            more_accepted(load)
        hub.stop()

        clock.shows(-HOUR)
        ends_saying(hub, "clock", "seconds behind")

        clock.shows(0)
        hub.start()
        all_is_well_again(hub, load.accepted)


@pytest.mark.faults
def test_a_clock_that_was_wrong_before_can_be_accepted_and_the_log_tells_of_it_for_ever(
    hub: RunningHub, clock: Clock
) -> None:
    clock.shows(HOUR)
    with hub:
        hub.stop()
        clock.shows(0)
        ends_saying(hub, "clock", "seconds behind")

        hub.environment = {"ONWARD_ACCEPT_CLOCK": "1"}
        hub.start()
        with Load(hub, open_wide(hub)) as load:
            more_accepted(load)

        census = Census(hub.var)
        census.until_settled()
        assert census.faults(load.accepted) == []
        verdict = census.verdict()
        print(verdict.stdout, verdict.returncode)
        assert "clock went back" in verdict.stdout, verdict.stdout
