"""What a refusal must say, by the rule of its reason code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMENT_REFUSED = frozenset({"CONFLICT_OF_INTEREST"})
TARGET_NEEDED = frozenset({"REDIRECTED_BETTER_SERVICE"})
TEACHES = frozenset({"BELOW_THRESHOLD", "ABOVE_THRESHOLD"})
"""Codes that say too little unless they say what would have been right."""
GO_BACK = frozenset(
    {
        "DUPLICATE",
        "ALREADY_SUPPORTED",
        "CONSENT_NOT_VALID",
        "PERSON_UNAWARE",
        "INCOMPLETE_INFORMATION",
        "PREREQUISITE_MISSING",
        "PRIORITY_INAPPROPRIATE",
    }
)
"""Codes after which another service is not what helps."""
GROUPS: dict[str, tuple[str, ...]] = {
    "No room at the moment": (
        "NO_CAPACITY",
        "WAIT_TOO_LONG",
        "CLOSED_TO_REFERRALS",
        "CANNOT_MATCH",
    ),
    "The person does not fit a rule": (
        "OUT_OF_AREA",
        "AGE_CRITERION",
        "GROUP_CRITERION",
        "FUNDING_CRITERION",
        "NOT_ELIGIBLE_OTHER",
    ),
    "It is not the right kind of help": (
        "SERVICE_NOT_PROVIDED",
        "BELOW_THRESHOLD",
        "ABOVE_THRESHOLD",
        "REDIRECTED_BETTER_SERVICE",
    ),
    "The referral has to be put right first": (
        "INCOMPLETE_INFORMATION",
        "PREREQUISITE_MISSING",
        "PRIORITY_INAPPROPRIATE",
        "CONSENT_NOT_VALID",
        "PERSON_UNAWARE",
    ),
    "Somebody helps already": ("DUPLICATE", "ALREADY_SUPPORTED"),
}
OTHERWISE = "Something else"
"""Where a code stands that is in no group, so that none is ever left out."""


def grouped(codes: Iterable[str]) -> dict[str, list[str]]:
    """Return *codes* under headings, as somebody looks for them."""
    left = list(codes)
    found = {title: [code for code in told if code in left] for title, told in GROUPS.items()}
    found[OTHERWISE] = [code for code in left if not any(code in some for some in GROUPS.values())]
    return {title: some for title, some in found.items() if some}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason code's own rules, and what came with it."""

    code: str
    in_force: bool
    comment_required: bool
    comment: str = ""
    alternatives: int = 0
    right_if: str = ""


def faults(refusal: Refusal) -> list[tuple[str, str]]:
    """Return (pointer, sentence) for each thing wrong with *refusal*."""
    if not refusal.in_force:
        return [("/reason", "Choose one of the reasons in use today.")]
    found = []
    said = bool(refusal.comment.strip())
    if refusal.comment_required and not said:
        found.append(("/comment", "Say more: this reason needs a comment."))
    if refusal.code in COMMENT_REFUSED and said:
        found.append(("/comment", "Leave the comment empty: it could tell about another person."))
    if refusal.code in TEACHES and not refusal.right_if.strip():
        found.append(("/would_have_been_right_if", "Say what would have made it right for you."))
    if refusal.code in TARGET_NEEDED and not refusal.alternatives:
        found.append(("/alternatives", "Name the service that would be better."))
    return found
