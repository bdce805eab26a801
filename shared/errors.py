"""What can go wrong, in words.

OnwardError
|-- Permanent: the same attempt would fail again
|   |-- InvalidError: what was sent breaks a rule; names each fault
|   |-- NotFoundError: absent, or not for this caller to see
|   |-- ConflictError: the world has moved on since the caller looked
|   |   `-- KeyTakenError: a record with the same key was there first
|   `-- ForbiddenError: the caller is known and may not
`-- Transient: the same attempt may succeed later
    |-- StorageUnavailableError: disk full, read-only, locked or gone
    `-- ClockBehindError: the machine's clock went backwards
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was sent, and where (RFC 6901 pointer)."""

    pointer: str
    detail: str


class OnwardError(Exception):
    """Something went wrong that we have a name for."""


class Permanent(OnwardError):  # noqa: N818 - a kind of error, chosen by callers as a word
    """The same attempt would fail again."""


class Transient(OnwardError):  # noqa: N818 - a kind of error, chosen by callers as a word
    """The same attempt may succeed later."""


class InvalidError(Permanent):
    """What was sent breaks a rule."""

    def __init__(self, detail: str, errors: Iterable[Fault] = ()) -> None:
        super().__init__(detail)
        self.errors = tuple(errors)


class NotFoundError(Permanent):
    """There is nothing here for you to see."""


class ConflictError(Permanent):
    """The record has changed since you looked."""


class KeyTakenError(ConflictError):
    """There is a record already that excludes this one."""


class ForbiddenError(Permanent):
    """You may not do this."""


class StorageUnavailableError(Transient):
    """We cannot write anything down at the moment."""


class ClockBehindError(Transient):
    """The machine's clock has gone backwards."""
