"""What a refusal must say, by the rule of its reason code."""

from __future__ import annotations

from dataclasses import dataclass

COMMENT_REFUSED = frozenset({"CONFLICT_OF_INTEREST"})
TARGET_NEEDED = frozenset({"REDIRECTED_BETTER_SERVICE"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason code's own rules, and what came with it."""

    code: str
    in_force: bool
    comment_required: bool
    comment: str = ""
    alternatives: int = 0


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
    if refusal.code in TARGET_NEEDED and not refusal.alternatives:
        found.append(("/alternatives", "Name the service that would be better."))
    return found
