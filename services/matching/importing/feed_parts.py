"""The parts of one record of Open Referral UK, each turned into what our guide calls it.

Promise: a limit that cannot be read refuses the record, for without it people would be sent
wrong. What HSDS has no home for is taken from our own extension, where a feed has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from services.matching.importing import cells
from services.matching.importing.drafts import Draft, Figure, Flaw, Organisation
from services.matching.importing.need_words import OTHER, need_of
from services.matching.open_referral.extension import PLAIN
from shared.codes import codes
from shared.geography import area_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLOSED, PAUSED, ENDED = "temporarily closed", "inactive", "defunct"
PLACES = {
    "needs": "attributes",
    "area_codes": "service_areas",
    "eligibility": "eligibility_description",
    "website": "url",
    "address": "service_at_locations",
    "postcode": "service_at_locations",
    "contact": "contacts",
}


class UnusableError(Exception):
    """A record that cannot be used; holds the flaw. Never leaves the reading of a feed."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.detail)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Record:
    """One record, where it stands, and what had to be left out of it."""

    place: str
    data: Mapping[str, Any]
    remarks: list[Flaw] = field(default_factory=list)

    def some(self, name: str) -> list[Mapping[str, Any]]:
        """Return the parts of one kind."""
        return [part for part in self.data.get(name) or () if isinstance(part, dict)]

    def text(self, name: str) -> str:
        """Return one text, empty where there is none."""
        return str(self.data.get(name) or "").strip()

    def extension(self) -> Mapping[str, Any]:
        """Return what only a feed of our own kind says."""
        return self.data.get("onward") or {}

    def remark(self, at: str, detail: str) -> None:
        """Note what was not taken."""
        self.remarks.append(Flaw(f"{self.place}/{at}", detail))


def draft_of(record: Record) -> Draft:
    """Return the draft of an entry."""
    if record.text("status") == ENDED:
        raise UnusableError(Flaw(f"{record.place}/status", "The feed says this service has ended."))
    told = {name: value for name, value in _told(record) if value not in (None, "", [], {})}
    places = {name: f"{record.place}/{PLACES.get(name, name)}" for name in told}
    extended = {name: f"{record.place}/onward/{name}" for name in told if name in PLAIN}
    return Draft(
        place=record.place,
        told=told,
        organisation=_organisation(record),
        places=places | extended,
        key=record.text("id"),
        figure=_figure(record),
        assured_on=_assured(record),
        closed=record.text("status") == CLOSED,
        paused=record.text("status") == PAUSED,
    )


def _told(record: Record) -> Iterator[tuple[str, Any]]:
    yield "name", record.text("name")
    yield "description", record.text("description")
    yield "eligibility", record.text("eligibility_description")
    for limit in ("minimum_age", "maximum_age"):
        yield limit, _years(record, limit)
    for name, read in READERS.items():
        yield name, read(record)
    yield "website", _website(record)
    yield from _location(record)
    yield from ((name, record.extension().get(name)) for name in PLAIN if name != "website")


def _website(record: Record) -> Any:  # noqa: ANN401 - whatever was sent
    """Leave out a page of the feed's own guide, named where there is no website."""
    own = record.extension()
    return own.get("website") if own else record.text("url")


def _years(record: Record, limit: str) -> int | None:
    value = record.data.get(limit)
    if value is None:
        return None
    years = float(value)
    if not years.is_integer():
        detail = "We keep whole years only."
        raise UnusableError(Flaw(f"{record.place}/{limit}", detail))
    return int(years)


def _needs(record: Record) -> list[str]:
    found: list[str] = []
    for number, attribute in enumerate(record.some("attributes")):
        term = attribute.get("taxonomy_term") or {}
        name = str(term.get("name") or term.get("term") or attribute.get("value") or "")
        need = need_of(str(term.get("code") or ""), name)
        if need is None and name:
            record.remark(f"attributes/{number}", "We have no word for this kind of help.")
        found += [need] if need else []
    if not found:
        record.remark("attributes", "No kind of help is one of ours: taken as Something else.")
    return list(dict.fromkeys(found)) or [OTHER]


def _areas(record: Record) -> list[str]:
    areas, found = record.some("service_areas"), []
    for number, area in enumerate(areas):
        told = (str(area.get(name) or "") for name in ("extent", "uri", "name"))
        known = (cells.area_of_name(text.rpartition("/")[2].strip()) for text in told)
        code = next((code for code in known if code), None)
        if code is None:
            record.remark(f"service_areas/{number}", "We do not know this area.")
        found += [code] if code else []
    if areas and not found:
        detail = "None of these areas can be found. Add the code of a district or ward."
        raise UnusableError(Flaw(f"{record.place}/service_areas", detail))
    return list(dict.fromkeys(found))


def _languages(record: Record) -> list[str]:
    found = []
    for number, language in enumerate(record.some("languages")):
        told = (str(language.get(name) or "") for name in ("code", "name"))
        known = (cells.code_of("languages", text) for text in told)
        code = next((code for code in known if code in codes("languages")), None)
        if code is None:
            record.remark(f"languages/{number}", "We do not know this language.")
        found.append(code or "other")
    return list(dict.fromkeys(found))


def _contact(record: Record) -> dict[str, str]:
    first = next(iter(record.some("contacts")), {})
    phones = [phone for phone in first.get("phones") or () if phone]
    told = {
        "name": first.get("name"),
        "role": first.get("title"),
        "email": first.get("email"),
        "phone": phones[0].get("number") if phones else None,
    }
    return {name: str(value) for name, value in told.items() if value}


def _location(record: Record) -> Iterator[tuple[str, str]]:
    places = [place.get("location") or {} for place in record.some("service_at_locations")]
    addresses = [one for place in places for one in place.get("addresses") or () if one]
    if not addresses:
        return
    first = addresses[0]
    postcode = str(first.get("postal_code") or "")
    area = area_of(postcode)
    city = first.get("city")
    lines = [first.get("address_1"), first.get("address_2")]
    # A town that the postcode tells already is not said twice.
    lines += [] if area is not None and city == area.district else [city]
    yield "address", ", ".join(str(line) for line in lines if line)
    yield "postcode", postcode


def _organisation(record: Record) -> Organisation:
    told = record.data.get("organization") or {}
    phones = [phone for phone in told.get("phones") or () if phone]
    values = {
        "mailbox": told.get("email"),
        "phone": phones[0].get("number") if phones else None,
        "kind": (told.get("onward") or {}).get("kind"),
    }
    known = {name: value for name, value in values.items() if value}
    org_id = told.get("id") or record.data.get("organization_id") or ""
    return Organisation(str(org_id), str(told.get("name") or ""), known)


def _figure(record: Record) -> Figure | None:
    first = next(iter(record.some("capacities")), None)
    if first is None or first.get("available") is None or not first.get("updated"):
        return None
    waiting = record.extension().get("takes_waiting_list") is True
    as_of = datetime.fromisoformat(first["updated"]).astimezone(UTC)
    return Figure(int(first["available"]), as_of, waiting)


def _assured(record: Record) -> date | None:
    told = record.text("assured_date")
    return date.fromisoformat(told) if told else None


READERS: Mapping[str, Callable[[Record], Any]] = {
    "needs": _needs,
    "area_codes": _areas,
    "languages": _languages,
    "contact": _contact,
}
"""How each of our fields is read that has a part of its own in the feed."""
