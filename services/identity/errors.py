"""What can go wrong in identity.

Permanent
|-- SignInExpiredError: too long between password and code
`-- TooManyTriesError: slow down; says for how long
KeysRefusedError of the vault, for a key file that others can read
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import Permanent

if TYPE_CHECKING:
    from datetime import timedelta


class SignInExpiredError(Permanent):
    """Signing in took too long."""


class TooManyTriesError(Permanent):
    """There were too many tries."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("there were too many tries")
        self.wait = wait
