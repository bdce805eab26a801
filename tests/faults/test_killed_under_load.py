"""kill -9 of the whole process, again and again, while partners submit requests."""

from __future__ import annotations

from statistics import median

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
    long = request.config.getoption("--long")
    kills = 20 if long else 5
    own_hub.start()
    recipient = open_wide(own_hub)
    starts = []

    with Load(own_hub, recipient) as load:
        for _ in range(kills):
            load.until(len(load.accepted) + BETWEEN_KILLS)
            own_hub.kill()
            starts.append(own_hub.start())
        load.until(len(load.accepted) + BETWEEN_KILLS)
    census = Census(own_hub.var)
    census.until_settled()

    print(
        f"{kills} kills: {len(load.accepted)} accepted, {load.cut_off} cut off, "
        f"slowest start {max(starts):.1f} s"
    )
    assert load.refused == []
    assert len(load.accepted) >= kills * BETWEEN_KILLS
    assert census.faults(load.accepted) == []
    # Beside other tests one start may have to wait for a core; alone none may be slow.
    assert (max(starts) if long else median(starts)) < BACK_WITHIN
    verdict = census.verdict()
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
