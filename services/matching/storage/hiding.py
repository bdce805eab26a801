"""From whom a person hides their request: said once for every list, page and command.

Promise: whoever any of the ids means that it is hidden from must not know of it: as themselves, as
their agency, or as one team among several of theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from services.matching.storage import tables as t
from shared.identity import ids_of
from shared.storage import Transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement, Row

    from shared.identity import Principal

_hidden = t.hidden_from.c


def hides(request_id: ColumnElement[UUID], caller: Principal) -> ColumnElement[bool]:
    """Return the condition that a request is hidden from *caller*."""
    meant = _hidden.staff_id.in_(sorted(caller.known_as()))
    return exists().where(_hidden.request_id == request_id, meant)


def known_as(member: Row[Any]) -> frozenset[str]:
    """Return every id that means a member of staff, as `Principal.known_as` does."""
    return ids_of(member.id, member.agency_id, member.teams)


class HidingRows(Transaction):
    """Reads of whom a request is hidden from."""

    def hidden_from(self, requests: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
        """Return which staff, agencies and teams must not know of each of these requests."""
        found: dict[UUID, set[str]] = {request_id: set() for request_id in requests}
        query = select(t.hidden_from).where(_hidden.request_id.in_(list(requests)))
        for row in self.all(query) if requests else ():
            found[row.request_id].add(row.staff_id)
        return {request_id: frozenset(who) for request_id, who in found.items()}

    def is_hidden_from(self, request_id: UUID, whom: Collection[str]) -> bool:
        """Tell whether a request is hidden from whoever is known as *whom*."""
        meant = (_hidden.request_id == request_id) & _hidden.staff_id.in_(sorted(whom))
        return self.one(select(_hidden.request_id).where(meant)) is not None
