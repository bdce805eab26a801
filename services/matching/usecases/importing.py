"""Taking entries somebody else wrote into the guide.

Promise: a row that cannot be used costs only itself, and every fault is told with its place.
A new entry counts as unassured until its agency reviews it here. What an agency decided here
(open or closed, who sees it) no file changes; the same file again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.matching.domain.capacity import UNMATCHED_AFTER_MONTHS
from services.matching.domain.clocks import add_months, local_date
from services.matching.errors import GuideRefusedError
from services.matching.guide_schema import read_guide
from services.matching.importing.drafts import Flaw
from services.matching.importing.judging import judged
from services.matching.messages import AgencyChanged
from services.matching.storage import feed
from services.matching.storage.guide import entry_of
from services.matching.usecases.editing import own_or_whole, write_entry
from services.matching.usecases.publishing import AGENCY, BESIDE
from services.matching.usecases.recognising import Recognising, UnusableError, as_uuid
from services.matching.usecases.telling import tell_capacity
from shared.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.importing.drafts import Draft, Reading
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


class Import:
    """One file on its way in; *listed*: who finds a new entry that does not say it itself.

    Without *write* nothing is written, and only told what would come of it.
    """

    def __init__(
        self, reading: Reading, *, listed: str = DEFAULT_LISTED, write: bool = True
    ) -> None:
        self.result = Imported(refused=[*reading.refused], remarks=[*reading.remarks])
        self._source, self._listed, self._write = reading.source, listed, write
        self._known = Recognising()

    def take(self, drafts: Sequence[Draft], tx: MatchingTransaction) -> None:
        """Take these rows of the file, each as far as it can be used."""
        if tx.actor.kind != "system" and not {"coordinator", "manager"} & tx.actor.roles:
            raise ForbiddenError("Only a coordinator or a manager may import entries.")
        for draft in drafts:
            try:
                self._take(draft, tx)
            except UnusableError as unusable:
                self.result.refused += unusable.flaws

    def _take(self, draft: Draft, tx: MatchingTransaction) -> None:
        agency_id = self._known.agency(draft, tx) or self._new_agency(draft, tx)
        known = self._known.entry(draft, agency_id, tx)
        if known is None:
            self._add(draft, agency_id, tx)
        else:
            self._change(draft, known, tx)

    def _new_agency(self, draft: Draft, tx: MatchingTransaction) -> UUID:
        """Bring an agency along, if the row says enough of it."""
        named = draft.organisation
        if not (named.name and named.values.get("mailbox")):
            told = f"We do not know the agency {named.name or named.id or 'of this row'}."
            detail = f"{told} To add it, give its name and its e-mail address."
            raise UnusableError(Flaw(draft.place, detail))
        agency_id = as_uuid(named.id) or tx.new_id()
        agency = {"kind": DEFAULT_KIND, **named.values, "id": str(agency_id), "name": named.name}
        try:
            (read,) = read_guide({"agencies": [agency]})["agencies"]
        except GuideRefusedError as error:
            flaws = [Flaw(draft.place, f"The agency: {fault.detail}") for fault in error.errors]
            raise UnusableError(*flaws) from error
        if self._write:
            values = {name: read[name] for name in AGENCY}
            tx.keep_agency(agency_id, 1, values)
            tx.announce(AgencyChanged(agency_id=agency_id, **values), sequence=1)
        self._known.came(agency_id, named.name)
        return agency_id

    def _add(self, draft: Draft, agency_id: UUID, tx: MatchingTransaction) -> None:
        service_id = as_uuid(draft.key) or tx.new_id()
        said = tx.shared_of(agency_id)
        told = {
            name: value
            for name, value in {"listed": self._listed, **draft.told}.items()
            if name not in VISIBILITY or said.get(name) is None
        }
        own = self._judged(draft, told, service_id, agency_id)
        self._known.added(service_id, own["name"], agency_id, draft)
        if self._write:
            self._write_down(service_id, agency_id, own, draft, tx)
        self.result.added.append(own["name"])

    def _write_down(
        self,
        service_id: UUID,
        agency_id: UUID,
        own: dict[str, Any],
        draft: Draft,
        tx: MatchingTransaction,
    ) -> None:
        unassured = _never_reviewed(local_date(tx.now))
        write_entry(
            service_id,
            agency_id,
            own,
            tx,
            reviewed_on=unassured,
            closed=draft.closed,
            paused=draft.paused,
        )
        feed.keep_origin(
            service_id,
            tx,
            agency_id=agency_id,
            source=self._source,
            source_key=draft.key,
            assured_on=draft.assured_on,
            unassured_since=unassured,
        )
        told = draft.figure
        if told is not None:
            as_of = min(told.as_of or tx.now, tx.now)
            waiting = told.takes_waiting_list
            tx.keep_figure(service_id, told.places, as_of, takes_waiting_list=waiting)
            tell_capacity(service_id, tx)

    def _change(self, draft: Draft, known: Row[Any], tx: MatchingTransaction) -> None:
        """Write what the row says otherwise; what it says alike stays its agency's word."""
        whole = {**entry_of(known.entry), "listed": known.listed}
        told = {name: _merged(value, whole.get(name)) for name, value in draft.told.items()}
        read = self._judged(draft, {**whole, **told}, known.id, known.agency_id)
        differs = {name: read[name] for name in told if read.get(name) != whole.get(name)}
        for name in VISIBILITY & differs.keys():
            place = draft.place_of(f"/services/0/{name}")
            self.result.remarks.append(Flaw(place, DECIDED_HERE))
            del differs[name]
        if differs and self._write:
            own = {**own_or_whole(known, tx), **differs}
            write_entry(known.id, known.agency_id, own, tx)
        (self.result.changed if differs else self.result.unchanged).append(read["name"])

    def _judged(
        self, draft: Draft, told: Mapping[str, Any], service_id: UUID, agency_id: UUID
    ) -> dict[str, Any]:
        ids = {"id": str(service_id), "agency_id": str(agency_id)}
        entry, faults, remarks = judged(draft, {**told, **ids})
        if entry is None:
            raise UnusableError(*faults)
        self.result.remarks += remarks
        return {name: value for name, value in entry.items() if name not in BESIDE}


def _never_reviewed(today: date) -> date:
    """Return a review date with which nobody is sent to an entry that was not reviewed here."""
    return add_months(today, -UNMATCHED_AFTER_MONTHS) - timedelta(days=1)


def _merged(told: Any, known: Any) -> Any:  # noqa: ANN401 - the values of a field
    """Return what is told; of something in parts, the parts not told stay."""
    return {**known, **told} if isinstance(told, dict) and isinstance(known, dict) else told
