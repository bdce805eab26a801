"""Fixtures: notify on a folder of its own, and a real SMTP server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.settings import Settings
from tests.notify.desk import Desk, Post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path / "post")
    yield post
    post.sink.stop()


@pytest.fixture
def settings(tmp_path: Path, post: Post) -> Settings:
    return replace(Settings(var=tmp_path / "var"), smtp_port=post.sink.port)


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    desk = Desk(settings)
    yield desk
    desk.store.close()
