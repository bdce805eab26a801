"""Searching the guide by need, place and age, before anybody writes a long form.

Promise: what is typed is only looked up, and no address of a page shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from services.matching.domain.criteria import Result, Situation
from services.matching.http.guide_words import entry_words
from services.matching.http.shapes import rank_words
from services.matching.usecases import check_eligibility
from shared.codes import codes
from shared.geography import area_of, known_areas, normalise_postcode
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.matching.domain.criteria import Finding
    from services.matching.http.entry_shapes import Reading
    from services.matching.storage import MatchingTransaction
    from services.matching.usecases.checking import Checked
    from shared.geography import Area

OLDEST = 130
MOST = 1000
NOT_A_POSTCODE = "Write your whole postcode, like SW18 2PU. Or leave it empty."
NOT_AN_AGE = "Write your age in years, like 34. Or leave it empty."
TO_SAY = {
    "area": "Your postcode tells if it is for your area.",
    "age": "Your age tells if it is for you.",
}
NOT_KNOWN = "We do not know this postcode, so we show services for every area."


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for; of a postcode that could be read only its area is kept."""

    need: str = ""
    postcode: str = ""
    age: str = ""
    ward: str = ""
    unknown: bool = False

    @property
    def faults(self) -> dict[str, str]:
        """Return what cannot be read, by field."""
        found = {}
        if self.postcode and not normalise_postcode(self.postcode):
            found["postcode"] = NOT_A_POSTCODE
        years = whole_number(self.age) if self.age else 0
        if years is None or years > OLDEST:
            found["age"] = NOT_AN_AGE
        return found

    @property
    def area(self) -> Area | None:
        """Return the area of the postcode, if there is one that we know."""
        if self.ward:
            return next((area for area in known_areas() if area.ward_code == self.ward), None)
        return area_of(self.postcode) if normalise_postcode(self.postcode) else None

    @property
    def situation(self) -> Situation:
        """Return what is known of whoever looks, as a service's criteria see it."""
        age = None if "age" in self.faults or not self.age else whole_number(self.age)
        area = self.area
        return Situation(needs=(self.need,), area_codes=area.codes if area else (), age=age)

    def without_postcode(self) -> dict[str, Any]:
        """Return what is held of it from page to page."""
        area = self.area
        return {
            "need": self.need,
            "age": self.age,
            "ward": area.ward_code if area else "",
            "unknown": bool(self.postcode) and area is None,
        }


def asked() -> Search:
    """Return what was typed; a need that is not on the list is none."""
    typed = request.form
    need = typed.get("need", "")
    known = need if need in codes("needs") else ""
    return Search(known, typed.get("postcode", "").strip(), typed.get("age", "").strip())


def found(search: Search, reader: Reading, tx: MatchingTransaction) -> list[dict[str, Any]]:
    """Return the entries that may fit, best first; without a need all of them by name."""
    if search.need:
        checked = check_eligibility(search.situation, reader.listed, tx)
        return [_fitting(one, reader, tx) for one in checked if _may_fit(one)]
    rows = tx.shown_services(listed=reader.listed, limit=MOST, own=reader.caller.agency_id)
    entries = [entry_words(row, tx.now, reader.of(row)) for row in rows]
    return sorted(entries, key=lambda entry: (entry["name"], entry["id"]))


def form_facts(search: Search) -> dict[str, Any]:
    """Return what the search form shows again."""
    area, faults = search.area, search.faults
    posted = search.postcode and "postcode" not in faults and area is None
    unknown = search.unknown or posted
    return {
        "needs": [{"value": "", "text": "Any help"}, *_need_items(search.need)],
        "need": codes("needs")[search.need].en if search.need else None,
        "area": area.district if area else None,
        "faults": faults,
        "notice": NOT_KNOWN if unknown else None,
        "typed": {
            "postcode": search.postcode if "postcode" in faults else "",
            "age": search.age,
        },
    }


def _may_fit(one: Checked) -> bool:
    return one.candidate.result is not Result.NOT_MET


def _fitting(one: Checked, reader: Reading, tx: MatchingTransaction) -> dict[str, Any]:
    asks = [finding for finding in one.candidate.findings if finding.ask]
    public = reader.caller.kind == "public"
    return {
        **entry_words(one.row, tx.now, reader.of(one.row)),
        "why": rank_words(one),
        "ask": list(_own_words(asks)) if public else [finding.ask for finding in asks],
    }


def _own_words(asks: Iterable[Finding]) -> Iterator[str]:
    """Yield what whoever looks for themselves can do about what is not known."""
    return (TO_SAY[finding.criterion] for finding in asks if finding.criterion in TO_SAY)


def _need_items(chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": code.code, "text": code.en, "selected": code.code == chosen}
        for code in codes("needs").values()
    ]
