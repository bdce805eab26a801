"""From whom a person hides their request: agencies, services of one, or single members of staff.

Promise: whoever is named here is answered by the gate as if there were no such request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Table, Uuid, bindparam, delete, or_, select

from services.intake.storage.tables import CODE, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

    from shared.identity import Principal
    from shared.storage import Transaction

AGENCY, TEAM, STAFF = "agency", "team", "staff"
"""A team is one service of the guide: that is how an agency's teams are known here."""

hidden_from = Table(
    "hidden_from",
    metadata,
    Column("request_id", Uuid, ForeignKey("request.id"), primary_key=True),
    Column("kind", CODE, primary_key=True),
    Column("id", Uuid, primary_key=True),
)
_HIDDEN = select(hidden_from.c.kind, hidden_from.c.id).where(
    hidden_from.c.request_id == bindparam("request_id")
)


def hide(
    request_id: UUID,
    agencies: Iterable[UUID],
    staff: Iterable[UUID],
    tx: Transaction,
    *,
    teams: Iterable[UUID] = (),
) -> None:
    """Keep from whom a request is hidden; what was said before no longer counts."""
    tx.execute(delete(hidden_from).where(hidden_from.c.request_id == request_id))
    said = ((AGENCY, agencies), (TEAM, teams), (STAFF, staff))
    for kind, whom in said:
        for one in dict.fromkeys(whom):
            tx.insert(hidden_from, request_id=request_id, kind=kind, id=one)


def hidden(request_id: UUID, tx: Transaction) -> frozenset[tuple[str, UUID]]:
    """Return everyone a request is hidden from, as (kind, id)."""
    rows: list[Any] = tx.ask(_HIDDEN, request_id=request_id)
    return frozenset((row.kind, row.id) for row in rows)


def hidden_agencies(request_id: UUID, tx: Transaction) -> tuple[UUID, ...]:
    """Return the agencies a request is hidden from."""
    return tuple(sorted(one for kind, one in hidden(request_id, tx) if kind == AGENCY))


def hidden_teams(request_id: UUID, tx: Transaction) -> tuple[UUID, ...]:
    """Return the services of the guide that a request is hidden from."""
    return tuple(sorted(one for kind, one in hidden(request_id, tx) if kind == TEAM))


def hidden_staff(request_id: UUID, tx: Transaction) -> tuple[UUID, ...]:
    """Return the members of staff a request is hidden from."""
    return tuple(sorted(one for kind, one in hidden(request_id, tx) if kind == STAFF))


def is_hidden(
    request_id: UUID, agency_id: UUID | None, who: Principal, tx: Transaction, *, team: UUID | None
) -> bool:
    """Tell whether this agency, this service of it, or whoever asks for it must not know."""
    return is_among(hidden(request_id, tx), agency_id, who, team=team)


def is_among(
    hidden: Iterable[tuple[str, UUID]], agency_id: UUID | None, who: Principal, *, team: UUID | None
) -> bool:
    """Tell whether an agency, a service of it, or whoever asks is one of *hidden*."""
    asking = {(AGENCY, agency_id), (TEAM, team), *_known_as(who)}
    return not asking.isdisjoint(hidden)


def not_hidden(
    request_id: ColumnElement[UUID], agency_id: UUID, who: Principal
) -> ColumnElement[bool]:
    """Return the condition that a request is hidden neither from an agency nor from *who*."""
    asking = ((AGENCY, agency_id), *_known_as(who))
    columns = hidden_from.c
    named = or_(*((columns.kind == kind) & (columns.id == one) for kind, one in asking if one))
    return ~select(columns.id).where(columns.request_id == request_id, named).exists()


def _known_as(who: Principal) -> tuple[tuple[str, UUID | None], ...]:
    """Return all that means whoever asks: one team that must not know is enough of several."""
    staff_id = UUID(who.id) if who.kind == "staff" and who.id else None
    teams = ((TEAM, team) for team in sorted(who.teams))
    return ((AGENCY, who.agency_id), (STAFF, staff_id), *teams)
