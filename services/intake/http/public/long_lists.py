"""Long lists of names to tick, on a phone too: shelved by letter, each shelf opened by a press.

Promise: what is ticked, or wrong, lies on an open shelf; nothing needs a script.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import current_app

from services.intake.http.public.boxes import boxes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from markupsafe import Markup

Item = dict[str, Any]
TEMPLATE = "intake/public/long-list.html"
FEW = 8
"""So many names stand open on one screen of a phone; of more, each shelf holds so many."""


@dataclass(slots=True)
class Shelf:
    """The names from one letter to another, and how many of them are ticked."""

    first: str
    last: str
    items: list[Item] = field(default_factory=list)
    ticked: int = 0

    @property
    def letters(self) -> str:
        """Return from which letter to which."""
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


def names_to_tick(params: dict[str, Any], items: Sequence[Item], ticked: Collection[str]) -> Markup:
    """Return the boxes of *items*, which hold a value and a text: open if few, else shelved."""
    if len(items) <= FEW:
        return boxes({**params, "items": items}, ticked)
    macros: Any = current_app.jinja_env.get_template(TEMPLATE).module
    shown: Markup = macros.long_list(params, shelves(items, ticked), frozenset(ticked))
    return shown


def shelves(items: Sequence[Item], ticked: Collection[str]) -> list[Shelf]:
    """Return *items* by letter; a letter is never parted, so a name is where one looks for it."""
    found: list[Shelf] = []
    for letter, run in groupby(sorted(items, key=_order), key=_letter):
        here = list(run)
        if not found or len(found[-1].items) + len(here) > FEW:
            found.append(Shelf(letter, letter))
        shelf = found[-1]
        shelf.last = letter
        shelf.items += here
        shelf.ticked += sum(one["value"] in ticked for one in here)
    return found


def _order(item: Item) -> tuple[str, str]:
    return _letter(item), item["text"].casefold()


def _letter(item: Item) -> str:
    plain = unicodedata.normalize("NFKD", item["text"]).upper()
    first = next((letter for letter in plain if letter.isalnum()), "")
    return first if first.isalpha() else "0"
