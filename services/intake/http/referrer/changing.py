"""Putting something right in a request that is sent (T32).

Promise: the page never shows what was told before. The person may have changed it since, and
may not want the referrer to know; what is left empty stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import request, url_for

from services.intake.errors import NotPossibleError, SubmissionRefusedError
from services.intake.forms import tidy
from services.intake.http.reading import submission_from
from services.intake.http.referrer import drafts, fields
from services.intake.http.referrer.blueprint import ROLES, bp, onward, page
from services.intake.http.referrer.writing import PERSON, STORY, seen_version
from services.intake.http.request_bodies import PART
from services.intake.usecases.amending import WAYS, amend_request
from services.intake.usecases.commanding import possible, present_state
from services.intake.usecases.following import followed
from shared.codes import codes
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from flask import Response

NAMES = ("given_name", "family_name", "date_of_birth", "address")
PLACES = {
    **PERSON,
    **STORY,
    "/contact/channels/0": "email",
    "/contact/channels/1": "phone",
    "/reason": "reason",
}


@bp.get("/<uuid:request_id>/amend")
@staff(*ROLES)
def amend_form(request_id: UUID) -> Response:
    """Ask what is to be different, and why."""
    return _page(request_id, None)


@bp.post("/<uuid:request_id>/amend")
@staff(*ROLES)
def amend(request_id: UUID) -> Response:
    """Keep what is different, with the reason."""
    form = request.form
    errors: dict[str, str] = {}
    if not tidy(form.get("reason", "")):
        errors["reason"] = "Say why this is changed"
    told, faults = fields.person(form, {})
    errors |= faults
    if errors:
        return _page(request_id, form, errors)
    try:
        changes = _changes(told)
        with current_store().begin(actor=principal()) as tx:
            found = followed(request_id, tx)
            codes_now = _changed_codes(found)
            why = tidy(form.get("reason", ""))
            different = amend_request(
                request_id, {**changes, **codes_now}, why, tx, version=seen_version()
            )
    except SubmissionRefusedError as error:
        return _page(request_id, form, drafts.by_field(error.errors, PLACES) or {"reason": WRONG})
    said = "amended" if different else "same"
    return onward(url_for("referrer.show", request_id=request_id, done=said))


WRONG = "Something in the change does not fit"


def _changes(told: dict[str, Any]) -> dict[str, Any]:
    """Return what was filled in of person, contact and story; an empty field changes nothing."""
    said = told["person"]
    whole = {"person": said, "contact": told["contact"]}
    read = submission_from(PART.load(drafts.without_nothing(whole)))
    person = {name: getattr(read.person, name) for name in NAMES if said[name]}
    if said["no_fixed_abode"]:
        person |= {"no_fixed_abode": True, "address": None}
    changes: dict[str, Any] = {"person": person} if person else {}
    if read.contact.channels:
        changes["contact"] = {WAYS: read.contact.channels}
    story = tidy(request.form.get("story", ""))
    return changes | ({"story": story} if story else {})


def _changed_codes(found: Any) -> dict[str, Any]:  # noqa: ANN401 - a request
    """Return the codes that are shown on the page and differ from what is kept."""
    told, _ = fields.story(request.form, {})
    changes: dict[str, Any] = {}
    if tuple(told["needs"]) and set(told["needs"]) != set(found.needs):
        changes["needs"] = tuple(told["needs"])
    if told["urgency"] != found.urgency:
        changes["urgency"] = told["urgency"]
    if told["threshold"] is not None and told["threshold"] != found.threshold:
        changes["threshold"] = told["threshold"]
    return changes


def _page(request_id: UUID, typed: Any, errors: Any = None) -> Response:  # noqa: ANN401
    with current_store().read(actor=principal()) as tx:
        found, row = followed(request_id, tx), tx.request_row(request_id)
        can = possible(principal(), row, tx) if row is not None else ()
        if row is not None and "amend" not in can:
            raise NotPossibleError("amend", present_state(row, tx), can)
    now = {"needs": found.needs, "urgency": found.urgency, "threshold": str(found.threshold or "")}
    if typed is not None:
        now = {**typed.to_dict(), "needs": typed.getlist("needs")}
    return page(
        "amend.html",
        f"Put something right in {found.reference}",
        errors=errors,
        found=found,
        typed=now,
        version=seen_version() or found.version,
        needs=[{"value": code, "text": one.en} for code, one in codes("needs").items()],
        urgency=[{"value": code, "text": one.en} for code, one in codes("urgency").items()],
        bands=[{"value": code, "text": one.en} for code, one in codes("threshold_bands").items()],
    )
