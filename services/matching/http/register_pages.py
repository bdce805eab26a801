"""The register of who refers to whom and how it goes both ways, and what answers teach.

Promise: an agency reads its own numbers in full; of others no small number is shown.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template

from services.matching.domain.lessons import Lesson, lessons
from services.matching.domain.reciprocity import Flow, Pair, Shown, pairs, share, shown
from services.matching.storage.guide import entry_of
from shared.codes import codes
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction

bp = Blueprint("register", __name__, url_prefix="/agency")
KEEPER = "coordinator"
A_YEAR = timedelta(days=365)
LISTED = frozenset({"public", "partners"})


@bp.get("/agreements/both-ways")
@staff("manager", KEEPER)
def both_ways() -> ResponseReturnValue:
    """Show what each two agencies sent each other in a year, and how much was accepted."""
    caller = principal()
    with current_store().read(principal()) as tx:
        names = tx.agency_names()
        found = pairs(tx.flows(_since(tx)), names)
        mine = [p for p in found if caller.agency_id in {p.first, p.second}]
        others = [p for p in found if p not in mine]
        sees_all = KEEPER in caller.roles
        return render_template(
            "matching/deals/both_ways.html",
            mine=_rows(mine, names, outsider=False),
            others=_rows(others, names, outsider=not sees_all),
            sees_all=sees_all,
        )


@bp.get("/feedback")
@staff("worker", "manager")
def feedback() -> ResponseReturnValue:
    """Show why others could not take this agency's referrals, and what fits instead."""
    agency_id = principal().agency_id
    with current_store().read(principal()) as tx:
        since = _since(tx)
        found = lessons(tx.refusals_to(agency_id, since))
        named = {i for lesson in found for i in lesson.alternatives}
        named |= {i for lesson in found for i, _ in lesson.services}
        services = {row.id: row for row in tx.services_named(sorted(named))}
        return render_template(
            "matching/deals/feedback.html",
            finding=_finding(tx.sent_by(agency_id, since)),
            lessons=[_lesson(lesson, services) for lesson in found],
        )


def passed_between(agencies: frozenset[UUID], tx: MatchingTransaction) -> list[list[Any]]:
    """Return what these agencies sent each other in a year, as far as the reader is one of them."""
    caller, names = principal(), tx.agency_names()
    mine = None if KEEPER in caller.roles else caller.agency_id
    found = pairs(tx.flows(_since(tx), mine), names)
    return _rows([p for p in found if {p.first, p.second} <= agencies], names, outsider=False)


def _since(tx: MatchingTransaction) -> datetime:
    return tx.now - A_YEAR


def _rows(found: Iterable[Pair], names: dict[UUID, str], *, outsider: bool) -> list[list[Any]]:
    """Return two rows for each pair: one per direction."""
    return [
        _way(names.get(start, ""), names.get(end, ""), shown(flow, outsider=outsider), pair)
        for pair in found
        for start, end, flow in (
            (pair.first, pair.second, pair.there),
            (pair.second, pair.first, pair.back),
        )
    ]


def _way(start: str, end: str, seen: Shown, pair: Pair) -> list[Any]:
    badge = {"text": "Both ways", "tone": "good"}
    if pair.one_way:
        badge = {"text": "One way", "tone": "waiting"}
    return [start, end, seen.sent, seen.accepted, seen.unanswered, badge]


def _finding(flow: Flow) -> str:
    if not flow.sent:
        return "Your agency sent no referral to another in the last 12 months."
    made = "1 referral" if flow.sent == 1 else f"{flow.sent} referrals"
    taken = f"{flow.accepted} were accepted" if flow.accepted != 1 else "1 was accepted"
    refused = f"{flow.declined} were not possible" if flow.declined != 1 else "1 was not possible"
    of_those = f" ({share(flow)}% of those answered)" if flow.answered else ""
    waits = "has" if flow.unanswered == 1 else "have"
    open_ = f" {flow.unanswered} {waits} no answer." if flow.unanswered else ""
    year = f"Your agency sent {made} in the last 12 months."
    return f"{year} {taken}{of_those}, {refused}.{open_}"


def _lesson(lesson: Lesson, services: dict[UUID, Row[Any]]) -> dict[str, Any]:
    known = codes("decline_reasons").get(lesson.reason)
    return {
        "title": known.en if known else lesson.reason,
        "times": "once" if lesson.count == 1 else f"{lesson.count} times",
        "next_step": known.next_step if known else "",
        "where": [_where(services[i], count) for i, count in lesson.services if i in services],
        "instead": [_named(services[i]) for i in lesson.alternatives if _is_shown(services, i)],
    }


def _where(row: Row[Any], count: int) -> str:
    return f"{entry_of(row.entry)['name']} ({count})"


def _named(row: Row[Any]) -> dict[str, str]:
    return {"text": entry_of(row.entry)["name"], "href": f"/guide/{row.id}"}


def _is_shown(services: dict[UUID, Row[Any]], service_id: UUID) -> bool:
    return service_id in services and services[service_id].listed in LISTED
