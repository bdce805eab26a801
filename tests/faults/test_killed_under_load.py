"""kill -9 of the whole process, again and again, while partners submit requests."""

from __future__ import annotations

import pytest

from driving.census import Census
from driving.load import Load, open_wide
from driving.running import RunningHub

BETWEEN_KILLS = 15
BACK_WITHIN = 4.0


@pytest.mark.faults
def test_what_was_accepted_is_matched_told_and_logged_once_however_often_we_are_killed(
    own_hub: RunningHub, request: pytest.FixtureRequest
) -> None:
    kills = 20 if request.config.getoption("--long") else 5
    own_hub.start()
    recipient = open_wide(own_hub)
    slowest = 0.0

    with Load(own_hub, recipient) as load:
        for _ in range(kills):
            load.until(len(load.accepted) + BETWEEN_KILLS)
            own_hub.kill()
            slowest = max(slowest, own_hub.start())
        load.until(len(load.accepted) + BETWEEN_KILLS)
    census = Census(own_hub.var)
    census.until_settled()

    print(
        f"{kills} kills: {len(load.accepted)} accepted, {load.cut_off} cut off, "
        f"slowest start {slowest:.1f} s"
    )
    assert load.refused == []
    assert len(load.accepted) >= kills * BETWEEN_KILLS
    assert census.faults(load.accepted) == []
    assert slowest < BACK_WITHIN
    verdict = census.verdict()
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
