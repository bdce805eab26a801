"""What else is kept of a person: from whom they hide it, what they answered, what was shared.

Promise: it tells what they said themselves and what they were told of; what was shared for
somebody's safety without telling them is left out, and every bundle says that such may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from services.intake.domain import duty
from services.intake.storage import flags, hidden_names, overrides
from services.intake.storage.changes import changes_of, open_change
from services.intake.storage.hidden import AGENCY, TEAM, hidden
from services.intake.usecases.feeding_back import last_feedback
from services.intake.usecases.flags_looking import words_of
from shared.codes import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

    Named = Callable[[UUID | None], str]

FOR_SAFETY = "What was shared for somebody's safety, where telling you could do harm."
PERSON = "person"
OF_STAFF = "hidden_from_staff"


def hidden_from(request_id: UUID, name: Named, tx: IntakeTransaction) -> list[str]:
    """Return the agencies and teams from whom it is hidden; whom a name means is not told."""
    found = hidden(request_id, tx)
    agencies = [name(one) for kind, one in found if kind == AGENCY]
    teams = [tx.service_name(one) or "" for kind, one in found if kind == TEAM]
    return sorted(filter(None, (*agencies, *teams)))


def names_given(request_id: UUID, tx: IntakeTransaction) -> list[str]:
    """Return the names the person wrote, from whom they hide it."""
    rows = [row for row in changes_of(request_id, tx) if row.code in hidden_names.CODES]
    return sorted({name for row in rows for name in open_change(row, tx).get("names", ())})


def corrections(request_id: UUID, name: Named, tx: IntakeTransaction) -> list[dict[str, Any]]:
    """Return what was put right, and why; from whom it is hidden is told apart."""
    rows = (row for row in changes_of(request_id, tx) if row.sealed)
    return [_change(row, name, tx) for row in rows if row.code not in hidden_names.CODES]


def said_besides(row: Row[Any], name: Named, tx: IntakeTransaction) -> dict[str, Any]:
    """Return what the person answered and asked, and what was shared as they were told."""
    return {
        "got_help": last_feedback(row.id, tx),
        "asked_us_to_look": [
            {"at": one.raised_at.isoformat(), "why": duty.REASONS.get(one.reason, one.reason),
             "words": words_of(one, tx)}
            for one in _raised_by_person(row.id, tx)
        ],
        "shared_for_safety": [
            {"at": one.recorded_at.isoformat(), "why": label("override_grounds", one.ground),
             "agencies": [name(grant.recipient) for grant in _grants(one, tx)],
             "what": sorted({kind for grant in _grants(one, tx) for kind in grant.categories})}
            for one in _told_overrides(row.id, tx)
        ],
    }  # fmt: skip


def _change(row: Row[Any], name: Named, tx: IntakeTransaction) -> dict[str, Any]:
    told = open_change(row, tx)
    for part in ("old", "new"):
        if part in told:
            told[part] = _plain(told[part], name, tx)
    return {"at": row.at.isoformat(), "what": row.transition, **told}


def _plain(values: dict[str, Any], name: Named, tx: IntakeTransaction) -> dict[str, Any]:
    """Return *values* with agencies and teams by name, and no staff: they are others."""
    told = {field: value for field, value in values.items() if field != OF_STAFF}
    for field, said in (
        ("hidden_from_agencies", name),
        ("hidden_from_teams", lambda one: tx.service_name(one) or ""),
    ):
        if field in told:
            told[field] = [said(UUID(str(one))) for one in told[field]]
    return told


def _raised_by_person(request_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    table = flags.flag.c
    mine = (table.request_id == request_id) & (table.raised_by_kind == PERSON)
    return tx.all(select(flags.flag).where(mine).order_by(table.raised_at))


def _told_overrides(request_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    table = overrides.override.c
    mine = (table.request_id == request_id) & table.person_told
    return tx.all(select(overrides.override).where(mine).order_by(table.recorded_at))


def _grants(row: Row[Any], tx: IntakeTransaction) -> tuple[Any, ...]:
    return overrides.grants_of_override(row.id, tx)
