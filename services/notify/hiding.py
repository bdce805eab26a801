"""Of whom a person hides their request, and that nothing about it is written to them.

Promise: what is known of it is kept with the request itself, so that no mail overtakes it; what
waits for somebody it is hidden from by then is kept back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notify.domain import HIDDEN
from services.notify.usecases import suppress
from shared.identity import ids_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Row

    from services.notify.heard import RequestAmended, RequestSubmitted
    from services.notify.storage import NotifyTransaction
    from shared.identity import Principal


def keep_hidden(event: RequestSubmitted, tx: NotifyTransaction) -> None:
    """Keep from whom a new request is hidden, if from anybody: most are from nobody."""
    if whom := _whom(event):
        tx.keep_hidden(event.request_id, whom)


def hear_hidden_again(event: RequestSubmitted, tx: NotifyTransaction) -> None:
    """Keep from whom a request is hidden as it is told again; a newer telling stays."""
    if whom := _whom(event):
        tx.keep_hidden(event.request_id, whom)
    else:
        tx.show_again(event.request_id)


def keep_hidden_now(event: RequestAmended, tx: NotifyTransaction) -> None:
    """Keep from whom a request is hidden by now, from nobody if so."""
    tx.keep_hidden(event.request_id, _whom(event))


def keep_back_what_waits(request_id: UUID, tx: NotifyTransaction) -> None:
    """Keep back what has not left yet for somebody a request is hidden from."""
    hidden = tx.hidden_from(request_id)
    rows = tx.unsent_to_staff(request_id) if hidden else []
    known = tx.staff_of(row.recipient_staff_id for row in rows) if rows else {}
    for row in rows:
        if not hidden.isdisjoint(readers(row, known)):
            suppress(row, HIDDEN, tx)


def hub_for(request_id: UUID, tx: NotifyTransaction) -> Row[Any] | None:
    """Return the hub, unless the request is hidden from it."""
    hub = tx.hub()
    if hub is None or str(hub.agency_id) in tx.hidden_from(request_id):
        return None
    return hub


def shown_to(caller: Principal, rows: Sequence[Row[Any]], tx: NotifyTransaction) -> list[Row[Any]]:
    """Return the deliveries whose request is not hidden from *caller*."""
    who = caller.known_as()
    hidden = tx.all_hidden({row.request_id for row in rows})
    return [row for row in rows if who.isdisjoint(hidden.get(row.request_id, ()))]


def is_hidden(request_id: UUID, staff_id: UUID, tx: NotifyTransaction) -> bool:
    """Tell whether a request is hidden from a member of staff; of an unknown one we know the id."""
    hidden = tx.hidden_from(request_id)
    member = tx.staff_of([staff_id]).get(staff_id) if hidden else None
    return not hidden.isdisjoint(known_as(member) if member is not None else {str(staff_id)})


def known_as(member: Row[Any]) -> frozenset[str]:
    """Return every id that means a member of staff: their own, their agency's, their teams'."""
    return ids_of(member.staff_id, member.agency_id, member.teams)


def readers(row: Row[Any], known: Mapping[UUID, Row[Any]]) -> frozenset[str]:
    """Return every id that means whoever would read a delivery."""
    named = frozenset(map(str, (row.recipient_agency_id, row.recipient_staff_id)))
    member = known.get(row.recipient_staff_id)
    return named | known_as(member) if member is not None else named


def _whom(event: RequestSubmitted | RequestAmended) -> list[str]:
    teams = event.hidden_from_teams
    told = (*event.hidden_from_staff, *event.hidden_from_agencies, *teams)
    return sorted({str(one) for one in told})
