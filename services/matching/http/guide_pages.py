"""The public guide: who helps with what, where, and whether there are places.

Promise: a postcode is only looked up; it is not kept, and neither the answer nor the
address of the page, which a browser remembers, shows it or what help was looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from services.matching.domain.capacity import status
from services.matching.domain.criteria import Result, Situation
from services.matching.http import words
from services.matching.http.shapes import rank_words
from services.matching.storage.guide import entry_of, standing_of
from services.matching.usecases import check_eligibility
from shared.codes import codes
from shared.geography import area_of, normalise_postcode
from shared.web import current_store
from shared.web.access import public

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

bp = Blueprint("guide", __name__, url_prefix="/guide")
PUBLIC = ("public",)
MOST = 1000
NOT_A_POSTCODE = "Write your whole postcode, like SW18 2PU. Or leave it empty."
NOT_KNOWN = "We do not know this postcode, so we show services for every area."


@bp.get("")
@bp.post("")
@public("finding help needs no account")
def guide() -> ResponseReturnValue:
    """Show the services, or those that fit a need and a place."""
    need, postcode = request.values.get("need", ""), request.values.get("postcode", "").strip()
    need = need if need in codes("needs") else ""
    fault = NOT_A_POSTCODE if postcode and not normalise_postcode(postcode) else None
    area = area_of(postcode) if postcode and not fault else None
    with current_store().read() as tx:
        if need:
            situation = Situation(needs=(need,), area_codes=area.codes if area else ())
            items = [
                _item(c.row, tx.now, rank_words(c), _to_ask(c.candidate.findings))
                for c in check_eligibility(situation, PUBLIC, tx)
                if c.candidate.result is not Result.NOT_MET
            ]
        else:
            rows = tx.shown_services(listed=PUBLIC, limit=MOST)
            items = sorted((_item(row, tx.now) for row in rows), key=lambda i: str(i["name"]))
    page = render_template(
        "matching/guide.html",
        items=items,
        needs=[{"value": "", "text": "Any help"}, *_need_items(need)],
        need=codes("needs")[need].en if need else None,
        area=area.district if area else None,
        fault=fault,
        notice=NOT_KNOWN if postcode and not fault and area is None else None,
        typed=postcode if fault else "",
    )
    return page, 422 if fault else 200


def _need_items(chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": code.code, "text": code.en, "selected": code.code == chosen}
        for code in codes("needs").values()
    ]


def _item(row: Row[Any], now: datetime, why: str = "", ask: tuple[str, ...] = ()) -> dict[str, Any]:
    entry = entry_of(row.entry)
    return {
        "id": row.id,
        "name": entry["name"],
        "agency": row.agency_name,
        "phone": row.agency_phone,
        "description": entry["description"],
        "who_for": entry["who_for"],
        "needs": words.words("needs", entry["needs"]),
        "area": words.area_words(entry["area_codes"]) if entry["area_codes"] else "Anywhere",
        "badge": words.status_badge(status(standing_of(row), now)),
        "wait": entry["forecast_wait_days"],
        "why": why,
        "ask": ask,
    }


def _to_ask(findings: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(finding.ask for finding in findings if finding.ask and finding.criterion == "area")
