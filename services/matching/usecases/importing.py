"""Taking entries somebody else wrote into the guide.

Promise: a row that cannot be used costs only itself, and every fault is told with its place.
A new entry counts as unassured until its agency reviews it here. What an agency decided here
(open or closed, who sees it) no file changes; the same file again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.domain.capacity import UNMATCHED_AFTER_MONTHS
from services.matching.domain.clocks import add_months
from services.matching.errors import GuideRefusedError
from services.matching.guide_schema import read_guide
from services.matching.importing.drafts import Flaw
from services.matching.importing.judging import judged
from services.matching.messages import AgencyChanged
from services.matching.storage import feed
from services.matching.storage.guide import entry_of
from services.matching.usecases.editing import own_or_whole, write_entry
from services.matching.usecases.publishing import AGENCY, BESIDE
from services.matching.usecases.telling import tell_capacity
from shared.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from services.matching.importing.drafts import Draft, Organisation, Reading
    from services.matching.storage import MatchingTransaction

DEFAULT_LISTED = "partners"
DEFAULT_KIND = "voluntary"
VISIBILITY = frozenset({"listed", "location", "contact_public"})
DECIDED_HERE = "Who may see this is decided on the entry's own page. We left it as it was."


@dataclass(slots=True)
class Imported:
    """What came of a file: entries by name, rows refused, and what was left out of others."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[Flaw] = field(default_factory=list)
    remarks: list[Flaw] = field(default_factory=list)


def import_entries(
    reading: Reading, tx: MatchingTransaction, *, listed: str = DEFAULT_LISTED
) -> Imported:
    """Take every usable row of *reading*; *listed*: who finds a new entry that does not say."""
    if tx.actor.kind != "system" and not {"coordinator", "manager"} & tx.actor.roles:
        raise ForbiddenError("Only a coordinator or a manager may import entries.")
    importing = _Importing(reading.source, listed, tx)
    importing.result.refused += reading.refused
    importing.result.remarks += reading.remarks
    for draft in reading.drafts:
        try:
            importing.take(draft)
        except _Unusable as unusable:
            importing.result.refused += unusable.flaws
    return importing.result


class _Unusable(Exception):  # noqa: N818 - never leaves this module
    """A row that cannot be used; holds what is wrong with it."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__(len(flaws))
        self.flaws = flaws


class _Importing:
    """One file on its way in."""

    def __init__(self, source: str, listed: str, tx: MatchingTransaction) -> None:
        self.result = Imported()
        self._source, self._listed, self._tx = source, listed, tx
        self._agencies = {_folded(name): i for i, name in tx.agency_names().items()}
        self._names: dict[UUID, dict[str, UUID]] = {}
        self._seen: dict[UUID, str] = {}

    def take(self, draft: Draft) -> None:
        """Write one row down, as a new entry or as a change of the one it names."""
        agency_id = self._agency(draft)
        known = self._known(draft, agency_id)
        if known is None:
            self._add(draft, agency_id)
        else:
            self._change(draft, known)

    def _agency(self, draft: Draft) -> UUID:
        """Return whose entry it is; a coordinator may bring a new agency along."""
        actor, named = self._tx.actor, draft.organisation
        found = self._named_agency(named)
        mine = actor.agency_id
        if actor.kind == "system" or "coordinator" in actor.roles:
            return found or self._new_agency(draft)
        if (
            mine is None
            or (found is None and (named.id or named.name))
            or found not in {None, mine}
        ):
            raise _Unusable(Flaw(draft.place, "This is not an entry of your own agency."))
        return mine

    def _named_agency(self, named: Organisation) -> UUID | None:
        by_id = _uuid(named.id)
        if by_id is not None and self._tx.agency(by_id) is not None:
            return by_id
        return self._agencies.get(_folded(named.name)) if named.name else None

    def _new_agency(self, draft: Draft) -> UUID:
        named = draft.organisation
        if not (named.name and named.values.get("mailbox")):
            told = f"We do not know the agency {named.name or named.id or 'of this row'}."
            detail = f"{told} To add it, give its name and its e-mail address."
            raise _Unusable(Flaw(draft.place, detail))
        agency_id = _uuid(named.id) or self._tx.new_id()
        agency = {"kind": DEFAULT_KIND, **named.values, "id": str(agency_id), "name": named.name}
        try:
            (read,) = read_guide({"agencies": [agency]})["agencies"]
        except GuideRefusedError as error:
            flaws = [Flaw(draft.place, f"The agency: {fault.detail}") for fault in error.errors]
            raise _Unusable(*flaws) from error
        values = {name: read[name] for name in AGENCY}
        self._tx.keep_agency(agency_id, 1, values)
        self._tx.announce(AgencyChanged(agency_id=agency_id, **values), sequence=1)
        self._agencies[_folded(named.name)] = agency_id
        return agency_id

    def _known(self, draft: Draft, agency_id: UUID) -> Row[Any] | None:
        """Return the entry a row is about: by its id, by how its source knows it, by its name."""
        by_key = _uuid(draft.key)
        row = self._tx.service_row(by_key) if by_key else None
        if row is not None and row.agency_id != agency_id:
            raise _Unusable(Flaw(draft.place_of("/services/0/id"), "This id is another agency's."))
        found = row.id if row is not None else None
        if found is None and draft.key:
            found = feed.origin(agency_id, draft.key, self._tx)
        if found is None and by_key is None:
            found = self._names_of(agency_id).get(_folded(draft.told.get("name", "")))
        if found is None:
            return None
        self._only_once(found, draft)
        return self._tx.service_row(found)

    def _names_of(self, agency_id: UUID) -> dict[str, UUID]:
        if agency_id not in self._names:
            rows = self._tx.services_of(agency_id)
            self._names[agency_id] = {_folded(entry_of(row.entry)["name"]): row.id for row in rows}
        return self._names[agency_id]

    def _only_once(self, service_id: UUID, draft: Draft) -> None:
        before = self._seen.setdefault(service_id, draft.place)
        if before != draft.place:
            raise _Unusable(Flaw(draft.place, f"The same service stands at {before} already."))

    def _add(self, draft: Draft, agency_id: UUID) -> None:
        service_id = _uuid(draft.key) or self._tx.new_id()
        said = self._tx.shared_of(agency_id)
        told = {
            name: value
            for name, value in {"listed": self._listed, **draft.told}.items()
            if name not in VISIBILITY or said.get(name) is None
        }
        own = self._judged(draft, told, service_id, agency_id)
        unassured = add_months(self._tx.now.date(), -UNMATCHED_AFTER_MONTHS) - timedelta(days=1)
        write_entry(
            service_id, agency_id, own, self._tx, reviewed_on=unassured, closed=draft.closed
        )
        feed.keep_origin(
            service_id,
            self._tx,
            agency_id=agency_id,
            source=self._source,
            source_key=draft.key,
            assured_on=draft.assured_on,
            unassured_since=unassured,
        )
        self._figure(draft, service_id)
        self._only_once(service_id, draft)
        self._names_of(agency_id)[_folded(own["name"])] = service_id
        self.result.added.append(own["name"])

    def _figure(self, draft: Draft, service_id: UUID) -> None:
        told = draft.figure
        if told is None:
            return
        as_of = min(told.as_of or self._tx.now, self._tx.now)
        waiting = told.takes_waiting_list
        self._tx.keep_figure(service_id, told.places, as_of, takes_waiting_list=waiting)
        tell_capacity(service_id, self._tx)

    def _change(self, draft: Draft, known: Row[Any]) -> None:
        """Write what the row says otherwise; what it says alike stays its agency's word."""
        whole = {**entry_of(known.entry), "listed": known.listed}
        told = {name: _merged(value, whole.get(name)) for name, value in draft.told.items()}
        read = self._judged(draft, {**whole, **told}, known.id, known.agency_id)
        differs = {name: read[name] for name in told if read.get(name) != whole.get(name)}
        for name in VISIBILITY & differs.keys():
            place = draft.place_of(f"/services/0/{name}")
            self.result.remarks.append(Flaw(place, DECIDED_HERE))
            del differs[name]
        before = own_or_whole(known, self._tx)
        is_new = bool(differs) and write_entry(
            known.id, known.agency_id, {**before, **differs}, self._tx
        )
        (self.result.changed if is_new else self.result.unchanged).append(read["name"])

    def _judged(
        self, draft: Draft, told: Mapping[str, Any], service_id: UUID, agency_id: UUID
    ) -> dict[str, Any]:
        ids = {"id": str(service_id), "agency_id": str(agency_id)}
        entry, faults, remarks = judged(draft, {**told, **ids})
        if entry is None:
            raise _Unusable(*faults)
        self.result.remarks += remarks
        return {name: value for name, value in entry.items() if name not in BESIDE}


def _merged(told: Any, known: Any) -> Any:  # noqa: ANN401 - the values of a field
    """Return what is told; of something in parts, the parts not told stay."""
    return {**known, **told} if isinstance(told, dict) and isinstance(known, dict) else told


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
