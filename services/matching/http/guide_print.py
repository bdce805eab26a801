"""The guide on paper: PDF/UA-1 (ISO 14289-1), tagged and titled, made by typst.

Promise: a file that is not accessible is not made at all; what only workers may find is on no
paper, for paper lies about. The same guide gives the same file.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import orjson
import typst
from flask import Response

from services.matching.domain import visibility as v
from services.matching.domain.clocks import local_date
from services.matching.http.guide_search import MOST
from services.matching.http.guide_words import day, entry_words
from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.matching.http.entry_shapes import Reading
    from services.matching.storage import MatchingTransaction

TEMPLATE = Path(__file__).parent.parent / "templates" / "matching" / "guide.typ"
ONE_AT_A_TIME = Lock()
FITS_A_PAGE = 2000
LASTING = "Places and waits change. They were right on the day this was printed."
EDITIONS = {
    v.Audience.PUBLIC: "Who helps with what, and how to ask. For everyone.",
    v.Audience.PARTNER: "For partner agencies. Do not hand it on: it names people to ring.",
}


def printed(reader: Reading, tx: MatchingTransaction) -> Response:
    """Return the edition of the guide that *reader* may have, as a file to keep."""
    text = orjson.dumps(told(reader, tx), option=orjson.OPT_SORT_KEYS).decode()
    at = datetime.combine(local_date(tx.now), time.min, UTC)
    answer = Response(_compiled(text, int(at.timestamp())), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="guide.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def told(reader: Reading, tx: MatchingTransaction) -> dict[str, Any]:
    """Return all that stands on paper for *reader*: one edition for all, one for partners."""
    public = reader.caller.kind == "public"
    edition = v.Audience.PUBLIC if public else v.Audience.PARTNER
    rows = tx.shown_services(listed=v.LISTS[edition], limit=MOST)
    return _told([entry_words(row, tx.now, edition) for row in rows], edition, tx.now)


def _compiled(text: str, timestamp: int) -> bytes:
    with ONE_AT_A_TIME:  # many who ask at once wait for the first, and get the same file
        return _made(text, timestamp)


@lru_cache(maxsize=4)
def _made(text: str, timestamp: int) -> bytes:
    return typst.compile(
        TEMPLATE,
        format="pdf",
        sys_inputs={"told": text},
        pdf_standards="ua-1",
        timestamp=timestamp,
    )


def _told(entries: Iterable[dict[str, Any]], edition: v.Audience, now: datetime) -> dict[str, Any]:
    ordered = sorted(entries, key=lambda e: (e["agency"], e["name"], e["id"]))
    return {
        "title": "Referral guide",
        "edition": EDITIONS[edition],
        "printed": f"Printed on {day(local_date(now))}. {LASTING}",
        "needs": _by_need(ordered),
        "agencies": _by_agency(ordered),
    }


def _by_need(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = (
        {
            "need": code.en,
            "services": [
                {"label": _mark(entry), "text": f"{entry['name']}, {entry['agency']}"}
                for entry in entries
                if code.code in entry["need_codes"]
            ],
        }
        for code in sorted(codes("needs").values(), key=lambda code: code.en)
    )
    return [one for one in found if one["services"]]


def _by_agency(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict.fromkeys(entry["agency"] for entry in entries)
    return [
        {"agency": name, "services": [_entry(e) for e in entries if e["agency"] == name]}
        for name in names
    ]


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    contact = ", ".join(part for part in entry["contact"].values() if part)
    closure = entry["closure"] or {}
    until = f" Until {closure['until']}." if closure.get("until") else ""
    rows = {
        "Places": entry["badge"]["text"] + "." + until,
        "Usual wait": entry["wait"],
        "Helps with": entry["needs"],
        "Who it is for": entry["who_for"],
        "Rules": entry["eligibility"],
        "Where": entry["area"],
        "Ages": entry["ages"],
        "Languages": entry["languages"],
        "How much help": entry["bands"],
        "When to refer": entry["threshold_guide"],
        "While waiting": entry["occasional_support"],
        "What to bring": entry["what_to_bring"],
        "Contact": contact or entry["agency_phone"],
        "Address": ", ".join(filter(None, [entry["address"], entry["postcode"]])) or entry["place"],
        "Website": entry["website"],
        "Checked": entry["checked"],
    }
    told = [[key, value] for key, value in rows.items() if value]
    return {
        "label": _mark(entry),
        "name": entry["name"],
        "description": entry["description"],
        "rows": told,
        "short": sum(len(value) for _, value in told) < FITS_A_PAGE,
    }


def _mark(entry: dict[str, Any]) -> str:
    return f"service-{entry['id']}"
