"""Which agency and which entry a row of an imported file is about.

Promise: a row about somebody else's entry is refused, and each entry is told of once in a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.importing.drafts import Flaw
from services.matching.storage import feed
from services.matching.storage.guide import entry_of

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.matching.importing.drafts import Draft, Organisation
    from services.matching.storage import MatchingTransaction

NOT_OWN = "This is not an entry of your own agency."


class UnusableError(Exception):
    """A row that cannot be used; holds what is wrong. Never leaves the import."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__(len(flaws))
        self.flaws = flaws


class Recognising:
    """What is known of agencies and entries while one file is on its way in."""

    def __init__(self) -> None:
        self._agencies: dict[str, UUID] | None = None
        self._names: dict[UUID, dict[str, UUID]] = {}
        self._seen: dict[UUID, str] = {}

    def agency(self, draft: Draft, tx: MatchingTransaction) -> UUID | None:
        """Return whose entry it is, None for an agency that only a coordinator may bring."""
        actor, named = tx.actor, draft.organisation
        found = self._named(named, tx)
        if actor.kind == "system" or "coordinator" in actor.roles:
            return found
        mine = actor.agency_id
        other = found != mine if found else bool(named.id or named.name)
        if mine is None or other:
            raise UnusableError(Flaw(draft.place, NOT_OWN))
        return mine

    def entry(self, draft: Draft, agency_id: UUID, tx: MatchingTransaction) -> Row[Any] | None:
        """Return the entry: by its id, by how its source knows it, by its name; None: a new one."""
        by_key = as_uuid(draft.key)
        row = tx.service_row(by_key) if by_key else None
        if row is not None and row.agency_id != agency_id:
            detail = "This id is another agency's."
            raise UnusableError(Flaw(draft.place_of("/services/0/id"), detail))
        found = row.id if row is not None else None
        if found is None and draft.key:
            found = feed.origin(agency_id, draft.key, tx)
        if found is None and by_key is None:
            found = self._names_of(agency_id, tx).get(folded(draft.told.get("name", "")))
        if found is not None:
            self._only_once(found, draft)
        return tx.service_row(found) if found is not None else None

    def came(self, agency_id: UUID, name: str) -> None:
        """Remember an agency that came with the file."""
        if self._agencies is not None:
            self._agencies[folded(name)] = agency_id

    def added(self, service_id: UUID, name: str, agency_id: UUID, draft: Draft) -> None:
        """Remember an entry that came with the file, so that it comes once."""
        self._only_once(service_id, draft)
        self._names.setdefault(agency_id, {})[folded(name)] = service_id

    def _named(self, named: Organisation, tx: MatchingTransaction) -> UUID | None:
        by_id = as_uuid(named.id)
        if by_id is not None and tx.agency(by_id) is not None:
            return by_id
        if self._agencies is None:
            self._agencies = {folded(name): known for known, name in tx.agency_names().items()}
        return self._agencies.get(folded(named.name)) if named.name else None

    def _names_of(self, agency_id: UUID, tx: MatchingTransaction) -> dict[str, UUID]:
        if agency_id not in self._names:
            rows = tx.services_of(agency_id)
            self._names[agency_id] = {folded(entry_of(row.entry)["name"]): row.id for row in rows}
        return self._names[agency_id]

    def _only_once(self, service_id: UUID, draft: Draft) -> None:
        before = self._seen.setdefault(service_id, draft.place)
        if before != draft.place:
            raise UnusableError(Flaw(draft.place, f"The same service stands at {before} already."))


def folded(name: str) -> str:
    """Return *name* as it is compared."""
    return " ".join(name.casefold().split())


def as_uuid(text: str) -> UUID | None:
    """Return the id that *text* is, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
