"""A small partnership: one agency, two members of staff, two clients, two services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from identity.front import FrontDesk

from services.identity import passwords


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hash passwords cheaply: one test looks at what they really cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))
        passwords._decoy.cache_clear()  # another suite on this worker may have made a dear one
        yield
    passwords._decoy.cache_clear()


@pytest.fixture
def desk(tmp_path: Path) -> FrontDesk:
    """Identity, and a service that staff sign in to, on a clock that stands still."""
    return FrontDesk(tmp_path)
