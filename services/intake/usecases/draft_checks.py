"""Is what is written of a draft acceptable so far? What is missing yet is no fault.

Promise: a draft that passes lacks things, and holds nothing that sending would refuse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.intake import checks
from services.intake.usecases.asking_first import as_if_agreed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction

ALL_GRANTS = "/consent/grants"
NOTHING: tuple[Any, ...] = (None, "", [], {}, ())


def draft_faults(
    submission: Submission, body: Mapping[str, Any], tx: IntakeTransaction
) -> Iterator[tuple[str, str]]:
    """Yield (pointer, detail) for what is wrong with the parts that *body* has."""
    told = checks.settled(submission)
    agreed = replace(told, consent=as_if_agreed(told, tx))
    for pointer, detail in checks.faults(agreed, tx):
        if not pointer.startswith("/consent") and is_there(pointer, body):
            yield pointer, detail
    if not body.get("consent"):
        return
    for pointer, detail in checks.faults(told, tx):
        about_consent = pointer.startswith("/consent/") and pointer != ALL_GRANTS
        if about_consent and is_there(pointer, body):
            yield pointer, detail


def is_there(pointer: str, body: Mapping[str, Any]) -> bool:
    """Tell whether something was written in the place that *pointer* (RFC 6901) names."""
    value: Any = body
    for step in pointer.split("/")[1:]:
        if isinstance(value, list | tuple) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return False
    return value not in NOTHING
