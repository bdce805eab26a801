"""The agency's inbox: counts first, then the lists people work through, searched and sorted here.

Promise: what an address may ask for is a closed list, so an odd one still shows an inbox.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import render_template, request, url_for

from services.matching.domain.capacity import status
from services.matching.http import words
from services.matching.http.portal import bp, own_agency
from services.matching.storage.guide import entry_of, places_of, standing_of
from services.matching.storage.inbox import MOST_COUNTED, SHOWS, SORTS, TABS, Asked
from services.matching.usecases import content_of
from services.matching.usecases.commanding import ANSWERING_ROLES
from services.matching.working_days import calendar_for
from shared.codes import codes
from shared.web import current_store, navigation
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.matching.domain.clocks import Calendar
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.inbox import Counts

PAGE, MOST_FOUND, LONGEST_REFERENCE = 50, 50, 20
LAST_PAGE = 200  # whoever looks further asks for one service, one stage or a reference
HALF = 4  # of a reference, which is written with a dash between its halves
TAB_WORDS = {
    "open": "Open",
    "my": "My",
    "unassigned": "Unassigned",
    "completed": "Completed",
    "cancelled": "Cancelled",
}
SHOW_WORDS = {
    "new": ("New", "today"),
    "today": ("Due today", "today"),
    "overdue": ("Overdue", "urgent"),
    "urgent": ("Urgent", "urgent"),
    "waiting": ("Waiting", "neutral"),
    "unresolved": ("Unresolved", "today"),
}
SORT_WORDS = {"due": "Soonest due first", "newest": "Newest first", "oldest": "Oldest first"}
MEANS = {
    "cancelled": "Declined, returned, stopped or taken back.",
    "unresolved": "A question, a stop or a wish to cancel is still open.",
    "waiting": "Accepted, and not yet supported.",
    "unassigned": "Nobody in your agency looks after these yet.",
    "my": "Those that you look after.",
}
COLUMNS = (
    "Reference",
    "Service",
    "Help wanted",
    "Urgency",
    "Sent on",
    "Next due",
    "Looked after by",
    "Stage",
)


@bp.get("/")
@staff(*codes("roles"))
def inbox() -> ResponseReturnValue:
    """Show what an agency was sent, the soonest due first."""
    caller = principal()
    if not caller.roles & ANSWERING_ROLES:
        links = navigation.items("staff", caller, "")
        return render_template("matching/no_inbox.html", pages=links)
    asked = _asked()
    with current_store().read() as tx:
        calendar = calendar_for(tx.nation())
        ends = calendar.end_of(calendar.local_date(tx.now))
        found = (
            _found(asked, tx)
            if asked.reference
            else tx.inbox(caller, asked, today_ends=ends, size=PAGE)
        )
        services, more = tx.own_services(own_agency()), len(found) > PAGE
        return render_template(
            "matching/inbox.html",
            counts=_counts(tx.inbox_counts(caller, ends), asked),
            tabs=_tabs(asked),
            caption=_caption(asked),
            means=MEANS.get(asked.show or asked.tab),
            columns=COLUMNS,
            rows=_rows(found[:PAGE], services, calendar, tx),
            asked=asked,
            sorts=_choices(SORT_WORDS, asked.sort),
            choose_service=(choices := _service_choices(services, asked)),
            chosen=_chosen(asked, choices),
            before=_at(asked, page=asked.page - 1) if asked.page > 1 else None,
            after=_at(asked, page=asked.page + 1) if more and asked.page < LAST_PAGE else None,
            further=more and asked.page == LAST_PAGE,
            services=[_service_row(row, tx) for row in services],
        )


def _asked() -> Asked:
    told = request.args

    def one_of(name: str, known: tuple[str, ...], otherwise: str) -> str:
        return told.get(name, "") if told.get(name, "") in known else otherwise

    service = None
    with suppress(ValueError):
        service = UUID(told.get("service", ""))
    return Asked(
        tab=one_of("tab", TABS, "open"),
        show=one_of("show", SHOWS, ""),
        sort=one_of("sort", SORTS, "due"),
        service=service,
        reference=reference_typed(told.get("q", "")),
        page=min(max(1, whole_number(told.get("page", "")) or 1), LAST_PAGE),
    )


def reference_typed(text: str) -> str:
    """Return a reference, or the beginning of one, as it is written in mails."""
    plain = "".join(text.split()).upper()[:LONGEST_REFERENCE]
    return (
        f"{plain[:HALF]}-{plain[HALF:]}" if len(plain) == 2 * HALF and "-" not in plain else plain
    )


def _at(asked: Asked, **changed: Any) -> str:  # noqa: ANN401 - parts of an address
    """Return the address of the list asked for, changed in one part; the usual is left out."""
    usual, now = (
        Asked(),
        {name: getattr(asked, name) for name in ("tab", "show", "sort", "service")},
    )
    told = {**now, "page": 1, **changed}
    return url_for("portal.inbox", **{k: v for k, v in told.items() if v != getattr(usual, k)})


def _found(asked: Asked, tx: MatchingTransaction) -> list[Row[Any]]:
    return tx.referrals_called(principal(), asked.reference, most=MOST_FOUND)


def _caption(asked: Asked) -> str:
    if asked.reference:
        return f"Referrals called {asked.reference}"
    return SHOW_WORDS[asked.show][0] if asked.show else TAB_WORDS[asked.tab]


def _counts(counts: Counts, asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "text": SHOW_WORDS[name][0],
            "number": f"{number:,}" if number <= MOST_COUNTED else f"{MOST_COUNTED:,}+",
            "href": _at(Asked(service=asked.service), show=name),
            "tone": SHOW_WORDS[name][1] if number else "neutral",
        }
        for name, number in counts._asdict().items()
    ]


def _tabs(asked: Asked) -> list[dict[str, Any]]:
    listed = not asked.show and not asked.reference
    tabs = [
        {
            "text": text,
            "href": _at(Asked(service=asked.service, sort=asked.sort), tab=name),
            "current": listed and name == asked.tab,
        }
        for name, text in TAB_WORDS.items()
    ]
    return [*tabs, {"text": "Waiting list", "href": url_for("portal.waiting"), "current": False}]


def _choices(known: dict[str, str], chosen: str) -> list[dict[str, Any]]:
    return [{"value": v, "text": text, "selected": v == chosen} for v, text in known.items()]


def _service_choices(services: list[Row[Any]], asked: Asked) -> list[dict[str, Any]]:
    known = {"": "All services"}
    known |= {str(row.id): entry_of(row.entry)["name"] for row in services}
    return _choices(known, str(asked.service or "")) if len(services) > 1 else []


def _chosen(asked: Asked, services: list[dict[str, Any]]) -> list[str]:
    """Return in words what the list is narrowed to or ordered by, other than as usual."""
    service = [one["text"] for one in services if one["selected"] and one["value"]]
    order = [SORT_WORDS[asked.sort]] if asked.sort != Asked().sort else []
    return [*([asked.reference] if asked.reference else []), *service, *order]


def _rows(
    found: list[Row[Any]], services: list[Row[Any]], calendar: Calendar, tx: MatchingTransaction
) -> list[list[Any]]:
    agency_id, pages = own_agency(), url_for("portal.inbox")
    content = content_of(found, principal(), tx)
    names = {row.id: entry_of(row.entry)["name"] for row in services}
    people = tx.staff_names(agency_id) if found else {}
    return [
        [
            {"text": row.reference, "href": f"{pages}referrals/{row.id}"},
            names.get(row.service_id) or _named(row.service_id, tx),
            *words.asked_for(row, content),
            words.short_day(calendar.local_date(row.sent_at)) if row.sent_at else "Not yet",
            words.next_due(row, calendar),
            people.get(str(row.assigned_to), "Somebody") if row.assigned_to else "Nobody yet",
            words.state_badge(row, tx.now, sent_by_us=row.agency_id != agency_id),
        ]
        for row in found
    ]


def _named(service_id: UUID, tx: MatchingTransaction) -> str:
    service = tx.shown_service(service_id)
    return entry_of(service.entry)["name"] if service is not None else "A service"


def _service_row(row: Row[Any], tx: MatchingTransaction) -> list[Any]:
    figure, standing = places_of(row), standing_of(row)
    return [
        entry_of(row.entry)["name"],
        words.status_badge(status(standing, tx.now)),
        str(figure.free) if figure else "Not told yet",
        str(row.reserved),
        {"text": "Update places", "href": url_for("places.form", service_id=row.id)},
    ]
