"""Writing a draft: what is done and what is left, and one page for each task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import request, url_for

from services.intake.http.referrer import drafts, fields, words
from services.intake.http.referrer.blueprint import ROLES, bp, my_agency, onward, page
from services.intake.usecases.drafting import drop_draft, find_draft
from services.intake.usecases.learning import learned
from shared.codes import codes
from shared.web.access import principal, staff
from shared.web.current import current_store
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from flask import Response

    from services.intake.storage.case_drafts import CaseDraft

PERSON = {
    "/person/given_name": "given_name",
    "/person/family_name": "family_name",
    "/person/date_of_birth": "born-day",
    "/person/address/lines": "address",
    "/person/address/postcode": "postcode",
    "/contact/language": "language",
    "/contact/interpreter": "interpreter",
}
STORY = {
    "/needs": "needs",
    "/urgency": "urgency",
    "/threshold": "threshold",
    "/access_needs": "access_needs",
    "/story": "story",
}
TASKS = {
    "person": ("Who the person is, and how to reach them", ("/person", "/contact")),
    "story": ("What help is wanted", tuple(STORY)),
    "services": ("Which services, and why", ("/referrals",)),
    "agreement": ("What the person agreed to", ("/consent",)),
}
DONE = {"saved": "Saved."}


@bp.get("/drafts/<uuid:draft_id>")
@staff(*ROLES)
def tasks(draft_id: UUID) -> Response:
    """Show what is written and what is left to do."""
    with current_store().read(actor=principal()) as tx:
        draft = find_draft(draft_id, tx)
        faults = drafts.missing(draft, tx)
        taught = learned(my_agency(), tx)
    return page(
        "tasks.html",
        f"Draft {draft.reference}",
        draft=draft,
        tasks=[_task(name, draft, [f.pointer for f in faults]) for name in asked_tasks(draft)],
        learned=words.learned_words(taught),
        ready=not faults,
        deleted_on=words.day(draft.keep_until),
        done=DONE.get(request.args.get("done", "")),
    )


@bp.post("/drafts/<uuid:draft_id>/delete")
@staff(*ROLES)
def delete(draft_id: UUID) -> Response:
    """Delete a draft, with the key it is sealed under."""
    with current_store().begin(actor=principal()) as tx:
        drop_draft(draft_id, tx)
    return onward(url_for("referrer.index", show="drafts", done="dropped"))


@bp.get("/drafts/<uuid:draft_id>/person")
@staff(*ROLES)
def person_form(draft_id: UUID) -> Response:
    """Ask who the person is."""
    draft = drafts.opened(draft_id, "person")
    return _person_page(draft, fields.typed_person(draft.body))


@bp.post("/drafts/<uuid:draft_id>/person")
@staff(*ROLES)
def person(draft_id: UUID) -> Response:
    """Keep who the person is."""
    draft = drafts.opened(draft_id, "person")
    changes, errors = fields.person(request.form, draft.body)
    places = PERSON | _channel_places(changes)
    errors = errors or drafts.keep(draft_id, changes, seen_version(), places)
    if errors:
        return _person_page(draft, request.form, errors)
    return onward(url_for("referrer.tasks", draft_id=draft_id, done="saved"))


@bp.get("/drafts/<uuid:draft_id>/story")
@staff(*ROLES)
def story_form(draft_id: UUID) -> Response:
    """Ask what help is wanted."""
    draft = drafts.opened(draft_id, "story")
    return _story_page(draft, fields.typed_story(draft.body))


@bp.post("/drafts/<uuid:draft_id>/story")
@staff(*ROLES)
def story(draft_id: UUID) -> Response:
    """Keep what help is wanted."""
    draft = drafts.opened(draft_id, "story")
    changes, errors = fields.story(request.form, draft.body)
    errors = errors or drafts.keep(draft_id, changes, seen_version(), STORY)
    if errors:
        return _story_page(draft, changes, errors)
    return onward(url_for("referrer.tasks", draft_id=draft_id, done="saved"))


def asked_tasks(draft: CaseDraft) -> list[str]:
    """Return the tasks of a draft; person and story that are used again are not asked anew."""
    again = draft.of_request_id is not None
    return [name for name in TASKS if not (again and name in {"person", "story"})]


def _task(name: str, draft: CaseDraft, pointers: list[str]) -> dict[str, Any]:
    title, stems = TASKS[name]
    open_ = any(pointer.startswith(stem) for pointer in pointers for stem in stems)
    begun = any(draft.body.get(stem.split("/")[1]) for stem in stems) or not open_
    return {
        "text": title,
        "href": url_for(f"referrer.{name}_form", draft_id=draft.id),
        "status": "Completed" if not open_ else "Incomplete" if begun else "Not started",
    }


def _channel_places(changes: dict[str, Any]) -> dict[str, str]:
    """Return for each channel where its fault is shown: at the field it was typed into."""
    return {
        f"/contact/channels/{place}": one["kind"]
        for place, one in enumerate(changes["contact"]["channels"])
    }


def _person_page(draft: CaseDraft, typed: Any, errors: Any = None) -> Response:  # noqa: ANN401
    languages = [{"value": code, "text": one.en} for code, one in codes("languages").items()]
    return page(
        "person.html", TASKS["person"][0], errors=errors, draft=draft, typed=typed,
        languages=languages, version=shown_version(draft),
    )  # fmt: skip


def _story_page(draft: CaseDraft, typed: Any, errors: Any = None) -> Response:  # noqa: ANN401
    lists: dict[str, Any] = {
        name: [{"value": code, "text": one.en} for code, one in codes(of).items()]
        for name, of in (
            ("needs", "needs"),
            ("urgency", "urgency"),
            ("bands", "threshold_bands"),
            ("access_needs", "access_needs"),
        )
    }
    return page(
        "story.html", TASKS["story"][0], errors=errors, draft=draft, typed=typed,
        version=shown_version(draft), **lists,
    )  # fmt: skip


def seen_version() -> int | None:
    """Return the version that the form on the page was based on."""
    return whole_number(request.form.get("version", ""))


def shown_version(draft: CaseDraft) -> int:
    """Return the version a form is based on: a refused form keeps the one it came with."""
    return seen_version() or draft.version
