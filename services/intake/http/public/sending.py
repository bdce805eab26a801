"""From checked answers to a request: what is submitted, and what its sender must write down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.domain.submission import Consent, Grant, Submission
from services.intake.drafts import Sent
from services.intake.http.public import answers as told
from services.intake.http.public import offers
from services.intake.http.public.ways import SHARING
from services.intake.usecases import submit_request

if TYPE_CHECKING:
    from datetime import date

    from services.intake.drafts import Draft
    from services.intake.http.public.answers import Answers
    from services.intake.http.public.sharing import Asked
    from services.intake.storage import IntakeTransaction
    from shared.errors import InvalidError

PAGE_OF = {
    "person": "about-you",
    "contact": "phone",
    "needs": "needs",
    "story": "story",
    "household": "household",
    "hidden_from_agencies": "withhold",
    "access_needs": "access",
}
NO_LONGER = "This answer can no longer be used. Please look at it again"


def submitted(given: Answers, draft: Draft, question: Asked, tx: IntakeTransaction) -> Sent:
    """Submit the request; return what is left of the draft."""
    granted = offers.grants(question.offered, draft.answers[SHARING]["share"])
    asked = {g.recipient for g in granted if g.decision == "given" and g.purpose == offers.PURPOSE}
    consent = _consent(question, granted, tx.now.date())
    made = submit_request(_submission(given, consent, question.way.source), tx)
    return Sent(
        reference=made.reference,
        return_code=made.return_code or "",
        reachable=given.reachable,
        recipients=tuple(o.agency for o in question.offered if o.helps and o.agency_id in asked),
        sent_at=tx.now,
        by_hand=all(offer.by_hand for offer in question.offered),
    )


def by_page(error: InvalidError) -> dict[str, str]:
    """Return one sentence for each page on which something must be put right."""
    slugs = {PAGE_OF.get(fault.pointer.split("/")[1], SHARING) for fault in error.errors}
    return dict.fromkeys(sorted(slugs or {SHARING}), NO_LONGER)


def _consent(question: Asked, granted: tuple[Grant, ...], today: date) -> Consent:
    return Consent(
        notice=question.notice.id,
        language=question.notice.language,
        method="online_form",
        given_by="self",
        valid_until=told.valid_until(today),
        grants=granted,
        shown=question.shown,
    )


def _submission(given: Answers, consent: Consent, source: str) -> Submission:
    return Submission(
        person=given.person,
        contact=given.contact,
        needs=given.needs,
        story=given.story,
        source=source,
        relationship="self",
        consent=consent,
        access_needs=given.access_needs,
        household=given.household,
        hidden_from_agencies=given.hidden,
    )
