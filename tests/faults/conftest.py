"""A served hub to be mistreated, one for all tests of a run, and the table of what it endured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from driving.census import Census
from driving.served import ServedHub
from tests.faults.enduring import until
from tests.faults.served_disk import ServerDisk, server_disk
from tests.faults.served_ordeal import log_is_intact
from tests.faults.served_table import Table

# A quorum queue whose broker dies within about a second of the queue's declaration never comes
# back: its registration is not on the disk yet. So nothing is killed before this age.
GROWN_UP = 3.0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", type=Path, help="write what was endured into this document")


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Tell whether faults are to be repeated, on a machine that does nothing else."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def _disk_and_hub(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[ServerDisk, ServedHub]]:
    var = tmp_path_factory.mktemp("beaten") / "var"
    with server_disk(var) as disk:
        hub = ServedHub(var)
        try:
            hub.start()
            declared = time.monotonic()
            until(lambda: time.monotonic() - declared > GROWN_UP, "queues are old enough")
            yield disk, hub
            log_is_intact(Census.of(hub))
        finally:
            hub.forget()


@pytest.fixture
def beaten_hub(_disk_and_hub: tuple[ServerDisk, ServedHub]) -> ServedHub:
    """A hub of processes, as the test before left it: well."""
    hub = _disk_and_hub[1]
    hub.until_ready(60)
    return hub


@pytest.fixture
def database_disk(_disk_and_hub: tuple[ServerDisk, ServedHub]) -> ServerDisk:
    """The disk of that hub's database."""
    return _disk_and_hub[0]


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    """What was endured in this run; written down if that was asked for and nothing failed."""
    table = Table(thorough=request.config.getoption("--long"))
    yield table
    file = request.config.getoption("--table", default=None)
    if file and not request.session.testsfailed:
        table.write(file)
