"""Fixtures: a log in a folder of its own, and two producers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.audit import create_app
from tests.audit.drivers import Log, Producer

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


@pytest.fixture
def app(log: Log) -> Flask:
    app = create_app(log.settings, log.store)
    app.config["TESTING"] = True
    return app


@pytest.fixture
def intake() -> Producer:
    return Producer()


@pytest.fixture
def matching() -> Producer:
    return Producer("matching", "0192aaaa-0000-7000-8000-000000000002")
