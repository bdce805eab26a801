"""Which agency a written name means, however people write it down.

Promise: case, spaces, accents, `&`, `the` and the legal form make no difference; no other word is
guessed at, and a name written in full means nobody who is merely called alike.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

IDLE = frozenset({"the", "and"})
FORMS = (
    ("ltd",),
    ("limited",),
    ("cio",),
    ("scio",),
    ("cic",),
    ("plc",),
    ("llp",),
    ("charitable", "incorporated", "organisation"),
    ("community", "interest", "company"),
)
"""Legal forms that stand at the end of a name and that nobody says."""
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'\u2019\u2018`.")


def agencies_meant(said: str, on_file: Sequence[tuple[UUID, str]]) -> tuple[UUID, ...]:
    """Return which agencies *said* means: those written so, else those called so without form."""
    exact = _found(said, on_file, _words)
    return exact or _found(said, on_file, _core)


def _found(
    said: str, on_file: Iterable[tuple[UUID, str]], key: Callable[[str], str]
) -> tuple[UUID, ...]:
    wanted = key(said)
    return tuple(one for one, name in on_file if wanted and key(name) == wanted)


def _words(name: str) -> str:
    """Return the letters of a name that count: people also write two words as one."""
    return "".join(word for word in _split(name) if word not in IDLE)


def _core(name: str) -> str:
    """Return the same without the legal form; a name that is nothing else keeps it."""
    words = _split(name)
    form = next((form for form in FORMS if words[-len(form) :] == form), ())
    return "".join(w for w in words[: len(words) - len(form)] if w not in IDLE) or _words(name)


def _split(name: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    plain = "".join(letter for letter in text if not unicodedata.combining(letter))
    return tuple(_WORD.findall(plain.translate(_APOSTROPHES)))
