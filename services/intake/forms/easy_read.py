"""Easy Read for what stands on public pages beside the questions, sentence by sentence.

Promise: nothing a person or an agency wrote is changed; a sentence without an Easy Read text
stays as it is, and a test names it.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING

from services.intake.forms.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

TAG = re.compile(r"(<[^>]*>)")
NAME = re.compile(r"^<(/?)([a-z0-9-]+)")
HOLE = re.compile(r"\{(\w+)\}")
THEIRS = frozenset({"bdi", "textarea", "script", "style", "svg", "option"})
"""In these stands what somebody typed, what is no text, or a list of names."""
OWN_WORDS = re.compile(r'class="[^"]*onward-(?:told|notice)\b')
"""So is marked what somebody told, and the notice, which has its own text in each language."""
BRAND = " \u2013 Onward"
ERROR = "Error: "


def in_easy_read(page: str) -> str:
    """Return a whole page with each sentence we know said in Easy Read."""
    return "".join(_said(piece) if ours else piece for piece, ours in pieces(page))


def sentences_of(page: str) -> Iterator[str]:
    """Yield every text of a page that is ours to say."""
    for piece, ours in pieces(page):
        text = " ".join(unescape(piece).split())
        if ours and text:
            yield text


def pieces(page: str) -> Iterator[tuple[str, bool]]:
    """Yield tags and texts of a page in order; the second says whether it is a text of ours."""
    within: list[str] = []
    for number, piece in enumerate(TAG.split(page)):
        if number % 2 == 0:
            yield piece, not within
            continue
        yield piece, False
        name = NAME.match(piece)
        if name is None or piece.endswith("/>"):
            continue
        closes, tag = name.group(1) == "/", name.group(2)
        if closes and within and within[-1] == tag:
            within.pop()
        elif not closes and (tag in {*THEIRS, *within[-1:]} or OWN_WORDS.search(piece)):
            within.append(tag)


def easy(text: str) -> str | None:
    """Return the Easy Read of one sentence, None where it has none."""
    if text.endswith(BRAND):
        head = text.removesuffix(BRAND)
        led = ERROR if head.startswith(ERROR) else ""
        told = easy(head.removeprefix(ERROR))
        return None if told is None else f"{led}{told}{BRAND}"
    known = _plain().get(text)
    if known is not None:
        return known
    for pattern, said in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return said.format(**found.groupdict())
    return None


def _said(piece: str) -> str:
    text = " ".join(unescape(piece).split())
    told = easy(text) if text else None
    if told is None:
        return piece
    before, after = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
    return f"{before}{escape(told, quote=False)}{after}"


@cache
def _plain() -> dict[str, str]:
    return {text: said for text, said in read("easy.json").items() if not HOLE.search(text)}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    told = ((text, said) for text, said in read("easy.json").items() if HOLE.search(text))
    return tuple((_pattern(text), said) for text, said in told)


def _pattern(text: str) -> re.Pattern[str]:
    parts = HOLE.split(text)
    made = (f"(?P<{part}>.*?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    return re.compile("".join(made))
