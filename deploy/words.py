"""The words after a command of this folder: its help, what it takes, and no other word.

Promise: nothing is begun by a command that was only asked what it does, or misspelt. It runs
before anything is installed, so it uses the standard library only.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable


def words(about: str | None, *wanted: str, more: str = "") -> list[str]:
    """Return one word for each of *wanted*, then any of *more*; end with help or a refusal."""
    parser = _parser(about)
    for name in wanted:
        parser.add_argument(name.lower(), metavar=name)
    if more:
        parser.add_argument("more", metavar=more, nargs="*")
    said = vars(parser.parse_args())
    return [*(said[name.lower()] for name in wanted), *said.get("more", ())]


def typed(about: str | None, **wanted: Callable[[str], Any]) -> list[Any]:
    """Return one word for each of *wanted*, made what its function makes of it."""
    parser = _parser(about)
    for name, kind in wanted.items():
        parser.add_argument(name.lower(), metavar=name, type=kind)
    return list(vars(parser.parse_args()).values())


def _parser(about: str | None) -> ArgumentParser:
    known = getattr(sys.modules["__main__"], "__spec__", None)
    return ArgumentParser(
        prog=f"python -m {known.name}" if known else None,
        description=about,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def message_number(said: str) -> UUID:
    """Return the number of a message, as lists of parked mail show it."""
    try:
        return UUID(said)
    except ValueError:
        raise ArgumentTypeError(f"{said!r} is no message's number") from None


def moment(said: str) -> datetime:
    """Return a moment; one that names no zone is UTC, as everything here is told."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise ArgumentTypeError(f"{said!r} is no moment such as 2026-11-21T20:35") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def port(said: str) -> int:
    """Return the number of a port."""
    if not (said.isascii() and said.isdigit() and int(said) < 65536):  # noqa: PLR2004 - ports end
        raise ArgumentTypeError(f"{said!r} is no port, from 0 to 65535")
    return int(said)


def counted(number: int, what: str) -> str:
    """Return a number of things as people say it."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
