"""Whom a change of an entry would newly fit, and whom no longer, before it is published.

Promise: an agency is told numbers in whole fives, for a rule, or two held side by side, can be
written to look for one person; by name it learns only of referrals that it has. The hub's
coordinator sees which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.matching.domain.criteria import Result, judge
from services.matching.domain.entries import completed, resolve
from services.matching.domain.transitions import LIVE
from services.matching.errors import ServiceNotFoundError
from services.matching.storage.guide import criteria_in, criteria_of
from services.matching.usecases.freezing import situation_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.domain.criteria import Criteria
    from services.matching.storage import MatchingTransaction

FEWEST_TOLD, MOST_LOOKED_AT = 5, 20_000
COORDINATOR = "coordinator"


@dataclass(frozen=True, slots=True)
class Moved:
    """Requests that a change would move, and which, if told; else how many at least, in fives."""

    count: int | None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of an entry would do among the open requests.

    `own` are the references of the service's live referrals that it would fit no longer; they
    stay as they are. `looked_at` is how many requests were held against both, if many enough.
    Not `exact`: every number is the next lower five.
    """

    added: Moved
    removed: Moved
    own: tuple[str, ...]
    looked_at: int | None
    exact: bool = False


def preview_change(service_id: UUID, own: Mapping[str, Any], tx: MatchingTransaction) -> Preview:
    """Return whom the entry would fit if the service said *own* of itself; nothing is written."""
    service = tx.service_row(service_id)
    coordinates = COORDINATOR in tx.actor.roles
    if service is None or not (coordinates or tx.actor.agency_id == service.agency_id):
        raise ServiceNotFoundError
    shared = tx.shared_of(service.agency_id)
    before = criteria_of(service.entry)
    after = criteria_in(completed(resolve(own, shared)))
    them = {str(service.agency_id), str(service_id)}
    known = tx.open_requests(MOST_LOOKED_AT)
    rows = [row for row in known if them.isdisjoint(row.hidden_from_agencies)]
    added, removed = _moved(rows, before, after)
    live = tx.live_at(service_id, sorted(LIVE))
    theirs = {row.id for row in removed}
    return Preview(
        added=_told([row.reference for row in added], named=coordinates),
        removed=_told([row.reference for row in removed], named=coordinates),
        own=tuple(sorted(row.reference for row in live if row.request_id in theirs)),
        looked_at=_told([row.reference for row in rows], named=coordinates).count,
        exact=coordinates,
    )


def _moved(
    rows: list[Row[Any]], before: Criteria, after: Criteria
) -> tuple[list[Row[Any]], list[Row[Any]]]:
    added, removed = [], []
    for row in rows:
        known = situation_of(row, row.source)
        fitted = judge(before, known)[0] is not Result.NOT_MET
        fits = judge(after, known)[0] is not Result.NOT_MET
        if fits and not fitted:
            added.append(row)
        elif fitted and not fits:
            removed.append(row)
    return added, removed


def _told(references: list[str], *, named: bool) -> Moved:
    if named:
        return Moved(len(references), tuple(sorted(references)))
    return Moved(len(references) // FEWEST_TOLD * FEWEST_TOLD or None)
