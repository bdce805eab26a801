"""A draft between two pages: opened, changed in one part, checked, kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from services.intake import checks
from services.intake.errors import SubmissionRefusedError
from services.intake.http.reading import submission_from
from services.intake.http.request_bodies import PART
from services.intake.usecases.asking_first import faults_but_consent
from services.intake.usecases.draft_checks import draft_faults
from services.intake.usecases.drafting import find_draft, open_draft, save_draft, told_in
from shared.errors import Fault
from shared.web.access import principal
from shared.web.current import current_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction
    from services.intake.storage.case_drafts import CaseDraft

Body = dict[str, Any]


def opened(draft_id: UUID, what: str) -> CaseDraft:
    """Return a draft of the reader's agency; that a colleague is shown *what* is recorded first."""
    with current_store().read(actor=principal()) as tx:
        draft = find_draft(draft_id, tx)
    if draft.author_id == principal().id:
        return draft
    with current_store().begin(actor=principal()) as tx:
        return open_draft(draft_id, what, tx)


def keep(
    draft_id: UUID, changes: Body, version: int | None, places: Mapping[str, str]
) -> dict[str, str]:
    """Keep *changes* of a draft unless they break a rule; return the faults by field."""
    with current_store().begin(actor=principal()) as tx:
        body = {**find_draft(draft_id, tx).body, **changes}
        found = by_field(faults_of(body, tx), places)
        if not found:
            save_draft(draft_id, body, tx, version=version)
    return found


def faults_of(body: Body, tx: IntakeTransaction) -> tuple[Fault, ...]:
    """Return what is wrong with what is written so far."""
    try:
        loaded = PART.load(without_nothing(body))
    except (SubmissionRefusedError, ValidationError) as error:
        return tuple(getattr(error, "errors", ()))
    return tuple(Fault(*one) for one in draft_faults(submission_from(loaded), loaded, tx))


def written(draft: CaseDraft, tx: IntakeTransaction) -> Submission:
    """Return what would be sent as it stands."""
    return told_in(draft, submission_from(PART.load(without_nothing(draft.body))), tx)


def missing(draft: CaseDraft, tx: IntakeTransaction) -> tuple[Fault, ...]:
    """Return everything that keeps a draft from being sent."""
    told = checks.settled(written(draft, tx))
    found = checks.faults(told, tx) if draft.body.get("consent") else faults_but_consent(told, tx)
    faults = {fault[0]: Fault(*fault) for fault in found}
    if not told.referrals:
        detail = "Name at least one service."
        faults.setdefault("/referrals", Fault("/referrals", detail))
    if "consent" not in draft.body:
        faults["/consent"] = Fault("/consent", "Say whether the person has agreed.")
    return tuple(faults.values())


def by_field(faults: tuple[Fault, ...], places: Mapping[str, str]) -> dict[str, str]:
    """Return each fault at its field; those of other pages are for those pages to say."""
    found: dict[str, str] = {}
    for fault in faults:
        place = next((places[p] for p in places if fault.pointer.startswith(p)), None)
        if place is not None:
            found.setdefault(place, fault.detail)
    return found


def without_nothing(body: Body) -> Body:
    """Return *body* without what was left empty, for a schema that knows no empty dates."""
    return {
        name: without_nothing(value) if isinstance(value, dict) else value
        for name, value in body.items()
        if value is not None
    }
