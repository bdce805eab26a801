"""Accepting and declining in a browser; a refused form keeps all that was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from services.matching.domain.capacity import Way, known
from services.matching.domain.declining import grouped
from services.matching.domain.transitions import State
from services.matching.errors import AnswerRefusedError, NoPlaceError
from services.matching.http import words
from services.matching.http.attempts import Press, attempt
from services.matching.http.form_choices import alternatives
from services.matching.http.form_fields import OF_THE_LIST
from services.matching.http.portal import bp, seen, service_name
from services.matching.http.schemas import LONGEST_NOTE, MOST_PLACES
from services.matching.http.typed_days import typed_day
from services.matching.storage.guide import standing_of
from services.matching.usecases import (
    Acceptance,
    Decline,
    accept,
    decline,
    keeps_content,
    open_referral,
)
from services.matching.usecases.commanding import possible, why_not
from services.matching.working_days import calendar_for
from shared.codes import codes
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flask.typing import ResponseReturnValue

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

PLACES = {
    "/forecast_start": "start-day",
    "/places": "places",
    "/note": "note",
    "/reason": "reason",
    "/comment": "comment",
    "/would_have_been_right_if": "right-if",
    "/alternatives": "alternatives",
}
TOO_LONG = f"Write at most {LONGEST_NOTE} characters."
NO_START = "Enter the day, month and year on which support should start."
NO_PLACES = f"Enter how many places are free, as a number from 0 to {MOST_PLACES:,}."
TAKEN = frozenset({State.ACCEPTED, State.WAITING})


@bp.get("/referrals/<uuid:referral_id>/accept")
@staff("worker", "manager")
def accept_form(referral_id: UUID) -> ResponseReturnValue:
    """Ask from when the person will be helped."""
    return _page("accept", referral_id, {})


@bp.post("/referrals/<uuid:referral_id>/accept")
@staff("worker", "manager")
def accept_it(referral_id: UUID) -> ResponseReturnValue:
    """Accept the referral (T11)."""
    faults = _lengths(("note",))
    start = typed_day(request.form, "start")
    if start is None:
        faults.append(Fault("/forecast_start", NO_START))
    places, wrong = _typed_places()
    faults += wrong
    if faults or start is None:
        return _page("accept", referral_id, request.form, faults)
    answer = Acceptance(start, request.form.get("note", ""), places)
    version = whole_number(request.form.get("version", ""))
    try:
        press = Press("accept", TAKEN)
        attempt(referral_id, press, lambda tx: _open_and_accept(referral_id, version, answer, tx))
    except AnswerRefusedError as error:
        return _page("accept", referral_id, request.form, error.errors)
    except NoPlaceError as error:
        return _page("accept", referral_id, request.form, [Fault("/note", str(error))], 409)
    return _back(referral_id, State.ACCEPTED)


def _open_and_accept(
    referral_id: UUID, version: int | None, answer: Acceptance, tx: MatchingTransaction
) -> None:
    """Accept; whoever came from the mail and read the details opens the referral by it (T8)."""
    row = tx.referral(referral_id, tx.actor)
    if row is not None and row.state == State.SENT and version == row.version:
        open_referral(referral_id, version, tx)
        version = row.version + 1
    accept(referral_id, version, answer, tx)


@bp.get("/referrals/<uuid:referral_id>/decline")
@staff("worker", "manager")
def decline_form(referral_id: UUID) -> ResponseReturnValue:
    """Ask why not."""
    return _page("decline", referral_id, {})


@bp.post("/referrals/<uuid:referral_id>/decline")
@staff("worker", "manager")
def decline_it(referral_id: UUID) -> ResponseReturnValue:
    """Decline the referral (T12)."""
    faults = _lengths(("comment", "right-if"))
    if not request.form.get("reason"):
        faults.append(Fault("/reason", "Choose the reason."))
    others, wrong = _typed_alternatives()
    faults += wrong
    if faults:
        return _page("decline", referral_id, request.form, faults)
    answer = Decline(
        reason=request.form["reason"],
        comment=request.form.get("comment", ""),
        would_have_been_right_if=request.form.get("right-if", ""),
        alternatives=others,
    )
    version = whole_number(request.form.get("version", ""))
    try:
        press = Press("decline", {State.DECLINED}, {"reason": answer.reason})
        attempt(referral_id, press, lambda tx: decline(referral_id, version, answer, tx))
    except AnswerRefusedError as error:
        return _page("decline", referral_id, request.form, error.errors)
    return _back(referral_id, State.DECLINED)


def _page(
    action: str,
    referral_id: UUID,
    typed: Any,  # noqa: ANN401 - nothing, or the form as Flask holds it
    faults: Sequence[Fault] = (),
    status: int = 422,
) -> ResponseReturnValue:
    with current_store().read() as tx:
        row = seen(referral_id, tx)
        offered = possible(principal(), row, tx)
        reachable = action in offered or (action == "accept" and "open" in offered)
        # A refused form is kept, but brings back nothing that its reader lost meanwhile.
        if not reachable and not (faults and keeps_content(row, principal(), tx)):
            raise why_not(action, principal(), row, tx)
        page = render_template(
            f"matching/{action}.html",
            referral=row,
            service=service_name(row, tx),
            typed=typed,
            version=typed.get("version", row.version),
            errors=[{"text": fault.detail, "href": f"#{_place(fault)}"} for fault in faults],
            faults={_place(fault): {"text": fault.detail} for fault in faults},
            **(_accepting(row, tx) if action == "accept" else _declining(row, tx)),
        )
    return page, status if faults else 200


def _accepting(row: Referral, tx: MatchingTransaction) -> dict[str, Any]:
    calendar = calendar_for(tx.nation())
    (service,) = tx.services_named([row.service_id])
    standing = standing_of(service)
    latest = tx.latest_start(row)
    asks = row.way == Way.ENQUIRY and known(standing, tx.now) is None
    return {
        "latest": words.day(latest) if latest else None,
        "asks_places": asks,
        "example": _example(calendar.local_date(tx.now)),
    }


def _declining(row: Referral, tx: MatchingTransaction) -> dict[str, Any]:
    today = calendar_for(tx.nation()).local_date(tx.now)
    known = codes("decline_reasons")
    usable = (code.code for code in known.values() if code.in_force(today))
    groups = grouped(usable).items()
    return {
        "reasons": [(title, [known[code] for code in some]) for title, some in groups],
        "alternatives": alternatives(row, tx),
    }


def _back(referral_id: UUID, state: State) -> ResponseReturnValue:
    return redirect(url_for("portal.show", referral_id=referral_id, done=state.value), code=303)


def _place(fault: Fault) -> str:
    return next((PLACES[p] for p in PLACES if fault.pointer.startswith(p)), "main-content")


def _lengths(names: Sequence[str]) -> list[Fault]:
    pointers = {place: pointer for pointer, place in PLACES.items()}
    long = [name for name in names if len(request.form.get(name, "")) > LONGEST_NOTE]
    return [Fault(pointers[name], TOO_LONG) for name in long]


def _typed_places() -> tuple[int | None, list[Fault]]:
    """Return how many places were typed, if any, and what is wrong with it."""
    typed = request.form.get("places", "")
    places = whole_number(typed)
    fits = not typed.strip() or (places is not None and places <= MOST_PLACES)
    return places, [] if fits else [Fault("/places", NO_PLACES)]


def _typed_alternatives() -> tuple[tuple[UUID, ...], list[Fault]]:
    """Return the services chosen, and what is wrong where one is none."""
    try:
        return tuple(dict.fromkeys(map(UUID, request.form.getlist("alternatives")))), []
    except ValueError:
        return (), [Fault("/alternatives", OF_THE_LIST)]


def _example(today: date) -> str:
    return f"{today.day} {today.month} {today.year}"
