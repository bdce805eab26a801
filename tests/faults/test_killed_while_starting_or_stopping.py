"""kill -9 in the middle of the first start, and in the middle of stopping."""

from __future__ import annotations

import itertools
import random
import signal
import time

import pytest

from driving.load import Load, open_wide
from driving.running import RunningHub
from tests.faults.enduring import all_is_well_again, more_accepted, until

ON_THE_WAY = (
    "keys",
    "intake.sqlite3",
    "audit.sqlite3",
    "demo/credentials.json",
)


def spawn(hub: RunningHub) -> None:
    with hub.output.open("ab") as output:
        hub._process = hub._spawn(output)


def killed_when_there(hub: RunningHub, name: str) -> None:
    """Start *hub* and kill it as soon as it has made *name*."""
    spawn(hub)
    until((hub.var / name).exists, name)
    hub.kill()


@pytest.mark.faults
def test_killed_at_any_step_of_its_first_start_it_starts_the_next_time(
    own_hub: RunningHub, request: pytest.FixtureRequest
) -> None:
    for name in ON_THE_WAY:
        killed_when_there(own_hub, name)
    for _ in range(20 if request.config.getoption("--long") else 1):
        spawn(own_hub)
        time.sleep(random.uniform(0.2, 1.5))  # noqa: S311 - any moment is as good
        own_hub.kill()

    own_hub.start()
    with Load(own_hub, open_wide(own_hub)) as load:
        more_accepted(load)

    all_is_well_again(own_hub, load.accepted)


@pytest.mark.faults
def test_killed_while_it_finishes_what_is_in_hand_it_finishes_that_the_next_time(
    own_hub: RunningHub, request: pytest.FixtureRequest
) -> None:
    times = 10 if request.config.getoption("--long") else 2
    own_hub.start()
    recipient = open_wide(own_hub)

    with Load(own_hub, recipient) as load:
        for number in itertools.count(1):
            more_accepted(load)
            own_hub.process.send_signal(signal.SIGINT)
            until(lambda n=number: own_hub.said().count("Stopping:") == n, "stopping")
            own_hub.kill()
            own_hub.start()
            if number == times:
                break
        more_accepted(load)

    print(f"{times} times: {len(load.accepted)} accepted, {load.cut_off} cut off")
    assert {status for status, _ in load.refused} <= {503}
    all_is_well_again(own_hub, load.accepted)
