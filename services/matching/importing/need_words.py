"""Other directories' words for what help is, and our codes for it.

A term is read by the words in its name; what no row knows is taken as `other`, and said.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER = "other"
WORDS: tuple[tuple[str, str], ...] = (
    ("debt", "debt"),
    ("arrears", "debt"),
    ("benefit", "benefits"),
    ("welfare right", "benefits"),
    ("budget", "money_advice"),
    ("money", "money_advice"),
    ("homeless", "homelessness"),
    ("rough sleep", "homelessness"),
    ("housing", "housing"),
    ("tenan", "housing"),
    ("food", "food"),
    ("fuel", "energy"),
    ("energy", "energy"),
    ("counsel", "mental_health"),
    ("mental", "mental_health"),
    ("wellbeing", "mental_health"),
    ("befriend", "isolation"),
    ("lonel", "isolation"),
    ("isolat", "isolation"),
    ("parent", "parenting"),
    ("famil", "family_support"),
    ("domestic abuse", "domestic_abuse"),
    ("domestic violence", "domestic_abuse"),
    ("immigra", "immigration"),
    ("asylum", "immigration"),
    ("employ", "employment"),
    ("job", "employment"),
    ("training", "learning"),
    ("educat", "learning"),
    ("disab", "disability"),
    ("older", "older_people"),
    ("young", "young_people"),
    ("youth", "young_people"),
    ("carer", "carers"),
    ("alcohol", "substance_use"),
    ("drug", "substance_use"),
    ("legal", "legal"),
    ("bereave", "bereavement"),
    ("advoca", "advocacy"),
    ("transport", "transport"),
    ("digital", "digital"),
)


def need_of(code: str, name: str) -> str | None:
    """Return our code for a term, by its code, its whole name, or a word of its name."""
    if code in codes("needs"):
        return code
    plain = " ".join(name.casefold().split())
    whole = _names().get(plain)
    return whole or next((need for word, need in WORDS if word in plain), None)


@cache
def _names() -> Mapping[str, str]:
    return {code.en.casefold(): code.code for code in codes("needs").values()}
