"""Which entries a reader of the feed asked for, and which page of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.matching.open_referral.records import TAXONOMY, term_id
from services.matching.storage.feed import public_entries
from services.matching.storage.guide import entry_of
from shared.codes import codes
from shared.geography import area_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction

SEARCHED = ("name", "description", "who_for", "eligibility")


@dataclass(frozen=True, slots=True)
class Page:
    """Some of many, and how many those are."""

    total: int
    number: int
    per_page: int
    contents: Sequence[Any]

    def shape(self, contents: Sequence[Any]) -> dict[str, Any]:
        """Return the page as HSDS frames one, holding *contents*."""
        pages = -(-self.total // self.per_page)
        return {
            "total_items": self.total,
            "total_pages": pages,
            "page_number": self.number,
            "size": len(contents),
            "first_page": self.number == 1,
            "last_page": self.number >= pages,
            "empty": not contents,
            "contents": contents,
        }


def page(items: Sequence[Any], query: Mapping[str, Any]) -> Page:
    """Return the page of *items* that *query* asks for."""
    number, per_page = query["page"], query["per_page"]
    begins = (number - 1) * per_page
    return Page(len(items), number, per_page, items[begins : begins + per_page])


def chosen(query: Mapping[str, Any], tx: MatchingTransaction) -> list[Row[Any]]:
    """Return the public entries that *query* asks for, in the order of their ids."""
    needs = _needs(query)
    rows = public_entries(tx, needs=needs, agency_id=query["organization_id"])
    tests = [test(query) for name, test in TESTS.items() if query[name] is not None]
    return [row for row in rows if all(fits(entry_of(row.entry)) for fits in tests)]


def _needs(query: Mapping[str, Any]) -> list[str] | None:
    """Return the needs that a term, or our list as a whole, stands for; None: not asked."""
    term, taxonomy = query["taxonomy_term_id"], query["taxonomy_id"]
    if term is None and taxonomy is None:
        return None
    ours = list(codes("needs")) if taxonomy in {None, TAXONOMY} else []
    return [need for need in ours if term in {None, term_id(need)}]


def _says(query: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    words = str(query["search"]).casefold().split()

    def fits(entry: Mapping[str, Any]) -> bool:
        text = " ".join(entry[name] for name in SEARCHED).casefold()
        return all(word in text for word in words)

    return fits


def _takes_older(query: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    """Rule out services for which somebody of the asked minimum is too old."""
    return lambda entry: (
        entry["maximum_age"] is None or bool(entry["maximum_age"] >= query["minimum_age"])
    )


def _takes_younger(query: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    """Rule out services for which somebody of the asked maximum is too young."""
    return lambda entry: (
        entry["minimum_age"] is None or bool(entry["minimum_age"] <= query["maximum_age"])
    )


def _reaches(query: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    """Rule out services for other areas; an unknown postcode rules out none."""
    area = area_of(str(query["postcode"]))
    return lambda entry: (
        area is None or not entry["area_codes"] or not {*area.codes}.isdisjoint(entry["area_codes"])
    )


TESTS: Mapping[str, Callable[[Mapping[str, Any]], Callable[[Mapping[str, Any]], bool]]] = {
    "search": _says,
    "minimum_age": _takes_older,
    "maximum_age": _takes_younger,
    "postcode": _reaches,
}
"""What is asked of an entry's words and limits, by the name of the parameter."""
