"""Handing in a jobs list: upload, columns, progress, preview, and the yes to it.

Promise: without a script everything works: progress is a page with a link that shows it anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast
from uuid import UUID

from flask import request

from services.intake.domain import jobs_list
from services.intake.domain import leads as d
from services.intake.errors import ListRefusedError
from services.intake.http.outreach.blueprint import GOING, LEADING, bp, onward, page
from services.intake.storage import leads
from services.intake.usecases import outreach_lists as use
from services.intake.usecases.outreach_visiting import open_leads
from shared.geography import known_areas
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from services.intake.storage import IntakeTransaction

PAGE = 25
LINES = 50
CHOOSE_FILE = "Choose a file"
TITLES = {
    d.MAPPING: "What is in each column?",
    d.READING: "We are reading your list",
    d.PREVIEW: "Look at the list before you take it",
    d.TAKEN: "Doors to knock at",
}


@bp.get("/")
@staff(*GOING)
def index() -> Response:
    """Show the agency's lists, neighbours' concerns and counts."""
    return _index()


@bp.post("/lists")
@staff(*LEADING)
def upload() -> Response:
    """Take a list in."""
    file = request.files.get("list")
    if file is None or not file.filename:
        return _index({"list": CHOOSE_FILE})
    try:
        with current_store().begin(actor=principal()) as tx:
            job_id = use.take_in_list(cast("BinaryIO", file.stream), file.filename, tx)
    except ListRefusedError as error:
        return _index({"list": str(error)})
    return onward("show_list", job_id=job_id)


@bp.get("/lists/<uuid:job_id>")
@staff(*LEADING)
def show_list(job_id: UUID) -> Response:
    """Show how far a list has come."""
    return _list_page(job_id)


@bp.post("/lists/<uuid:job_id>/columns")
@staff(*LEADING)
def columns(job_id: UUID) -> Response:
    """Take what each column holds, and let the list be read."""
    chosen = request.form.getlist("column")
    try:
        with current_store().begin(actor=principal()) as tx:
            use.choose_columns(job_id, chosen, tx)
    except ListRefusedError as error:
        return _list_page(job_id, {"column-1": str(error)}, chosen)
    return onward("show_list", job_id=job_id)


@bp.get("/lists/<uuid:job_id>/rows")
@staff(*LEADING)
def rows(job_id: UUID) -> Response:
    """Say that looking at the rows is recorded; nothing is opened yet."""
    with current_store().read(actor=principal()) as tx:
        found = use.the_list(use.job_of(job_id, tx), tx)
    return page("rows", "The rows we keep", found=found, shown=None, after=_after())


@bp.post("/lists/<uuid:job_id>/rows")
@staff(*LEADING)
def show_rows(job_id: UUID) -> Response:
    """Show a page of rows as we understood them, recorded."""
    with current_store().begin(actor=principal()) as tx:
        found = use.the_list(use.job_of(job_id, tx), tx)
        kept = leads.leads_of(job_id, _after(), PAGE, tx)
        opened = open_leads(kept, tx)
    shown = [(row, opened[row.id], _ward(row.ward_code)) for row in kept if row.id in opened]
    more = kept[-1].line if len(kept) == PAGE else None
    return page("rows", "The rows we keep", found=found, shown=shown, after=_after(), more=more)


@bp.post("/lists/<uuid:job_id>/take")
@staff(*LEADING)
def take(job_id: UUID) -> Response:
    """Let the rows that were kept be visited."""
    unplaced_too = request.form.get("unplaced") == "yes"
    with current_store().begin(actor=principal()) as tx:
        use.take_list(job_id, tx, unplaced_too=unplaced_too)
    return onward("show_list", job_id=job_id)


@bp.post("/lists/<uuid:job_id>/discard")
@staff(*LEADING)
def discard(job_id: UUID) -> Response:
    """Delete a list that was not taken."""
    with current_store().begin(actor=principal()) as tx:
        use.discard_list(job_id, tx)
    return onward("index")


@bp.get("/patch")
@staff(*LEADING)
def patch() -> Response:
    """Show where the agency knocks at doors."""
    with current_store().read(actor=principal()) as tx:
        chosen = leads.patch_of(_agency(), tx)
    return page("patch", "Your patch", areas=known_areas(), chosen=chosen)


@bp.post("/patch")
@staff(*LEADING)
def keep_patch() -> Response:
    """Keep where the agency knocks at doors."""
    known = {code for area in known_areas() for code in area.codes}
    chosen = known.intersection(request.form.getlist("area"))
    if not chosen:
        error = {"area": "Choose at least one area"}
        return page("patch", "Your patch", errors=error, areas=known_areas(), chosen=())
    with current_store().begin(actor=principal()) as tx:
        leads.keep_patch(_agency(), chosen, tx)
    return onward("index")


def _index(errors: Mapping[str, str] | None = None) -> Response:
    with current_store().read(actor=principal()) as tx:
        jobs = [use.the_list(row, tx) for row in leads.jobs_of(_agency(), d.LIST, tx)]
        concerns = leads.concerns_of(_agency(), tx)
        counts = leads.counts_of(_agency(), tx)
        has_patch = bool(leads.patch_of(_agency(), tx))
    return page(
        "index",
        "Outreach",
        errors=errors,
        jobs=jobs,
        concerns=concerns,
        counts=counts,
        has_patch=has_patch,
        leads_team=bool(frozenset(LEADING) & principal().roles),
    )


def _list_page(
    job_id: UUID, errors: Mapping[str, str] | None = None, chosen: list[str] | None = None
) -> Response:
    with current_store().read(actor=principal()) as tx:
        found = use.the_list(use.job_of(job_id, tx), tx)
        facts = _facts(found, tx)
    if found.state == d.MAPPING:
        with current_store().begin(actor=principal()) as tx:
            use.note_look_at_sample(job_id, tx)
    title = TITLES[found.state]
    return page(found.state, title, errors=errors, found=found, chosen=chosen, **facts)


def _facts(found: use.JobsList, tx: IntakeTransaction) -> dict[str, object]:
    if found.state == d.PREVIEW:
        bad = leads.lines_of(found.id, _after(), LINES, tx)
        more = bad[-1].line if len(bad) == LINES else None
        return {"bad": bad, "words": jobs_list.WORDS, "more": more}
    if found.state == d.TAKEN:
        wards = [(row, _ward(row.ward_code)) for row in leads.by_ward(found.id, tx)]
        return {"wards": wards, "colleagues": leads.colleagues(_agency(), tx)}
    return {"fields": jobs_list.FIELDS}


def _ward(code: str | None) -> str:
    found = (area.ward for area in known_areas() if area.ward_code == code)
    return next(found, "Postcode not placed")


def _after() -> int:
    said = request.values.get("after", "0")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0  # noqa: PLR2004


def _agency() -> UUID:
    return principal().agency_id or UUID(int=0)
