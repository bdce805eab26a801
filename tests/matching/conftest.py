"""Fixtures: matching on a folder of its own, and its web application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.matching import create_app
from shared.testing.sign_on import PretendIssuer
from tests.matching.drivers import Matching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask


@pytest.fixture
def matching(tmp_path: Path) -> Iterator[Matching]:
    matching = Matching(tmp_path)
    yield matching
    matching.store.close()


@pytest.fixture
def app(matching: Matching) -> Flask:
    app = create_app(matching.settings, matching.store)
    app.config["TESTING"] = True
    return app


@pytest.fixture
def issuer(app: Flask) -> PretendIssuer:
    return PretendIssuer(app)
