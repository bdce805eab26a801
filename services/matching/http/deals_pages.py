"""Agreements between agencies in a browser: the hub's coordinator keeps them, managers look.

Promise: a manager sees the agreements of their own agency alone; another's is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import Blueprint, redirect, render_template, request, url_for

from services.matching.domain.deals import PURPOSES, Party, Stage
from services.matching.errors import DealNotFoundError, DealRefusedError
from services.matching.http.deals_words import (
    agency_boxes,
    badge,
    facts,
    id_in,
    kind_boxes,
    listed,
    party_row,
    purpose_boxes,
    told,
)
from services.matching.http.register_pages import passed_between
from services.matching.http.typed_days import boxes_of, is_blank, typed_day
from services.matching.usecases.keeping_deals import Terms, change_deal, make_deal
from services.matching.working_days import calendar_for
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction

bp = Blueprint("deals", __name__, url_prefix="/agency/agreements")
KEEPER = "coordinator"
NO_DAY = "Enter a day, such as 5 1 2026."
DONE = {
    "made": "The agreement is kept. Both sides are invited.",
    "changed": "The agreement is changed.",
    "admitted": "The stage is changed. It counts at once.",
}
NEW_VERSION = 0


@bp.get("/")
@staff("manager", KEEPER)
def listing() -> ResponseReturnValue:
    """Show every agreement, or those of the manager's own agency."""
    with current_store().read() as tx:
        rows = tx.deal_rows() if _keeps() else tx.deals_of(principal().agency_id)
        parties = tx.parties_of([row.id for row in rows])
        today = calendar_for(tx.nation()).local_date(tx.now)
        return render_template(
            "matching/deals/list.html",
            rows=[listed(row, parties[row.id], today) for row in rows],
            required=tx.agreements_required(),
            keeps=_keeps(),
        )


@bp.get("/new")
@staff(KEEPER)
def new() -> ResponseReturnValue:
    """Ask what a new agreement says."""
    return _terms_page(None, {})


@bp.post("/new")
@staff(KEEPER)
def make() -> ResponseReturnValue:
    """Write a new agreement; every agency in it is invited first."""
    parties = [Party(agency_id, Stage.INVITED) for agency_id in _chosen_agencies()]
    try:
        terms = _typed_terms()
        with current_store().begin(actor=principal()) as tx:
            deal_id = make_deal(terms, parties, tx)
    except DealRefusedError as error:
        return _terms_page(None, request.form, error.errors)
    return redirect(url_for("deals.show", deal_id=deal_id, done="made"), code=303)


@bp.get("/<uuid:deal_id>")
@staff("manager", KEEPER)
def show(deal_id: UUID) -> ResponseReturnValue:
    """Show one agreement: what it says, who takes part, and how far each is admitted."""
    with current_store().read(principal()) as tx:
        row, sides = seen(deal_id, tx)
        today = calendar_for(tx.nation()).local_date(tx.now)
        return render_template(
            "matching/deals/show.html",
            deal=row,
            facts=facts(row),
            sides=[party_row(row, side, keeps=_keeps()) for side in sides],
            badge=badge(row, sides, today),
            passed=passed_between(frozenset(side.agency_id for side in sides), tx),
            keeps=_keeps(),
            done=DONE.get(request.args.get("done", "")),
        )


@bp.get("/<uuid:deal_id>/terms")
@staff(KEEPER)
def terms(deal_id: UUID) -> ResponseReturnValue:
    """Ask what is to change in an agreement."""
    return _terms_page(deal_id, {})


@bp.post("/<uuid:deal_id>/terms")
@staff(KEEPER)
def change(deal_id: UUID) -> ResponseReturnValue:
    """Change what an agreement says."""
    try:
        said = _typed_terms()
        with current_store().begin(actor=principal()) as tx:
            change_deal(deal_id, whole_number(request.form.get("version", "")), said, tx)
    except DealRefusedError as error:
        return _terms_page(deal_id, request.form, error.errors)
    return redirect(url_for("deals.show", deal_id=deal_id, done="changed"), code=303)


def _keeps() -> bool:
    return KEEPER in principal().roles


def seen(deal_id: UUID, tx: MatchingTransaction) -> tuple[Row[Any], list[Row[Any]]]:
    """Return an agreement and who takes part, or answer as if it did not exist."""
    row = tx.deal_row(deal_id)
    sides = tx.parties_of([deal_id])[deal_id]
    mine = any(side.agency_id == principal().agency_id for side in sides)
    if row is None or not (mine or _keeps()):
        raise DealNotFoundError
    return row, sides


def _typed_terms() -> Terms:
    typed = request.form
    starts, ends = typed_day(typed, "starts"), typed_day(typed, "ends")
    faults = [] if starts else [Fault("/starts_on", NO_DAY)]
    if ends is None and not is_blank(typed, "ends"):
        faults.append(Fault("/ends_on", NO_DAY))
    if faults or starts is None:
        raise DealRefusedError("Something needs to be put right.", faults)
    kinds, purposes = typed.getlist("categories"), typed.getlist("purposes")
    return Terms(typed.get("name", ""), starts, ends, tuple(kinds), tuple(purposes))


def _chosen_agencies() -> list[UUID]:
    chosen = (id_in(value) for value in request.form.getlist("parties"))
    return [agency_id for agency_id in chosen if agency_id is not None]


def _terms_page(
    deal_id: UUID | None,
    typed: Any,  # noqa: ANN401 - nothing, or the form as Flask holds it
    faults: Sequence[Fault] = (),
) -> ResponseReturnValue:
    with current_store().read() as tx:
        row = seen(deal_id, tx)[0] if deal_id else None
        shown = typed or _shown(row)
        chosen = typed.getlist("categories") if typed else row.categories if row else ()
        page = render_template(
            "matching/deals/terms.html",
            deal=row,
            typed=shown,
            version=shown.get("version", NEW_VERSION),
            categories=kind_boxes(chosen),
            purposes=purpose_boxes(_purposes(row, typed)),
            agencies=[] if row else agency_boxes(tx, typed.getlist("parties") if typed else ()),
            **told(faults),
        )
    return page, 422 if faults else 200


def _purposes(row: Row[Any] | None, typed: Any) -> Sequence[str]:  # noqa: ANN401
    if typed:
        return list(typed.getlist("purposes"))
    return list(row.purposes) if row else PURPOSES


def _shown(row: Row[Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    days = {**boxes_of(row.starts_on, "starts"), **boxes_of(row.ends_on, "ends")}
    return {"name": row.name, "version": row.version, **days}
