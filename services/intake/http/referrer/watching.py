"""The lists of an agency's requests and drafts, and one request with all that is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import request, url_for

from services.intake.http.referrer import words
from services.intake.http.referrer.blueprint import ROLES, bp, my_agency, onward, page
from services.intake.storage import hidden_names
from services.intake.storage.changes import changes_of, outcome_of
from services.intake.usecases.amending import HIDDEN
from services.intake.usecases.commanding import possible
from services.intake.usecases.drafting import begin_draft, drafts_seen, return_code_of
from services.intake.usecases.following import followed
from services.intake.usecases.watching import (
    LIVE,
    OVER,
    PAGE,
    counts,
    dues_of,
    referrals_of,
    watched,
)
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from flask import Response

    from services.intake.storage import IntakeTransaction
    from services.intake.usecases.watching import Watched, WatchedReferral

DRAFTS = "drafts"
SHOWN = {LIVE: "Going on", DRAFTS: "Drafts", OVER: "Ended"}
DONE = {
    "sent": "The request is sent. You find it here with every deadline.",
    "asked": "We ask the person. Nothing is sent before they agree.",
    "amended": "The change is made. Agencies that have the request are told.",
    "same": "Nothing was different, so nothing was changed.",
    "withdrawn": "The request has stopped. Every agency that has it is told.",
    "closed": "The request is closed.",
    "voided": "The request is marked as entered in error. Its content is hidden.",
    "dropped": "The draft is deleted.",
    "saved": "Saved.",
}
LONGEST_PAGE = 4
GOING_ON = frozenset({"submitted", "placed"})


@bp.get("/")
@staff(*ROLES)
def index() -> Response:
    """List the agency's requests: going on, drafts, ended."""
    show = request.args.get("show", LIVE)
    show = show if show in SHOWN else LIVE
    number = _page_number()
    with current_store().read(actor=principal()) as tx:
        numbers = counts(my_agency(), tx)
        if show == DRAFTS:
            columns, rows = _draft_rows(tx)
            more = False
        else:
            found = watched(my_agency(), show, tx, page=number)
            columns, rows = _request_rows(found[:PAGE], tx)
            more = len(found) > PAGE
    return page(
        "list.html",
        "Requests of your agency",
        tabs=[_tab(name, show, numbers[name]) for name in SHOWN],
        caption=SHOWN[show],
        columns=columns,
        rows=rows,
        show=show,
        number=number,
        more=more,
        done=DONE.get(request.args.get("done", "")),
    )


@bp.get("/new")
@staff(*ROLES)
def new() -> Response:
    """Say what a request needs, and offer to begin one."""
    return page("new.html", "Ask for help for someone")


@bp.post("/new")
@staff(*ROLES)
def begin() -> Response:
    """Begin a draft."""
    with current_store().begin(actor=principal()) as tx:
        draft = begin_draft({"source": "PARTNER_WEB"}, tx)
    return onward(url_for("referrer.tasks", draft_id=draft.id))


@bp.get("/<uuid:request_id>")
@staff(*ROLES)
def show(request_id: UUID) -> Response:
    """Show one request: how far each referral is, what is due, and what may be done."""
    with current_store().read(actor=principal()) as tx:
        found = followed(request_id, tx)
        row, referrals = tx.request_row(request_id), referrals_of(request_id, tx)
        return page(
            "show.html",
            f"Request {found.reference}",
            found=found,
            badge=_badge(found.state, [one.stage for one in referrals if one.stage]),
            facts=_facts(found, outcome_of(request_id, tx)),
            dues=words.due_rows(dues_of(request_id, tx), tx.now),
            referrals=[_referral(one) for one in referrals],
            history=_history(request_id, tx),
            actions=possible(principal(), row, tx) if row is not None else (),
            code=return_code_of(request_id, tx),
            done=DONE.get(request.args.get("done", "")),
        )


@bp.post("/<uuid:request_id>/again")
@staff(*ROLES)
def again(request_id: UUID) -> Response:
    """Begin a further request with the same person and story, without retyping."""
    with current_store().begin(actor=principal()) as tx:
        found = followed(request_id, tx)
        written = {"source": "PARTNER_WEB", "needs": list(found.needs)}
        draft = begin_draft(written, tx, of_request_id=request_id)
    return onward(url_for("referrer.tasks", draft_id=draft.id))


def _page_number() -> int:
    typed = request.args.get("page", "")
    return max(1, int(typed)) if typed.isdecimal() and len(typed) <= LONGEST_PAGE else 1


def _tab(name: str, show: str, count: int) -> dict[str, Any]:
    href = url_for("referrer.index", show=name)
    return {"text": SHOWN[name], "href": href, "current": name == show, "count": count}


def _request_rows(found: list[Watched], tx: IntakeTransaction) -> tuple[list[str], list[list[Any]]]:
    columns = ["Reference", "Help wanted", "Sent on", "Stage", "Due next"]
    return columns, [
        [
            {"text": one.reference, "href": url_for("referrer.show", request_id=one.id)},
            words.words("needs", one.needs),
            words.day(one.submitted_at),
            _stage(one),
            {"text": f"Overdue: {words.due_words(one.due)}", "tone": "urgent"}
            if one.due and one.due.is_late(tx.now)
            else words.due_words(one.due),
        ]
        for one in found
    ]


def _stage(one: Watched) -> Any:  # noqa: ANN401 - a cell of a table
    if one.state in GOING_ON and one.stages:
        return ", ".join(dict.fromkeys(one.stages))
    return words.state_badge(one.state)


def _badge(state: str, stages: list[str]) -> dict[str, str]:
    """Return how a request stands, in the same words as the list."""
    told = list(dict.fromkeys(stages))
    if state not in GOING_ON or not told:
        return words.state_badge(state)
    return {**words.stage_badge(told[0]), "text": ", ".join(told)}


def _draft_rows(tx: IntakeTransaction) -> tuple[list[str], list[list[Any]]]:
    columns = ["Reference", "Help wanted", "Last saved", "Deleted on", "Begun by"]
    me = principal().id
    return columns, [
        [
            {"text": row.reference, "href": url_for("referrer.tasks", draft_id=row.id)},
            words.words("needs", row.needs) or "Not said yet",
            words.hour(row.touched_at),
            words.day(row.keep_until),
            _author(row, me),
        ]
        for row in drafts_seen(my_agency(), tx)
    ]


def _author(row: Any, me: str | None) -> str:  # noqa: ANN401 - a row
    if row.author_kind == "client":
        return "The system of your agency"
    return "You" if row.author_id == me else "A colleague"


def _facts(found: Any, outcome: str | None) -> list[dict[str, str]]:  # noqa: ANN401 - a Request
    facts = [
        {"key": "Help wanted", "value": words.words("needs", found.needs)},
        {"key": "How soon", "value": words.words("urgency", [found.urgency])},
        {"key": "Sent on", "value": words.hour(found.submitted_at)},
    ]
    if outcome:
        facts.append({"key": "How it ended", "value": words.reason_words(outcome)})
    return facts


def _referral(one: WatchedReferral) -> dict[str, Any]:
    return {
        "service": one.service,
        "agency": one.agency,
        "badge": words.stage_badge(one.stage) if one.stage else None,
        "since": words.day(one.at),
        "due": words.due_words(one.due) if one.due else "",
        "reason": words.reason_words(one.reason),
        "said": words.STATES_SAID.get(one.state, ""),
        "suggested": one.suggested,
        "href": f"/agency/referrals/{one.id}",
        "asks": one.state == "info_requested",
        "stoppable": one.stage in {"Received", "Sent", "Accepted", "Being helped"},
    }


def _history(request_id: UUID, tx: IntakeTransaction) -> list[dict[str, str]]:
    """Return what was changed, newest first; what was written stays sealed."""
    return [
        {
            "title": words.CHANGES.get(row.transition, "Changed"),
            "at": words.hour(row.at),
            "datetime": row.at.isoformat(),
            "by": _by(row),
            "text": ", ".join(
                words.PARTS.get(part, part) for part in row.changed if part not in HIDDEN
            ),
        }
        for row in reversed(changes_of(request_id, tx))
        if not _is_of_hiding(row)
    ]


def _is_of_hiding(row: Any) -> bool:  # noqa: ANN401 - a row
    """Tell whether only from whom it is hidden was changed: that is the person's own affair."""
    return row.code in hidden_names.CODES or (bool(row.changed) and HIDDEN.issuperset(row.changed))


def _by(row: Any) -> str:  # noqa: ANN401 - a row
    if row.by_kind == "person":
        return "the person"
    if row.by_kind == "system":
        return "Onward"
    return "your agency" if row.by_agency_id == principal().agency_id else "another agency"
