"""Everything that is kept of a person, for the person: what, whence, to whom, why, how long.

Promise: it is recorded before it is shown. It names agencies and roles but no staff, and tells
nothing of other people; what is left out is listed with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, true

from services.intake import sealing
from services.intake.domain.retention import class_of, due_at
from services.intake.errors import RequestNotFoundError, RightRefusedError
from services.intake.storage import holds
from services.intake.storage import tables as t
from services.intake.storage.hidden import not_hidden
from services.intake.usecases.consent_views import consents_of
from services.intake.usecases.retaining import backup_days, ended_of, rules
from services.intake.usecases.telling_besides import (
    FOR_SAFETY,
    corrections,
    hidden_from,
    names_given,
    said_besides,
)
from shared.bus.access import AccessGranted

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy import ColumnElement, Row

    from services.intake.storage import IntakeTransaction
    from shared.identity import Principal

PURPOSE = "subject_access"
STORY, NOTES = "story", "notes"
HARM = "Left out because it could seriously harm somebody to read it."
OTHERS = "Names of others: who told us, who listened, which staff looked."
HIDDEN = "What you keep from whoever prepared this is not in it. Ask for it to be done by another."
ELSEWHERE = "What agencies wrote to each other is kept by each of them, and asked for there."


@dataclass(frozen=True, slots=True)
class Everything:
    """What a person is entitled to see, in plain values."""

    about: tuple[str, ...]
    made_at: str
    person: dict[str, Any]
    requests: tuple[dict[str, Any], ...]
    withheld: tuple[str, ...]


def everything_of(
    request_id: UUID, tx: IntakeTransaction, withheld: frozenset[str] = frozenset()
) -> Everything:
    """Return all that is kept of the person of a request, recorded as a reading.

    *withheld* names `story` or `notes` where reading them could seriously harm somebody. Call it
    in a write transaction and show nothing before that is committed.
    """
    row = tx.request_row(request_id)
    if row is None:
        raise RequestNotFoundError("there is no such request")
    key, person = tx.key_of(row.person_id), tx.person_row(row.person_id)
    if key is None or person is None:
        raise RightRefusedError("Nothing is left to show: it was erased.")
    theirs = t.request.c.person_id == row.person_id
    shown = or_(t.request.c.id == row.id, _not_hidden_from(tx.actor))
    mine = select(t.request).where(theirs, shown)
    requests = tx.all(mine.order_by(t.request.c.submitted_at, t.request.c.id))
    for one in requests:
        tx.announce(_reading(one.id, withheld))
    return Everything(
        about=tuple(one.reference for one in requests),
        made_at=tx.now.isoformat(),
        person={c: sealing.open_person(tx.vault, key, person, c) for c in sealing.PERSON_COLUMNS},
        requests=tuple(_request(one, withheld, tx) for one in requests),
        withheld=(
            OTHERS,
            ELSEWHERE,
            FOR_SAFETY,
            HIDDEN,
            *(f"{part}: {HARM}" for part in sorted(withheld)),
        ),
    )


def _not_hidden_from(who: Principal) -> ColumnElement[bool]:
    return not_hidden(t.request.c.id, who.agency_id, who) if who.agency_id else true()


def _reading(request_id: UUID, withheld: frozenset[str]) -> AccessGranted:
    shown = {*sealing.PERSON_COLUMNS, STORY, NOTES} - withheld
    return AccessGranted(
        object_type=PURPOSE,
        object_id=str(request_id),
        what=tuple(sorted(shown)),
        purpose=PURPOSE,
        request_id=request_id,
    )


def _request(row: Row[Any], withheld: frozenset[str], tx: IntakeTransaction) -> dict[str, Any]:
    name = _names(tx)
    return {
        "reference": row.reference,
        "data": _data(row, withheld, name, tx),
        "source": {
            "source": row.source,
            "relationship": row.relationship,
            "agency": name(row.submitter_agency_id),
            "told_at": row.submitted_at.isoformat(),
        },
        "besides": said_besides(row, name, tx),
        "recipients": _recipients(row, name, tx),
        "consents": _consents(row, name, tx),
        "consultations": [
            {
                "at": one.at.isoformat(),
                "agency": one.name or "",
                "role": one.role or "",
                "purpose": one.purpose or "",
                "what": list(one.what),
            }
            for one in tx.openings_of(row.id)
        ],
        "retention": _retention(row, tx),
        "restricted": holds.RESTRICTED in holds.holds(row.id, tx),
    }


def _data(
    row: Row[Any],
    withheld: frozenset[str],
    name: Callable[[UUID | None], str],
    tx: IntakeTransaction,
) -> dict[str, Any]:
    plain = ("state", "needs", "urgency", "threshold", "language", "interpreter", "access_needs",
             "groups", "age", "area_codes")  # fmt: skip
    told: dict[str, Any] = {field: getattr(row, field) for field in plain}
    key = tx.key_of(row.id)
    told["hidden_from"] = hidden_from(row.id, name, tx)
    if key is None:
        return {**told, "erased": True}
    told["hidden_from_names"] = names_given(row.id, tx)
    if STORY not in withheld:
        place = ("request", "sealed_story", row.id)
        told["story"] = sealing.unseal(tx.vault, key, row.sealed_story, place)
        told["corrections"] = corrections(row.id, name, tx)
    if NOTES not in withheld:
        told["notes"] = _notes(row.id, key, tx)
    return told


def _notes(request_id: UUID, key: bytes, tx: IntakeTransaction) -> list[dict[str, Any]]:
    named = t.named_service
    rows = tx.all(select(named).where(named.c.request_id == request_id).order_by(named.c.id))
    return [
        {
            "service": tx.service_name(row.service_id) or "",
            **_written(
                sealing.unseal(
                    tx.vault, key, row.sealed_notes, ("named_service", "sealed_notes", row.id)
                )
            ),
        }
        for row in rows
    ]


def _written(notes: dict[str, Any]) -> dict[str, Any]:
    """Return what was written of the person; with whom it was discussed is another's name."""
    return {name: value for name, value in notes.items() if name != "discussed_with"}


def _recipients(
    row: Row[Any], name: Callable[[UUID | None], str], tx: IntakeTransaction
) -> list[dict[str, Any]]:
    last = {step.referral_id: step for step in tx.steps_of_request(row.id)}
    return [
        {
            "agency": name(step.agency_id),
            "service": tx.service_name(step.service_id) or "",
            "state": step.state,
            "since": step.at.isoformat(),
        }
        for step in last.values()
    ]


def _consents(
    row: Row[Any], name: Callable[[UUID | None], str], tx: IntakeTransaction
) -> list[dict[str, Any]]:
    return [
        {
            "notice": entry.notice_id,
            "state": entry.state,
            "method": entry.method,
            "given_by": entry.given_by,
            "valid_until": entry.valid_until.isoformat() if entry.valid_until else None,
            "recorded_at": entry.recorded_at.isoformat(),
            "answers": [
                {
                    "agency": name(grant.recipient),
                    "purpose": grant.purpose,
                    "category": grant.category,
                    "decision": grant.decision,
                    "ended_at": grant.ended_at.isoformat() if grant.ended_at else None,
                }
                for grant in entry.grants
            ],
        }
        for entry in consents_of(row.id, tx)
    ]


def _retention(row: Row[Any], tx: IntakeTransaction) -> dict[str, Any]:
    ended = ended_of(row, tx)
    told: dict[str, Any] = {"backup_days": backup_days()}
    if ended is None:
        return {**told, "until": None, "why": "It is kept while somebody works on it."}
    rule = rules()[class_of(ended)]
    return {**told, "until": due_at(ended, rules()).date().isoformat(), "why": rule.why}


def _names(tx: IntakeTransaction) -> Callable[[UUID | None], str]:
    known: dict[UUID | None, str] = {None: ""}

    def name(agency_id: UUID | None) -> str:
        if agency_id not in known:
            row = tx.agency_row(agency_id) if agency_id else None
            known[agency_id] = row.name if row else ""
        return known[agency_id]

    return name
