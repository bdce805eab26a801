"""A file that only its owner may read is whole at any moment, whoever writes it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from deploy.private import write_secret

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [letter * 200_000 for letter in "abcdefgh"]


def test_of_many_who_write_one_at_once_each_writes_it_whole(tmp_path: Path) -> None:
    file = tmp_path / "node.json"
    write_secret(file, TEXTS[0])

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write_secret, file, text) for text in TEXTS * 20]
        seen = {file.read_text() for _ in range(50)}
        for one in writing:
            one.result()

    assert seen <= set(TEXTS)
    assert [one.name for one in tmp_path.iterdir()] == ["node.json"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "node.json"
    write_secret(file, "old")

    with pytest.raises(UnicodeEncodeError):
        write_secret(file, "\ud800")

    assert file.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["node.json"]
