"""Of whom a person hides their request, and that nothing about it is written to them.

Promise: what is known of it is kept with the request itself, so that no mail overtakes it; what
waits for somebody it is hidden from by then is kept back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notify.domain import HIDDEN
from services.notify.usecases import suppress

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    for row in tx.unsent_to_staff(request_id) if hidden else ():
        if str(row.recipient_staff_id) in hidden:
            suppress(row, HIDDEN, tx)


def hub_for(request_id: UUID, tx: NotifyTransaction) -> Row[Any] | None:
    """Return the hub, unless the request is hidden from it."""
    hub = tx.hub()
    if hub is None or str(hub.agency_id) in tx.hidden_from(request_id):
        return None
    return hub


def shown_to(caller: Principal, rows: Sequence[Row[Any]], tx: NotifyTransaction) -> list[Row[Any]]:
    """Return the deliveries whose request is not hidden from *caller*."""
    who = {str(caller.id), str(caller.agency_id)}
    hidden = tx.all_hidden({row.request_id for row in rows})
    return [row for row in rows if who.isdisjoint(hidden.get(row.request_id, ()))]


def _whom(event: RequestSubmitted | RequestAmended) -> list[str]:
    return sorted({str(one) for one in (*event.hidden_from_staff, *event.hidden_from_agencies)})
