"""Whether a name that somebody wrote may mean a member of staff who is on file under another.

Promise: in doubt it may. A short form, a second surname, an accent or a slip of the pen is no
reason to let somebody see what must be kept from them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALIKE = 0.8
SHORTEST_ALIKE = 4
"""Of words as short as `Lee` and `Lea` only the same one counts, or all would be alike."""
TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "sir", "prof", "rev"})


@dataclass(frozen=True, slots=True)
class Naming:
    """What became of names: those on file, with whom they mean, and who else may be meant."""

    known: tuple[str, ...] = ()
    meant: tuple[UUID, ...] = ()
    perhaps: tuple[UUID, ...] = ()


def may_be_meant(said: str, on_file: str) -> bool:
    """Tell whether *said* may mean whoever is *on_file*: a surname is enough, or a lone word."""
    return _may(_words(said), _words(on_file))


def who_may_be_meant(said: Iterable[str], on_file: Iterable[tuple[UUID, str]]) -> tuple[UUID, ...]:
    """Return everybody on file whom one of these names may mean."""
    wanted = [_words(name) for name in said]
    known = ((one, _words(name)) for one, name in on_file)
    return tuple(one for one, words in known if any(_may(name, words) for name in wanted))


def _may(wanted: Sequence[str], known: Sequence[str]) -> bool:
    if not wanted or not known:
        return False
    if _alike("".join(wanted), "".join(known)):
        return True
    if len(wanted) == 1:
        return any(_alike(wanted[0], word) for word in known)
    surnames = known[1:] or known
    return any(_alike(wanted[-1], word) for word in surnames)


def _words(name: str) -> Sequence[str]:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = "".join(
        letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter)
    )
    return [word for word in letters.split() if word not in TITLES]


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < SHORTEST_ALIKE:
        return False
    if _at_most(one, other) < ALIKE:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _at_most(one: str, other: str) -> float:
    """Return a bound of how alike two words are, far quicker: letters of one alone never match."""
    letters, others = set(one), set(other)
    same = min(len(one) - len(letters - others), len(other) - len(others - letters))
    return 2 * same / (len(one) + len(other))
