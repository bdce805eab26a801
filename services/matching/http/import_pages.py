"""Bringing a guide in from a file: choose it, see what came of it, row by row.

Promise: the file is read and forgotten; looking first writes nothing at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request

from services.matching.errors import FileRefusedError
from services.matching.guide_schema import LISTED
from services.matching.import_loop import import_file
from services.matching.importing.spreadsheet import COLUMNS
from services.matching.usecases.importing import DEFAULT_LISTED
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.forms import LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask
    from flask.typing import ResponseReturnValue

    from services.matching.importing import Flaw
    from services.matching.usecases.importing import Imported

bp = Blueprint("imports", __name__, url_prefix="/agency/guide")
NO_FILE = "Choose a file to bring in."
MOST_SHOWN = 200
LISTED_WORDS = {
    "public": "Everyone, on the public guide",
    "partners": "Partner agencies only",
    "by_worker_only": "Workers here only, never a list",
}


def install(app: Flask) -> None:
    """Put the page on *app*; a guide is larger than a form."""
    app.config["LARGEST_BODIES"]["imports.take"] = LARGEST_FILE
    app.register_blueprint(bp)


@bp.get("/import")
@staff("coordinator", "manager")
def form() -> ResponseReturnValue:
    """Ask for a file."""
    return _page(DEFAULT_LISTED)


@bp.get("/import/columns.csv")
@staff("coordinator", "manager")
def columns() -> Response:
    """Give a spreadsheet with every column and no row, to be filled in."""
    answer = Response(f"{','.join(COLUMNS)}\r\n", mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="guide.csv"'
    return answer


@bp.post("/import")
@staff("coordinator", "manager")
def take() -> ResponseReturnValue:
    """Take the file in, or only say what would come of it."""
    file = request.files.get("guide")
    listed = request.form.get("listed", "")
    listed = listed if listed in LISTED else DEFAULT_LISTED
    if file is None or not file.filename:
        return _page(listed, fault=NO_FILE), 422
    for_real = request.form.get("only-look") != "yes"
    try:
        raw, store = file.stream.read(), current_store()
        found = import_file(raw, store, principal(), listed=listed, write=for_real)
    except FileRefusedError as error:
        return _page(listed, fault="This file cannot be read.", flaws=error.flaws), 422
    return _page(listed, found=found, for_real=for_real)


def _page(
    listed: str,
    *,
    fault: str = "",
    flaws: Sequence[Flaw] = (),
    found: Imported | None = None,
    for_real: bool = True,
) -> str:
    return render_template(
        "matching/import.html",
        fault=fault,
        flaws=flaws,
        found=found,
        for_real=for_real,
        most=MOST_SHOWN,
        listed=[
            {"value": value, "text": LISTED_WORDS[value], "checked": value == listed}
            for value in LISTED
        ],
    )
