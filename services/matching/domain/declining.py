"""What a refusal must say, by the rule of its reason code."""

from __future__ import annotations

from dataclasses import dataclass

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
