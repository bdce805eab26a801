"""What a request holds now, put together again as it was once told.

Promise: it is opened only to be changed or told anew; no page and no answer shows it.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

from services.intake import sealing
from services.intake.domain.submission import (
    Address,
    Consent,
    Contact,
    Household,
    Person,
    Submission,
)
from services.intake.errors import RequestNotFoundError
from services.intake.storage.hidden import hidden_agencies, hidden_staff, hidden_teams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

ASKED_ELSEWHERE = Consent("", "", "", "", date.max, ())


def recall(row: Row[Any], tx: IntakeTransaction) -> Submission:
    """Return the submission that the row of a request stands for, without its consents."""
    person, key = tx.person_row(row.person_id), tx.key_of(row.person_id)
    request_key = tx.key_of(row.id)
    if person is None or key is None or request_key is None:
        raise RequestNotFoundError("what was told is no longer there")
    opened = {
        category: sealing.open_person(tx.vault, key, person, category)
        for category in sealing.PERSON_COLUMNS
    }
    place = ("request", "sealed_story", row.id)
    return Submission(
        person=_person({**opened["identity"], **opened["address"]}),
        contact=_contact(opened["contact"]),
        needs=tuple(row.needs),
        story=sealing.unseal(tx.vault, request_key, row.sealed_story, place),
        source=row.source,
        relationship=row.relationship,
        consent=ASKED_ELSEWHERE,
        urgency=row.urgency,
        threshold=row.threshold,
        access_needs=tuple(row.access_needs),
        groups=tuple(row.groups),
        household=_household(opened["household"]),
        hidden_from_agencies=hidden_agencies(row.id, tx),
        hidden_from_staff=hidden_staff(row.id, tx),
        hidden_from_teams=hidden_teams(row.id, tx),
    )


def _person(told: Mapping[str, Any]) -> Person:
    born, address = told["date_of_birth"], told["address"]
    read = {
        **told,
        "date_of_birth": date.fromisoformat(born) if born else None,
        "address": Address(tuple(address["lines"]), address["postcode"]) if address else None,
    }
    return Person(**_fitting(Person, read))


def _contact(told: Mapping[str, Any]) -> Contact:
    return Contact(**_fitting(Contact, {**told, "channels": sealing.channels(dict(told))}))


def _household(told: Mapping[str, Any]) -> Household | None:
    return Household(**_fitting(Household, told)) if told else None


def _fitting(kind: type, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of *kind* that were kept; what is newer than the row has its default."""
    kept = {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}
    return {field.name: kept[field.name] for field in fields(kind) if field.name in kept}
