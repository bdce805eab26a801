"""A fresh desk for each test, and one that tests share which leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intake.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Intake, told of a small partnership."""
    desk = Desk(tmp_path / "var")
    yield desk
    desk.store.close()


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Intake for tests in which everything is refused."""
    desk = Desk(tmp_path_factory.mktemp("desk") / "var")
    yield desk
    desk.store.close()
