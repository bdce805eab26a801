"""The disk under the hub is full while partners and people submit; later there is room again."""

from __future__ import annotations

import errno
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from driving.load import Load, open_wide, partners
from driving.running import RunningHub
from services.notify.sink import Mailbox, Sink
from tests.faults.enduring import (
    PersonWaiting,
    all_is_well_again,
    more_accepted,
    refuses_clearly,
    submits,
    unready_because_of,
    until,
)
from tests.faults.small_disk import Disk, FileLimit, may_mount, small_filesystem


@pytest.fixture(params=["a file system of its own", "a limit for each file"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """Both where mounting is allowed; elsewhere the limit stands in for the file system too."""
    if request.param.startswith("a limit") or not may_mount(tmp_path):
        yield FileLimit(tmp_path)
        return
    with small_filesystem(tmp_path) as mounted:
        yield mounted


@pytest.mark.faults
def test_a_full_disk_is_refused_loudly_and_forgotten_when_there_is_room_again(
    disk: Disk, request: pytest.FixtureRequest
) -> None:
    rounds = 5 if request.config.getoption("--long") else 1
    with RunningHub(disk.folder / "var") as hub:
        recipient, partner = open_wide(hub), partners(hub, 1)[0]
        partner.token()

        with Load(hub, recipient) as load:
            for _ in range(rounds):
                person = PersonWaiting(hub)
                more_accepted(load)
                disk.fill(hub)
                until(lambda: refuses_clearly(submits(partner, recipient)), "refused clearly")
                until(person.is_told_so, f"told so: {person.visitor.html[-3000:]}")
                until(lambda: unready_because_of(hub).get("intake"), "/readyz says so")
                assert hub.process.poll() is None
                disk.empty(hub)
                until(lambda: hub.readiness()[0] == 200, "ready again by itself")
                assert person.gets_on()
                more_accepted(load)

        print(f"{len(load.accepted)} accepted, {len(load.refused)} refused")
        assert {status for status, _ in load.refused} <= {503}
        all_is_well_again(hub, load.accepted)


def test_mail_that_finds_no_room_is_asked_for_again_later_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(file: Path, mail: bytes) -> int:
        with file.open("wb") as opened:
            opened.write(mail[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    sink = Sink(Mailbox(tmp_path)).start()

    with smtplib.SMTP("127.0.0.1", sink.port) as line, pytest.raises(smtplib.SMTPDataError) as no:
        line.sendmail("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\nA mail.\r\n")

    sink.stop()
    assert no.value.smtp_code == 452
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
