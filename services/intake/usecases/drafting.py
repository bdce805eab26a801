"""A referrer's draft: begun, saved, given up, and in the end sent (T1, T2, T3).

Promise: an agency's drafts are for that agency alone, without those whom they hide from, and what
goes on from a referral only while that is open to it; a colleague's look is recorded. Saving from
an older version is refused; what is sent keeps the draft's id and reference.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.consent import REFER
from services.intake.domain.request_transitions import RequestState
from services.intake.errors import RequestNotFoundError, StaleVersionError
from services.intake.storage import case_drafts as rows
from services.intake.storage.case_drafts import KEPT_ONCE_SENT, CaseDraft
from services.intake.storage.hidden import AGENCY, STAFF, TEAM, hidden, is_among
from services.intake.usecases.asking_first import ask_first
from services.intake.usecases.onward_drafts import is_shut
from services.intake.usecases.reusing import reuse_story, story_again
from services.intake.usecases.submitting import FIRST, Submitted, free_reference, submit_request
from shared.bus.access import AccessGranted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Row

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction

Sender = tuple[UUID, str]
OBJECT = "draft"
HIDES = {
    AGENCY: "hidden_from_agencies",
    TEAM: "hidden_from_teams",
    STAFF: "hidden_from_staff",
}
"""Which part of a draft says from whom it is hidden, by kind."""


def begin_draft(
    body: Mapping[str, Any], tx: IntakeTransaction, *, of_request_id: UUID | None = None
) -> Submitted:
    """Keep what is written so far (T1); nobody is told of it.

    *of_request_id* is a request of this agency whose person and story are used again.
    """
    if tx.actor.agency_id is None or tx.actor.id is None:
        raise RequestNotFoundError("drafts belong to an agency")
    reference = free_reference(tx)
    while rows.reference_is_drafted(reference, tx):
        reference = free_reference(tx)
    draft = CaseDraft(
        id=tx.new_id(),
        reference=reference,
        agency_id=tx.actor.agency_id,
        author_id=tx.actor.id,
        version=FIRST,
        began_at=tx.now,
        touched_at=tx.now,
        keep_until=tx.now,
        body=dict(body),
        of_request_id=of_request_id,
    )
    rows.keep_draft(draft, tx)
    return Submitted(draft.id, reference, None, RequestState.DRAFT, FIRST)


def find_draft(draft_id: UUID, tx: IntakeTransaction) -> CaseDraft:
    """Return a draft of the caller's own agency; to others there is none."""
    row = rows.draft_row(draft_id, tx)
    if row is None or row.agency_id != tx.actor.agency_id or row.sent_request_id:
        raise RequestNotFoundError("there is no such draft")
    draft = rows.read_draft(row, tx)
    if _is_hidden(draft, tx):
        raise RequestNotFoundError("there is no such draft")
    return draft


def open_draft(draft_id: UUID, what: str, tx: IntakeTransaction) -> CaseDraft:
    """Return a draft to be shown; *what* a colleague of its author is shown of it is recorded."""
    draft = find_draft(draft_id, tx)
    if draft.author_id != tx.actor.id:
        told = AccessGranted(
            object_type=OBJECT,
            object_id=str(draft.id),
            what=(what,),
            purpose=REFER,
            request_id=draft.id,
            recipient_agency_id=tx.actor.agency_id,
        )
        tx.announce(told)
    return draft


def drafts_seen(agency_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the rows of an agency's drafts that the caller may see, the last touched first."""
    known = rows.drafts_of(agency_id, tx)
    return [row for row in known if not _is_hidden(rows.read_draft(row, tx), tx)]


def _is_hidden(draft: CaseDraft, tx: IntakeTransaction) -> bool:
    """Tell whether what is written, or the request it is made from, is hidden from the caller."""
    who, said = tx.actor, {kind: draft.body.get(name) or () for kind, name in HIDES.items()}
    whom = [(kind, UUID(one)) for kind, ids in said.items() for one in ids]
    again = draft.of_request_id
    if again is not None:
        whom += hidden(again, tx)
    if whom and is_among(whom, draft.agency_id, who, team=None):
        return True
    return is_shut(draft, tx)


def save_draft(
    draft_id: UUID, body: Mapping[str, Any], tx: IntakeTransaction, *, version: int | None
) -> CaseDraft:
    """Keep *body* in place of what was written, if that was *version*; None: whatever it was."""
    draft = _based_on(version, draft_id, tx)
    saved = replace(draft, body=dict(body), version=draft.version + 1)
    rows.keep_draft(saved, tx)
    return saved


def told_in(draft: CaseDraft, written: Submission, tx: IntakeTransaction) -> Submission:
    """Return what would be sent: *written*, with person and story of the request used again."""
    if draft.of_request_id is None:
        return written
    again, wishes = draft.of_request_id, written.referrals
    return story_again(again, written.consent, tx, needs=written.needs, referrals=wishes)


def drop_draft(draft_id: UUID, tx: IntakeTransaction) -> None:
    """Delete a draft and its key, as somebody asked."""
    rows.forget_draft(find_draft(draft_id, tx).id, tx)


def send_draft(
    draft_id: UUID, submission: Submission, tx: IntakeTransaction, *, version: int | None
) -> Submitted:
    """Submit what was written (T3), with the consent that was given."""
    again = find_draft(draft_id, tx).of_request_id

    def send(reserved: Sender) -> Submitted:
        if again is None:
            return submit_request(submission, tx, reserved=reserved)
        needs, wishes = submission.needs, submission.referrals
        return reuse_story(again, submission.consent, tx, needs=needs, referrals=wishes)

    return _sent(draft_id, version, send, tx)


def send_draft_for_consent(
    draft_id: UUID, submission: Submission, tx: IntakeTransaction, *, version: int | None
) -> Submitted:
    """Ask the person whether the agencies of the services named may know (T2)."""

    def send(reserved: Sender) -> Submitted:
        return ask_first(submission, tx, reserved=reserved)

    return _sent(draft_id, version, send, tx)


def return_code_of(request_id: UUID, tx: IntakeTransaction) -> str | None:
    """Return the return code to hand over, to whoever sent the draft a few minutes ago."""
    row = rows.draft_row(request_id, tx)
    if row is None or row.sent_request_id is None or row.author_id != tx.actor.id:
        return None
    code: str | None = rows.read_draft(row, tx).body.get("return_code")
    return code


def _sent(
    draft_id: UUID,
    version: int | None,
    send: Callable[[Sender], Submitted],
    tx: IntakeTransaction,
) -> Submitted:
    draft = _based_on(version, draft_id, tx)
    rows.forget_draft(draft.id, tx)
    taken = tx.reference_is_taken(draft.reference)
    done = send((draft.id, free_reference(tx) if taken else draft.reference))
    if done.return_code:
        rows.keep_sent(replace(draft, id=done.id, body={"return_code": done.return_code}), tx)
    return done


def _based_on(version: int | None, draft_id: UUID, tx: IntakeTransaction) -> CaseDraft:
    draft = find_draft(draft_id, tx)
    if version is not None and version != draft.version:
        raise StaleVersionError(draft.version)
    return draft


__all__ = [
    "KEPT_ONCE_SENT",
    "begin_draft",
    "drafts_seen",
    "drop_draft",
    "find_draft",
    "open_draft",
    "return_code_of",
    "save_draft",
    "send_draft",
    "send_draft_for_consent",
]
