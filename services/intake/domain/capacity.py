"""Who could decide: capacity, a child's competence, authority to decide for someone else.

Promise: adults are presumed able to decide (Mental Capacity Act 2005, section 1); under 16 a
child understands, which somebody checked, or a parent agrees; whoever speaks for another
has shown why they may. What was not recorded is not assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.intake.domain.submission import Consent

PRESUMED, ASSESSED, GILLICK, PARENT = "presumed", "assessed", "gillick", "parent_pr"
FOR_ADULTS = frozenset({"lpa", "deputy", "court"})
DECIDES_ALONE, ADULT = 16, 18
OUTCOMES = ("able", "not_able")
RATIONALES = ("understands_what_is_shared", "understands_and_can_weigh_it", "not_yet")
SELF = "self"


@dataclass(frozen=True, slots=True)
class Capacity:
    """Whether an adult could make this one decision, as somebody assessed it."""

    outcome: str
    assessor: str
    assessed_on: date
    support_given: str = ""
    best_interests: str = ""
    review_due: date | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """Why somebody may decide for the person, and what was seen to prove it."""

    name: str
    proof_seen: str
    checked_on: date


@dataclass(frozen=True, slots=True)
class Competence:
    """Whether a child under 16 understands enough to decide (Gillick), and if a parent knows."""

    outcome: str
    assessor: str
    assessed_on: date
    rationale: str
    parent_informed: bool
    why_not_informed: str = ""


def capable_by(consent: Consent, age: int | None) -> str | None:
    """Return by what the giver could decide, or None where that is not recorded."""
    return None if any(faults(consent, age)) else _basis(consent, age)


def _basis(consent: Consent, age: int | None) -> str:
    if consent.given_by != SELF:
        return consent.given_by
    if age is not None and age < DECIDES_ALONE:
        return GILLICK
    return ASSESSED if consent.capacity else PRESUMED


def faults(consent: Consent, age: int | None, today: date | None = None) -> Iterator[Found]:
    """Yield (pointer, detail) for what must be recorded before this consent may be relied on."""
    if consent.given_by == SELF:
        yield from _own_faults(consent, age)
    else:
        yield from _proxy_faults(consent, age)
    yield from _record_faults(consent, today)


Found = tuple[str, str]


def _own_faults(consent: Consent, age: int | None) -> Iterator[Found]:
    if age is not None and age < DECIDES_ALONE:
        competence = consent.competence
        if competence is None or competence.outcome != "able":
            yield (
                "/consent/competence",
                "Under 16: record that the child understands this, or ask a parent.",
            )
    elif consent.capacity and consent.capacity.outcome != "able":
        yield (
            "/consent/capacity/outcome",
            "Who cannot decide this cannot agree. Ask whoever may decide for them.",
        )


def _proxy_faults(consent: Consent, age: int | None) -> Iterator[Found]:
    if consent.authority is None:
        yield "/consent/authority", "Record who decides for the person, and what proves it."
    if consent.given_by == PARENT and age is not None and age >= ADULT:
        yield "/consent/given_by", "A parent cannot agree for an adult."
    if consent.given_by in FOR_ADULTS and (
        consent.capacity is None or consent.capacity.outcome == "able"
    ):
        yield "/consent/capacity", "Record that the person cannot decide this themselves."


def _record_faults(consent: Consent, today: date | None) -> Iterator[Found]:
    capacity, competence, authority = consent.capacity, consent.competence, consent.authority
    if capacity:
        yield from _assessed_faults("/consent/capacity", capacity, today)
    if competence:
        yield from _assessed_faults("/consent/competence", competence, today)
        yield from _parent_faults(competence)
    if authority:
        yield from _needed("/consent/authority/name", authority.name)
        yield from _needed("/consent/authority/proof_seen", authority.proof_seen)
        yield from _past("/consent/authority/checked_on", authority.checked_on, today)


def _assessed_faults(
    pointer: str, record: Capacity | Competence, today: date | None
) -> Iterator[Found]:
    if record.outcome not in OUTCOMES:
        yield f"{pointer}/outcome", f"Choose one of {', '.join(OUTCOMES)}."
    yield from _needed(f"{pointer}/assessor", record.assessor)
    yield from _past(f"{pointer}/assessed_on", record.assessed_on, today)


def _parent_faults(competence: Competence) -> Iterator[Found]:
    if competence.rationale not in RATIONALES:
        yield "/consent/competence/rationale", f"Choose one of {', '.join(RATIONALES)}."
    if not competence.parent_informed:
        yield from _needed("/consent/competence/why_not_informed", competence.why_not_informed)


def _needed(pointer: str, text: str) -> Iterator[Found]:
    if not text.strip():
        yield pointer, "Fill this in."


def _past(pointer: str, day: date, today: date | None) -> Iterator[Found]:
    if today is not None and day > today:
        yield pointer, "This day has not come yet."
