"""A database file turns read-only under the hub, as after a careless restore, and back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

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

ORDINARY = ("-m", "tests.faults.mistreated_hub")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    """A hub to which a read-only file is read-only, whoever runs the tests."""
    with RunningHub(tmp_path / "var", ORDINARY) as running:
        yield running


def change_mode(hub: RunningHub, service: str, mode: int) -> None:
    """Give *service*'s database files *mode*; open files are closed, as by a hiccup."""
    for file in hub.var.glob(f"{service}.sqlite3*"):
        file.chmod(mode)
    hiccup(hub)


def hiccup(hub: RunningHub) -> bool:
    """Have idle files closed. SQLite gives one on while another connection has it open, so under
    load it takes more than one."""
    os.kill(hub.process.pid, signal.SIGUSR1)
    return True


def open_files(hub: RunningHub) -> int:
    return len(list(Path(f"/proc/{hub.process.pid}/fd").iterdir()))


@pytest.mark.faults
def test_intake_refuses_loudly_while_its_file_is_read_only_and_then_goes_on(
    hub: RunningHub,
) -> None:
    recipient, partner, person = open_wide(hub), partners(hub, 1)[0], PersonWaiting(hub)

    with Load(hub, recipient) as load:
        more_accepted(load)
        change_mode(hub, "intake", 0o444)
        until(
            lambda: hiccup(hub) and refuses_clearly(submits(partner, recipient)), "refused clearly"
        )
        until(person.is_told_so, "told so")
        until(lambda: "intake" in unready_because_of(hub), "/readyz says so")
        for _ in range(300):
            hub.readiness()
        assert open_files(hub) < 200, "each failure leaves a file open"
        change_mode(hub, "intake", 0o600)
        until(lambda: hub.readiness()[0] == 200, "ready again by itself")
        assert person.gets_on()
        more_accepted(load)

    print(f"{len(load.accepted)} accepted, {len(load.refused)} refused")
    assert {status for status, _ in load.refused} <= {503}
    all_is_well_again(hub, load.accepted)


@pytest.mark.faults
def test_while_matching_cannot_write_requests_are_taken_and_matched_afterwards(
    hub: RunningHub,
) -> None:
    recipient = open_wide(hub)

    with Load(hub, recipient) as load:
        more_accepted(load)
        change_mode(hub, "matching", 0o444)
        until(lambda: hiccup(hub) and "matching" in unready_because_of(hub), "/readyz says so")
        assert "intake" not in unready_because_of(hub)
        more_accepted(load, 30)
        change_mode(hub, "matching", 0o600)
        until(lambda: hub.readiness()[0] == 200, "ready again by itself")
        more_accepted(load)

    assert load.refused == []
    all_is_well_again(hub, load.accepted)


@pytest.mark.faults
def test_started_on_a_read_only_file_it_names_the_file_and_ends(hub: RunningHub) -> None:
    hub.stop()
    file = hub.var / "audit.sqlite3"  # nothing is written to it before something happens
    file.chmod(0o444)

    ends_saying(hub, str(file), "readonly")

    for one in hub.var.glob("audit.sqlite3*"):
        one.chmod(0o600)  # those beside it were made in its likeness
    hub.start()
