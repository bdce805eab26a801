"""Agreements between agencies as their pages show them: rows, badges and boxes to tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import url_for

from services.matching.domain.deals import ADMITTED, ENDS_SOON_DAYS, Stage
from services.matching.domain.plain_deals import FOR, KINDS, STAGES, TONES
from services.matching.http import words
from services.matching.storage.deals import as_deal
from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction
    from shared.errors import Fault

PLACES = {"/starts_on": "starts-day", "/ends_on": "ends-day", "/agency_id": "agency"}


def listed(row: Row[Any], sides: Sequence[Row[Any]], today: date) -> list[Any]:
    """Return one agreement as a row of the list."""
    return [
        {"text": row.name, "href": url_for("deals.show", deal_id=row.id)},
        ", ".join(side.name for side in sides),
        words.short_day(row.starts_on),
        words.short_day(row.ends_on) if row.ends_on else "No end",
        badge(row, sides, today),
    ]


def badge(row: Row[Any], sides: Sequence[Row[Any]], today: date) -> dict[str, str]:
    """Return how an agreement stands as a whole."""
    deal = as_deal(row, sides)
    admitted = [side for side in deal.parties if side.stage in ADMITTED]
    if deal.ends_on and deal.ends_on < today:
        return {"text": "Expired", "tone": "urgent"}
    if today < deal.starts_on or len(admitted) < 2:  # noqa: PLR2004 - it takes two
        return {"text": "Not in force", "tone": "neutral"}
    if deal.ends_on and (deal.ends_on - today).days <= ENDS_SOON_DAYS:
        return {"text": "Ends soon", "tone": "today"}
    return {"text": "In force", "tone": "good"}


def facts(row: Row[Any]) -> list[dict[str, str]]:
    """Return what an agreement says."""
    return [
        {"key": "From", "value": words.day(row.starts_on)},
        {"key": "Until", "value": words.day(row.ends_on) if row.ends_on else "No end was set"},
        {"key": "What it is for", "value": ", ".join(FOR[one] for one in row.purposes)},
        {"key": "Information it covers", "value": "; ".join(map(_kind, row.categories))},
    ]


def party_row(deal: Row[Any], side: Row[Any], *, keeps: bool) -> list[Any]:
    """Return how one agency takes part; whoever keeps agreements is led to change it."""
    stage = Stage(side.stage)
    href = url_for("deals.stage", deal_id=deal.id, agency_id=side.agency_id)
    cells: list[Any] = [
        side.name,
        {"text": STAGES[stage], "tone": TONES[stage]},
        "Yes" if side.may_refer else "No",
        "Yes" if side.may_receive else "No",
        str(side.trial_limit) if side.trial_limit and stage is Stage.TRIAL else "No limit",
    ]
    return [*cells, {"text": f"Change {side.name}", "href": href}] if keeps else cells


def told(faults: Sequence[Fault]) -> dict[str, Any]:
    """Return what is wrong, for the summary and for each field."""
    places = {PLACES.get(f.pointer, f.pointer.strip("/")): f.detail for f in faults}
    return {
        "errors": [{"text": text, "href": f"#{place}"} for place, text in places.items()],
        "faults": {place: {"text": text} for place, text in places.items()},
    }


def kind_boxes(chosen: Sequence[str]) -> list[dict[str, Any]]:
    """Return the kinds of information as boxes to tick."""
    return [
        {"value": code, "text": _kind(code), "checked": code in chosen}
        for code in codes("categories")
    ]


def _kind(code: str) -> str:
    return KINDS.get(code) or words.words("categories", [code])


def purpose_boxes(chosen: Sequence[str]) -> list[dict[str, Any]]:
    """Return what an agreement may be for, as boxes to tick."""
    return [
        {"value": purpose, "text": text, "checked": purpose in chosen}
        for purpose, text in FOR.items()
    ]


def agency_boxes(tx: MatchingTransaction, chosen: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the agencies of the partnership as boxes, by name."""
    named = sorted(tx.agency_names().items(), key=lambda pair: (pair[1], pair[0]))
    return [{"value": str(i), "text": name, "checked": str(i) in chosen} for i, name in named]


def id_in(text: str) -> UUID | None:
    """Return the id that *text* is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
