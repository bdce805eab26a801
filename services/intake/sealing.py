"""Personal data to sealed columns and back, one envelope per category.

Promise: each category is sealed on its own, so that the gate opens only what is granted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from services.intake.domain.submission import Channel
from shared.vault import Context

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.submission import Contact, NamedService, Submission
    from shared.vault import Vault

PERSON_COLUMNS = {
    "identity": "sealed_identity",
    "contact": "sealed_contact",
    "address": "sealed_address",
    "household": "sealed_household",
}


def seal(vault: Vault, key: bytes, value: object, place: tuple[str, str, UUID]) -> bytes:
    """Return *value* as JSON, sealed for its (table, column, row)."""
    return vault.seal(key, orjson.dumps(value), Context("intake", place[0], place[1], place[2]))


def unseal(vault: Vault, key: bytes, blob: bytes, place: tuple[str, str, UUID]) -> Any:  # noqa: ANN401
    """Return what was sealed for its (table, column, row)."""
    return orjson.loads(vault.open(key, blob, Context("intake", place[0], place[1], place[2])))


def person_columns(
    vault: Vault, key: bytes, person_id: UUID, submission: Submission
) -> dict[str, bytes | None]:
    """Return the sealed columns of a person, one per category; nothing where nothing was told."""
    categories = {
        "identity": _identity(submission),
        "contact": _contact(submission.contact),
        "address": _address(submission),
        "household": _household(submission),
    }
    return {
        column: _sealed(vault, key, categories[category], ("person", column, person_id))
        for category, column in PERSON_COLUMNS.items()
    }


def _sealed(
    vault: Vault, key: bytes, value: dict[str, Any] | None, place: tuple[str, str, UUID]
) -> bytes | None:
    return None if value is None else seal(vault, key, value, place)


def open_person(vault: Vault, key: bytes, row: Row[Any], category: str) -> dict[str, Any]:
    """Return one category of a person's row, opened; empty where nothing was told."""
    column = PERSON_COLUMNS[category]
    blob = getattr(row, column)
    if blob is None:
        return {}
    opened: dict[str, Any] = unseal(vault, key, blob, ("person", column, row.id))
    return opened


def _identity(submission: Submission) -> dict[str, Any]:
    person = submission.person
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "date_of_birth": person.date_of_birth,
        "age": person.age,
    }


def _contact(contact: Contact) -> dict[str, Any]:
    # orjson writes the channels, which are dataclasses, by itself.
    return {
        "language": contact.language,
        "interpreter": contact.interpreter,
        "channels": contact.channels,
        "code_word": contact.code_word,
    }


def _address(submission: Submission) -> dict[str, Any]:
    person = submission.person
    address = person.address
    return {"address": address, "no_fixed_abode": person.no_fixed_abode}


def _household(submission: Submission) -> dict[str, Any] | None:
    household = submission.household
    return {"lives_with": household.lives_with, "note": household.note} if household else None


def notes(wish: NamedService) -> dict[str, Any]:
    """Return what the referrer wrote to one service."""
    return {
        "why_this_service": wish.why_this_service,
        "how_eligible": wish.how_eligible,
        "discussed_with": wish.discussed_with,
    }


def channels(contact: dict[str, Any]) -> tuple[Channel, ...]:
    """Return the channels of an opened contact category."""
    told = (channel | {"times": tuple(channel.get("times", ()))} for channel in contact["channels"])
    return tuple(Channel(**channel) for channel in told)
