"""Writing an entry of the guide: what the service says itself, and what its agency says for all.

Promise: every change of what an entry says is a new version and is announced once; an entry
that comes out the same stays as it was. Only its own agency changes an entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from services.matching.domain.clocks import local_date
from services.matching.domain.entries import SHARED, completed, resolve
from services.matching.errors import ServiceNotFoundError, StaleVersionError
from services.matching.storage.guide import criteria_in, criteria_of, entry_of
from services.matching.usecases.telling import tell_service

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction


def own_service(service_id: UUID, tx: MatchingTransaction) -> Row[Any]:
    """Return a service of the caller's own agency; to others it is not there."""
    row = tx.service_row(service_id)
    mine = tx.actor.kind == "system" or (row is not None and row.agency_id == tx.actor.agency_id)
    if row is None or not mine:
        raise ServiceNotFoundError
    return row


def change_entry(
    service_id: UUID, own: Mapping[str, Any], tx: MatchingTransaction, *, seen: int | None = None
) -> None:
    """Replace what a service says itself; *seen* is the version that was read before."""
    row = own_service(service_id, tx)
    if seen is not None and seen != row.version:
        raise StaleVersionError(row.version)
    write_entry(service_id, row.agency_id, dict(own), tx)


def new_entry(own: Mapping[str, Any], tx: MatchingTransaction) -> UUID:
    """Begin an entry of the caller's agency; nothing is known of its places yet."""
    agency_id, service_id = tx.actor.agency_id, tx.new_id()
    if agency_id is None or tx.agency(agency_id) is None:
        raise ServiceNotFoundError
    write_entry(service_id, agency_id, dict(own), tx, reviewed_on=local_date(tx.now))
    return service_id


def change_shared(shared: Mapping[str, Any], tx: MatchingTransaction) -> None:
    """Replace what the caller's agency says for all its services."""
    agency_id = tx.actor.agency_id
    if agency_id is None or tx.agency(agency_id) is None:
        raise ServiceNotFoundError
    tx.keep_shared(agency_id, {name: shared.get(name) for name in SHARED})
    resolve_all(agency_id, tx)


def resolve_all(agency_id: UUID, tx: MatchingTransaction) -> None:
    """Bring every entry of an agency in line with what it says for all of them."""
    for row in tx.services_of(agency_id):
        write_entry(row.id, agency_id, own_or_whole(row, tx), tx)


def own_or_whole(row: Row[Any], tx: MatchingTransaction) -> dict[str, Any]:
    """Return what a service says itself; all of its entry, where that was never told apart."""
    own = tx.own_of(row.id)
    return {**entry_of(row.entry), "listed": row.listed} if own is None else own


def fits_others(row: Row[Any], own: Mapping[str, Any], tx: MatchingTransaction) -> bool:
    """Tell whether an entry would fit other people if the service said *own* of itself."""
    after = completed(resolve(own, tx.shared_of(row.agency_id)))
    return criteria_of(row.entry) != criteria_in(after)


def write_entry(
    service_id: UUID,
    agency_id: UUID,
    own: dict[str, Any],
    tx: MatchingTransaction,
    *,
    reviewed_on: date | None = None,
    **state: Any,  # noqa: ANN401 - columns of a service
) -> bool:
    """Write an entry with what its agency adds; tell it, and say so, if it says something new."""
    shared, known = tx.shared_row(agency_id), tx.service_row(service_id)
    whole = resolve(own, orjson.loads(shared.shared) if shared is not None else {})
    listed = whole.pop("listed")
    values = {"agency_id": agency_id, "listed": listed, "entry": _text(whole)}
    if known is None:
        checked = reviewed_on or (shared.reviewed_on if shared is not None else None)
        fresh = {"closed": False, "paused": False, "closure": None, **state}
        fresh["reviewed_on"] = checked or local_date(tx.now)
        tx.keep_service(service_id, 1, {**values, **fresh})
        tx.begin_capacity(service_id)
        tx.keep_own(service_id, own, reviewed_on=reviewed_on)
    else:
        tx.keep_own(service_id, own)
        if all(getattr(known, name) == value for name, value in values.items()):
            return False
        tx.keep_service(service_id, known.version + 1, values)
    tell_service(service_id, tx)
    return True


def _text(entry: Mapping[str, Any]) -> str:
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS).decode()
