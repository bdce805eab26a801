"""Who waits for each service, since when, and what was promised to them.

Promise: the board says nobody on it is supported yet; the urgent lead, then waiting and risk
count together, and nothing on it says who somebody is.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for

from services.matching.domain.transitions import State
from services.matching.http import words
from services.matching.http.portal import bp, own_agency
from services.matching.http.referral_rows import CLOCK_WORDS
from services.matching.http.shapes import dues_of
from services.matching.storage.guide import entry_of, places_of
from services.matching.usecases import content_of
from services.matching.usecases.queueing import waiting_queue
from services.matching.working_days import calendar_for
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.matching.domain.clocks import Calendar
    from services.matching.storage import MatchingTransaction

    Place = tuple[int, Row[Any]]

PAGE = 50
COLUMNS = (
    "Reference",
    "Next in line",
    "Help wanted",
    "Urgency",
    "Asked on",
    "Days waited",
    "Expected to start",
    "Next due",
    "Looked after by",
)


@bp.get("/waiting")
@staff("worker", "manager")
def waiting() -> ResponseReturnValue:
    """Show the waiting list of one service, whoever should start next first."""
    page = max(1, whole_number(request.args.get("page", "")) or 1)
    with current_store().read(principal()) as tx:
        services = tx.services_of(own_agency())
        waits = tx.waiting_shown(services)
        chosen = _chosen(services, waits)
        found = _page_of(chosen.id, page, tx) if chosen else []
        calendar = calendar_for(tx.nation())
        return render_template(
            "matching/waiting.html",
            service=entry_of(chosen.entry)["name"] if chosen else None,
            tabs=[_tab(row, chosen.id, waits) for row in services] if chosen else [],
            counts=_counts(chosen, waits[chosen.id], found, tx) if chosen else [],
            columns=COLUMNS,
            rows=_rows(found[:PAGE], calendar, tx),
            before=_at(chosen.id, page - 1) if page > 1 and chosen else None,
            after=_at(chosen.id, page + 1) if len(found) > PAGE and chosen else None,
        )


def _page_of(service_id: UUID, page: int, tx: MatchingTransaction) -> list[Place]:
    """Return one page of who waits and one more, each with its place, the next to start first."""
    queue = (one.what for one in waiting_queue(service_id, tx))
    waits = enumerate((row for row in queue if row.state == State.WAITING), 1)
    places = list(islice(waits, (page - 1) * PAGE, page * PAGE + 1))
    rows = tx.waits_listed([row.id for _, row in places])
    return [(place, rows[row.id]) for place, row in places if row.id in rows]


def _chosen(services: list[Row[Any]], waits: dict[UUID, int]) -> Row[Any] | None:
    """Return the service asked for, else the one most people wait for."""
    asked = request.args.get("service", "")
    named = next((row for row in services if str(row.id) == asked), None)
    return named or max(services, key=lambda row: waits[row.id], default=None)


def _at(service_id: UUID, page: int = 1) -> str:
    return url_for("portal.waiting", service=service_id, page=page if page > 1 else None)


def _tab(row: Row[Any], chosen: UUID, waits: dict[UUID, int]) -> dict[str, Any]:
    return {
        "text": entry_of(row.entry)["name"],
        "href": _at(row.id),
        "count": waits[row.id],
        "current": row.id == chosen,
    }


def _counts(
    chosen: Row[Any], waits: int, found: list[Place], tx: MatchingTransaction
) -> list[dict[str, Any]]:
    figure = places_of(chosen)
    due = [row.due_at for _, row in found[:PAGE]]
    late = sum(1 for moment in due if moment is not None and moment < tx.now)
    free = str(figure.free) if figure else "Not told"
    return [
        {"text": "Waiting", "number": str(waits)},
        {
            "text": "Overdue on this page",
            "number": str(late),
            "tone": "urgent" if late else "neutral",
        },
        {
            "text": "Free places",
            "number": free,
            "tone": "good" if figure and figure.free else "neutral",
        },
    ]


def _rows(found: list[Place], calendar: Calendar, tx: MatchingTransaction) -> list[list[Any]]:
    people = tx.staff_names(own_agency()) if found else {}
    today = calendar.local_date(tx.now)
    content = content_of([row for _, row in found], principal(), tx)
    return [
        [
            {"text": row.reference, "href": url_for("portal.show", referral_id=row.id)},
            str(place),
            *words.asked_for(row, content),
            words.short_day(calendar.local_date(row.sent_at)),
            str((today - calendar.local_date(row.sent_at)).days),
            words.short_day(row.forecast_start) if row.forecast_start else "Not known",
            _due(row, calendar, tx),
            people.get(str(row.assigned_to), "Nobody yet"),
        ]
        for place, row in found
    ]


def _due(row: Row[Any], calendar: Calendar, tx: MatchingTransaction) -> str | dict[str, str]:
    soonest = next(iter(dues_of(row)), None)
    if soonest is None:
        return "Nothing due"
    clock, at = soonest
    when = words.answer_by(at, calendar, day_as=words.short_day)
    due = f"{CLOCK_WORDS.get(clock, 'Due')} {when}"
    return {"text": f"Overdue. {due}", "tone": "urgent"} if at < tx.now else due
