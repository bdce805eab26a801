"""The needs in groups that a tired reader can skim; codes and words come from shared.codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from shared.codes import Code, codes

GROUPS = {
    "Money and food": "debt benefits food energy money_advice",
    "Home": "housing homelessness",
    "Feeling safe": "domestic_abuse relationships discrimination",
    "Health and feelings": "mental_health physical_health isolation bereavement substance_use "
    "disability",
    "Family and care": "family_support parenting carers older_people young_people",
    "Work, rights and everyday life": "employment learning immigration legal advocacy transport "
    "digital",
}
REST = "Anything else"


@dataclass(frozen=True, slots=True)
class NeedGroup:
    """Needs that people look for in one place."""

    title: str
    needs: tuple[Code, ...]


def need_groups() -> tuple[NeedGroup, ...]:
    """Return every need in force today exactly once; one we have no group for comes last."""
    today = datetime.now(UTC).date()
    left = {code: entry for code, entry in codes("needs").items() if entry.in_force(today)}
    groups = [
        NeedGroup(title, tuple(left.pop(code) for code in members.split() if code in left))
        for title, members in GROUPS.items()
    ]
    groups.append(NeedGroup(REST, tuple(left.values())))
    return tuple(group for group in groups if group.needs)
