"""Fixtures that every area shares."""

from __future__ import annotations

import gc
import shutil
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from driving.databases import Databases, Places
from driving.running import RunningHub
from driving.served import ServedHub
from driving.thrift import (
    compile_once,
    hash_once,
    make_tables_once,
    read_addresses_once,
    work_in_memory,
)
from shared.settings import Settings

# How fast a machine is today says nothing about the code.
settings.register_profile("onward", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onward")


ROOT = Path(__file__).parent.parent
HUBS = ("served_hub", "beaten_hub")
SLOW = {
    "beaten_hub": 90,
    "served_hub": 30,
    "running_hub": 30,
    "own_hub": 30,
    "playwright": 30,
    "RunningHub": 30,
    "Broker(": 5,
}


class ByHub(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps each file on one worker, and all files of one served hub too: it starts only once.

    They are given out in the order in which they were put: what takes longest first.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put first what takes longest, so that no worker is left alone with it at the end."""
    if hasattr(config, "workerinput"):
        tests = Counter(_scope(item.nodeid) for item in items)
        items.sort(key=lambda item: -tests[_scope(item.nodeid)] * _weight(item.nodeid))


@cache
def _text(file: str) -> str:
    return (ROOT / file).read_text()


def _hub_of(file: str) -> str | None:
    return next((hub for hub in HUBS if hub in _text(file)), None)


def _scope(nodeid: str) -> str:
    file = nodeid.split("::", maxsplit=1)[0]
    return _hub_of(file) or file


def _weight(nodeid: str) -> int:
    """Return about how many other tests take as long as one of this file."""
    text = _text(nodeid.split("::", maxsplit=1)[0])
    return next((weight for word, weight in SLOW.items() if word in text), 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByHub:
    return ByHub(config, log)


def pytest_configure(config: pytest.Config) -> None:
    work_in_memory()
    compile_once()
    hash_once()
    make_tables_once()
    read_addresses_once()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Look for no garbage while five thousand tests are found, nor ever again among them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="repeat the faults as often as promised")


@pytest.fixture(scope="session")
def running_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """One hub in its own process, shared by tests that only use it as people do."""
    with RunningHub(tmp_path_factory.mktemp("hub") / "var") as hub:
        yield hub


@pytest.fixture(scope="session")
def served_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHub]:
    """The same hub as processes on a broker and a database, for tests that only use it."""
    hub = ServedHub(tmp_path_factory.mktemp("served") / "var")
    try:
        hub.start()
        yield hub
    finally:
        hub.forget()


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[RunningHub]:
    """A hub of one's own, to be mistreated."""
    hub = RunningHub(tmp_path / "var")
    yield hub
    hub.stop()
    shutil.rmtree(hub.var, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for the tests of one module."""
    from playwright.sync_api import sync_playwright

    from driving.people import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """A PostgreSQL server of this worker's own, started by the first test that needs one."""
    databases = Databases(tmp_path_factory.mktemp("postgres"))
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def where(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Places]:
    """Where databases lie: the test runs once with SQLite's files and once on PostgreSQL.

    A service that is opened with its settings, and no URL in them, is put there too.
    """
    if request.param == "sqlite":
        yield Places(tmp_path, None)
        return
    databases: Databases = request.getfixturevalue("databases")
    places = Places(tmp_path, databases)

    def placed(settings: Settings, service: str) -> Path | str:
        return settings.databases.get(service) or places(service, settings.var)

    monkeypatch.setattr(Settings, "database", placed)
    yield places
    databases.take_back()
