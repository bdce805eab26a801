"""The closed lists everyone shares: needs, purposes, reasons, outcomes and their words.

Promise: a code is never deleted, only end-dated, so an old record keeps its meaning.
Each list is a CSV file beside this one, in English, Welsh and Easy Read.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from shared.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTS = (
    "needs", "purposes", "categories", "urgency", "threshold_bands",
    "decline_reasons", "end_reasons", "outcomes", "override_grounds",
    "sources", "languages", "access_needs", "groups", "roles",
    "contact_attempts", "attendance", "non_attendance", "household", "contact_times",
    "hold_reasons", "reopen_reasons",
)  # fmt: skip
LANGUAGES = ("en", "cy", "easy_read")


class UnknownCodeError(Permanent):
    """There is no such code, or no such list of codes."""


@dataclass(frozen=True, slots=True)
class Code:
    """One word of a closed list, in every language we speak."""

    code: str
    en: str
    cy: str
    easy_read: str
    effective_from: date
    effective_to: date | None
    label_plain: str = ""
    party: str = ""
    comment_required: bool = False
    gap: bool = False
    who_may_use: tuple[str, ...] = ()
    next_step: str = ""
    superseded_by: str | None = None
    kind: str = ""
    score: Decimal | None = None
    measure: tuple[str, ...] = ()

    def in_force(self, day: date) -> bool:
        """Tell whether the code may be chosen on *day*."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    def words(self, language: str) -> str:
        """Return the label in *language*, in English where we have no other."""
        return {"cy": self.cy, "easy_read": self.easy_read}.get(language, self.en)


@cache
def codes(name: str) -> Mapping[str, Code]:
    """Return the list *name* by code, in the order it is shown."""
    if name not in LISTS:
        raise UnknownCodeError(f"there is no list of codes named {name}")
    path = Path(__file__).with_name(f"{name}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["code"]: _code(row) for row in csv.DictReader(file)})


def label(name: str, code: str, language: str = "en") -> str:
    """Return the words for *code* of list *name* in *language*."""
    try:
        return codes(name)[code].words(language)
    except KeyError:
        raise UnknownCodeError(f"{code} is not in the list {name}") from None


def _code(row: dict[str, str]) -> Code:
    return Code(
        code=row["code"],
        en=row["en"],
        cy=row["cy"],
        easy_read=row["easy_read"],
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
        label_plain=row.get("label_plain", ""),
        party=row.get("party", ""),
        comment_required=row.get("comment_required") == "yes",
        gap=row.get("gap") == "yes",
        who_may_use=_several(row.get("who_may_use", "")),
        next_step=row.get("next_step", ""),
        superseded_by=row.get("superseded_by") or None,
        kind=row.get("kind", ""),
        score=Decimal(row["score"]) if row.get("score") else None,
        measure=_several(row.get("measure", "")),
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)
