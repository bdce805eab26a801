"""The audit database alone is put back from a backup: the log catches up and is intact again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy import doctor
from driving.census import Census
from driving.load import Load, open_wide
from driving.running import RunningHub
from tests.faults.enduring import all_is_well_again, more_accepted, until

PARTS = ("audit.sqlite3*", "keys/audit-log.state")
"""The log, with what has not been moved into its file yet, and what its signer remembers."""


def move(source: Path, target: Path) -> None:
    """Put the parts of *source* in place of those of *target*."""
    for part in PARTS:
        for old in target.glob(part):
            old.unlink()
        for file in source.glob(part):
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)


@pytest.mark.faults
def test_given_everything_again_the_log_takes_what_it_lacks_and_drops_what_it_has(
    own_hub: RunningHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONWARD_VAR", str(own_hub.var))
    census = Census(own_hub.var)
    own_hub.start()
    recipient = open_wide(own_hub)
    accepted = requests(own_hub, recipient)
    own_hub.stop()
    move(own_hub.var, tmp_path / "backup")
    own_hub.start()
    accepted += requests(own_hub, recipient)
    own_hub.stop()

    move(tmp_path / "backup", own_hub.var)
    own_hub.start()
    accepted += requests(own_hub, recipient)
    assert census.count("audit", "SELECT count(*) FROM waiting") > 0
    assert doctor.main(["--replay-to", "audit"]) == 0

    until(lambda: not census.count("audit", "SELECT count(*) FROM waiting"), "the holes closed")
    all_is_well_again(own_hub, accepted)


def requests(hub: RunningHub, recipient: str) -> list[str]:
    with Load(hub, recipient) as load:
        more_accepted(load, 5)
    Census(hub.var).until_settled()
    return load.accepted
