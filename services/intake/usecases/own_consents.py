"""What a person agreed to, as their own page shows it: grouped by agency, one box per kind.

Promise: every live answer stands there with its ids, so that each can be taken back alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.consent import GIVEN
from shared.codes import codes

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

OPEN = frozenset({"requested", "deferred"})


@dataclass(frozen=True, slots=True)
class Shared:
    """One kind of information one agency may know for one purpose, and the grants behind it."""

    purpose: str
    category: str
    grants: tuple[tuple[UUID, UUID], ...]
    """(consent, grant): the same may have been agreed to more than once."""

    @property
    def value(self) -> str:
        """Return how a form names it."""
        return f"{self.purpose}.{self.category}"


@dataclass(frozen=True, slots=True)
class SharedWith:
    """One agency, and everything it may know now."""

    agency_id: UUID
    agency: str
    shared: tuple[Shared, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A consent that was asked for: which agencies, and what each would be told."""

    consent_id: UUID
    notice_id: str
    language: str
    deferred: bool
    asked: tuple[SharedWith, ...]


def shared_now(request_id: UUID, tx: IntakeTransaction) -> tuple[SharedWith, ...]:
    """Return who may know what now, by agency name."""
    found: dict[UUID, dict[tuple[str, str], list[tuple[UUID, UUID]]]] = {}
    for consent in tx.live_consents(request_id):
        for grant in tx.grants_of(consent.id):
            if grant.decision == GIVEN and grant.ended_at is None:
                kinds = found.setdefault(grant.recipient_agency_id, {})
                which = kinds.setdefault((grant.purpose, grant.category), [])
                which.append((consent.id, grant.id))
    told = (_shared_with(agency, kinds, tx) for agency, kinds in found.items())
    return tuple(sorted(told, key=_by_name))


def open_questions(request_id: UUID, tx: IntakeTransaction) -> tuple[Question, ...]:
    """Return what the person was asked and has not answered, the oldest first."""
    rows = [row for row in tx.consents_of(request_id) if row.state in OPEN]
    return tuple(_question(row, tx) for row in reversed(rows))


def question_of(request_id: UUID, consent_id: UUID, tx: IntakeTransaction) -> Question | None:
    """Return one open question of this request, or None."""
    found = open_questions(request_id, tx)
    return next((question for question in found if question.consent_id == consent_id), None)


def _question(row: Row[Any], tx: IntakeTransaction) -> Question:
    asked = (
        _shared_with(one.recipient_agency_id, {("refer", kind): [] for kind in one.categories}, tx)
        for one in tx.asked_of(row.id)
    )
    told = tuple(sorted(asked, key=_by_name))
    return Question(row.id, row.notice_id, row.language, row.state == "deferred", told)


def _shared_with(
    agency_id: UUID,
    kinds: dict[tuple[str, str], list[tuple[UUID, UUID]]],
    tx: IntakeTransaction,
) -> SharedWith:
    agency = tx.agency_row(agency_id)
    ordered = sorted(kinds.items(), key=lambda one: (one[0][0], _place(one[0][1])))
    shared = tuple(Shared(*kind, tuple(grants)) for kind, grants in ordered)
    return SharedWith(agency_id, agency.name if agency else "", shared)


def _place(category: str) -> int:
    """Return where a category stands on the list: who somebody is comes first."""
    known = list(codes("categories"))
    return known.index(category) if category in known else len(known)


def _by_name(one: SharedWith) -> tuple[str, UUID]:
    return one.agency, one.agency_id
