"""An agency's own services: how each stands, what the guide says of it, and whether that holds.

Promise: each button does one thing and says that it is done; nothing here shows a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import Blueprint, redirect, render_template, request, url_for

from services.matching.domain import plain_guide as plain
from services.matching.domain.capacity import known, status
from services.matching.domain.clocks import local_date
from services.matching.domain.entries import inherited
from services.matching.domain.visibility import Audience
from services.matching.errors import ServiceNotFoundError
from services.matching.http import words
from services.matching.http.guide_words import closure_words, day, entry_words
from services.matching.http.rule_words import rule_words
from services.matching.storage.guide import entry_of, places_of, standing_of
from services.matching.usecases.closing import DECIDES, review_service, review_shared
from services.matching.usecases.editing import own_or_whole
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.matching.domain.capacity import Places
    from services.matching.storage import MatchingTransaction

bp = Blueprint("own_services", __name__, url_prefix="/agency/services")
READS = ("worker", "manager", "trustee", "agency_admin")
WRITES = ("manager",)
DONE = {
    "places": "Saved. Thank you for keeping this up to date.",
    "saved": "Saved. The guide says so from now on.",
    "begun": "Saved. Now say how many places there are.",
    "checked": "Thank you. The guide says that you checked this today.",
    "closed": "Closed to new referrals. People who wait keep their places and their clocks.",
    "reopened": "Open to referrals again.",
}
DECISIONS = {
    "closed": "Closed to new referrals",
    "reopened": "Opened again",
    "reviewed": "Checked",
    "paused": "Paused by the network",
    "unpaused": "The pause by the network ended",
}
SHARED_WORDS = {
    "area_codes": "where people must live",
    "languages": "languages",
    "interpreters": "interpreters",
    "categories": "what you need to be told",
    "contact": "whom to ask",
    "clock_profile": "what you promise",
    "threshold_guide": "when to refer",
    "occasional_support": "what people get while they wait",
    "address": "address",
    "postcode": "postcode",
    "website": "website",
    "location": "what is shown of the place",
    "contact_public": "what the public is told of whom to ask",
    "listed": "who finds the entry",
}


@bp.get("")
@staff(*READS)
def listed() -> str:
    """Show every service of one's agency, with its places to update in one click."""
    agency_id = principal().agency_id
    with current_store().read(principal()) as tx:
        rows = tx.services_of(agency_id) if agency_id is not None else []
        waits = tx.waiting_shown(rows)
        lines = (_line(row, waits[row.id], tx) for row in rows)
        services = sorted(lines, key=lambda s: (s["name"], s["id"]))
    return render_template(
        "matching/services.html",
        services=services,
        writes=_may(WRITES),
        decides=_may(DECIDES),
        updates=_may(("worker", "manager")),
        done=DONE.get(request.args.get("done", "")),
    )


@bp.get("/<uuid:service_id>")
@staff(*READS)
def show(service_id: UUID) -> str:
    """Show what the guide says of one service, who sees it, and what was decided."""
    with current_store().read() as tx:
        row = own_row(service_id, tx)
        told = entry_words(row, tx.now, Audience.OWN)
        own, shared = own_or_whole(row, tx), tx.shared_of(row.agency_id)
        return render_template(
            "matching/service.html",
            entry=told,
            closed=row.closed,
            lapsed=_lapsed(row, tx),
            due=plain.check_due(row.reviewed_on, local_date(tx.now)),
            seen=_seen(row),
            rules=[rule_words(one) for one in own.get("rules") or ()],
            inherited=[SHARED_WORDS[name] for name in inherited(own, shared)],
            decisions=[_decision(one) for one in tx.decisions(service_id)],
            writes=_may(WRITES),
            decides=_may(DECIDES),
            updates=_may(("worker", "manager")),
            done=DONE.get(request.args.get("done", "")),
        )


@bp.post("/<uuid:service_id>/review")
@staff(*WRITES)
def review(service_id: UUID) -> ResponseReturnValue:
    """Write that the whole entry was checked today (K15)."""
    with current_store().begin(actor=principal()) as tx:
        review_service(service_id, tx)
    return redirect(url_for("own_services.show", service_id=service_id, done="checked"), code=303)


@bp.post("/for-all/review")
@staff(*WRITES)
def review_all() -> ResponseReturnValue:
    """Write that what the agency says for all its services was checked today."""
    with current_store().begin(actor=principal()) as tx:
        review_shared(tx)
    return redirect(url_for("own_services.listed", done="checked"), code=303)


def own_row(service_id: UUID, tx: MatchingTransaction) -> Row[Any]:
    """Return a service of the caller's agency with all that its page shows, or answer 404."""
    row = tx.shown_service(service_id)
    if row is None or row.agency_id != principal().agency_id:
        raise ServiceNotFoundError
    return row


def _may(roles: Any) -> bool:  # noqa: ANN401 - names of roles
    return not principal().roles.isdisjoint(roles)


def _line(row: Row[Any], waits: int, tx: MatchingTransaction) -> dict[str, Any]:
    figure, standing = places_of(row), standing_of(row)
    today = local_date(tx.now)
    return {
        "id": row.id,
        "name": entry_of(row.entry)["name"],
        "badge": words.status_badge(status(standing, tx.now)),
        "figure": figure,
        "as_of": day(local_date(row.as_of)) if row.as_of else None,
        "stale": figure is not None and known(standing, tx.now) is None,
        "version": row.capacity_version,
        "takes_waiting_list": row.takes_waiting_list,
        "waiting": waits,
        "buttons": _buttons(figure) if figure else [],
        "closed": row.closed,
        "closure": closure_words(row.closure) if row.closed else None,
        "lapsed": _lapsed(row, tx),
        "listed": plain.LISTED[row.listed],
        "due": plain.check_due(row.reviewed_on, today),
        "due_now": today > plain.warned_on(row.reviewed_on),
    }


def _buttons(figure: Places) -> list[dict[str, Any]]:
    """Return the figures one click away: each is what holds from now on, held places counted."""
    base = max(0, figure.places - figure.accepted)
    found = [(base, f"Still {figure.free} free"), (base + 1, "One more")]
    if figure.free:
        found.append((base - 1, "One fewer"))
    if figure.free > 1:
        found.append((figure.reserved, "Full now"))
    return [{"places": places, "text": text} for places, text in found]


def _lapsed(row: Row[Any], tx: MatchingTransaction) -> bool:
    until = (row.closure or {}).get("until") if row.closed else None
    return until is not None and until <= local_date(tx.now).isoformat()


def _seen(row: Row[Any]) -> list[dict[str, str]]:
    entry = entry_of(row.entry)
    return [
        {"key": "Who finds it", "value": plain.LISTED[row.listed]},
        {"key": "Place", "value": plain.LOCATION[entry["location"]]},
        {"key": "Contact for the public", "value": plain.CONTACT_PUBLIC[entry["contact_public"]]},
    ]


def _decision(one: Row[Any]) -> dict[str, str]:
    until = f" Until {day(one.until)}." if one.until else ""
    said = " ".join(filter(None, [one.reason, one.plan_for_waiting]))
    return {
        "title": DECISIONS[one.kind],
        "at": day(local_date(one.at)),
        "datetime": one.at.isoformat(),
        "by": one.decided_by,
        "text": f"{said}{until}".strip(),
    }
