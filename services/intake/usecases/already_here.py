"""Is the person of this referral with the same agency already? Told to whoever reads both.

Promise: it says no more than the two disclosures do: each referral is the agency's own, the gate
would open both to this reader now, and the name and the birth date that it shows are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services.intake.domain.consent import REFER
from services.intake.errors import RequestNotFoundError
from services.intake.storage.sameness import requests_alike
from services.intake.usecases.deciding import Ask, Basis, decide
from services.intake.usecases.recalling import recall
from shared.blind_index import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.intake.storage import IntakeTransaction

IDENTITY = "identity"
MOST_SHOWN = 5
Who = tuple[bytes, bytes, object]


@dataclass(frozen=True, slots=True)
class AlreadyHere:
    """Another referral of what may be the same person, at the same agency."""

    referral_id: UUID
    reference: str


def already_here(
    request_id: UUID, agency_id: UUID, tx: IntakeTransaction
) -> tuple[AlreadyHere, ...]:
    """Return the other referrals by which this agency may know the person of a request it reads."""
    who = _who(request_id, tx)
    found = _others(request_id, agency_id, who, tx) if who else ()
    return tuple(one for one, _ in zip(found, range(MOST_SHOWN), strict=False))


def _others(
    request_id: UUID, agency_id: UUID, who: Who, tx: IntakeTransaction
) -> Iterator[AlreadyHere]:
    for other in requests_alike(request_id, tx):
        now = {step.referral_id: step for step in tx.steps_of_request(other.id)}
        mine = (step.referral_id for step in now.values() if step.agency_id == agency_id)
        opens = next((one for one in mine if _opens(other.id, one, agency_id, tx)), None)
        if opens is not None and _who(other.id, tx) == who:
            yield AlreadyHere(opens, other.reference)


def _opens(request_id: UUID, referral_id: UUID, agency_id: UUID, tx: IntakeTransaction) -> bool:
    """Tell whether the gate would show this reader who it is; nothing is opened by asking."""
    ask = Ask(request_id, referral_id, agency_id, REFER, frozenset({IDENTITY}))
    return isinstance(decide(ask, tx), Basis)


def _who(request_id: UUID, tx: IntakeTransaction) -> Who | None:
    row = tx.request_row(request_id)
    try:
        person = recall(row, tx).person if row else None
    except RequestNotFoundError:
        return None
    if person is None or person.date_of_birth is None:
        return None
    names = (normalise("name", one) for one in (person.given_name, person.family_name))
    given, family = names
    return given, family, person.date_of_birth
