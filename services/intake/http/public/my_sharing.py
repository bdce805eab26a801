"""/my/sharing: take back what was agreed, wholly or in part, as easily as it was given.

Promise: what is taken back counts at once; nothing is ticked for the person, and no reason
is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from services.intake.http.public import browser
from services.intake.http.public.my_visit import mine, once_shown
from services.intake.http.public.pages import page
from services.intake.usecases.consenting import withdraw_all_consents, withdraw_consent
from services.intake.usecases.own_consents import SharedWith, shared_now
from services.intake.usecases.sharing_again import ask_to_share_again, once_shared_with
from shared.codes import codes
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from flask import Response

bp = Blueprint("sharing", __name__)
METHOD, ALL = "online_form", "all"


@bp.get("/sharing")
@person()
@once_shown("sharing")
def ask() -> Response:
    """Show who may know what, each with its box."""
    return _sharing_page()


@bp.post("/sharing")
@person()
@once_shown("sharing")
def take_back() -> Response:
    """Take back what was ticked, at once."""
    ticked = set(request.form.getlist("stop"))
    if not ticked:
        return _sharing_page({"choose": "Tick what you want to stop sharing"})
    with current_store().begin(actor=principal()) as tx:
        for consent_id, grants in _ticked(shared_now(mine(), tx), ticked).items():
            withdraw_consent(consent_id, tx, grants=grants, method=METHOD, reason=None)
    return browser.onward(url_for("my.details.show", done="narrowed"))


@bp.post("/sharing/all")
@person()
def take_all_back() -> Response:
    """Take everything back, at once; this needs no names and so no 'show'."""
    with current_store().begin(actor=principal()) as tx:
        withdraw_all_consents(mine(), tx, method=METHOD, reason=None)
    return browser.onward(url_for("my.show", done="unshared"))


@bp.post("/sharing/again")
@person()
@once_shown("sharing")
def share_again() -> Response:
    """Put the question about what was ticked once more, and lead to it."""
    ticked = set(request.form.getlist("again"))
    with current_store().begin(actor=principal()) as tx:
        asked = ask_to_share_again(mine(), ticked, tx)
    if asked is None:
        return _sharing_page({"again": "Tick who may know about you again"})
    return browser.onward(url_for("my.answering.ask", consent_id=asked))


def _ticked(shared: Iterable[SharedWith], ticked: set[str]) -> dict[UUID, list[UUID]]:
    """Return the grants behind what was ticked, by consent."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for one in shared:
        for kind in one.shared:
            boxes = {f"{one.agency_id}.{ALL}", f"{one.agency_id}.{kind.value}"}
            if not boxes.isdisjoint(ticked):
                for consent_id, grant_id in kind.grants:
                    found[consent_id].append(grant_id)
    return found


def _sharing_page(errors: dict[str, str] | None = None) -> Response:
    with current_store().read(actor=principal()) as tx:
        shared, once = shared_now(mine(), tx), once_shared_with(mine(), tx)
    return page(
        "my/sharing.html",
        "Who may know about you",
        errors=errors,
        shared=shared,
        once=[{"value": str(one), "text": name} for one, name in once],
        categories=codes("categories"),
        purposes=codes("purposes"),
        back=url_for("my.details.show"),
    )
