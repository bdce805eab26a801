"""From checked answers to a request: what is submitted, and what its sender must write down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.domain.consent_clocks import default_end
from services.intake.domain.submission import Consent, Grant, Submission
from services.intake.drafts import Sent
from services.intake.http.public import offers
from services.intake.http.public.manners import (
    Manner,
    agreed_by_phone,
    manner_of,
    source_of,
    speaker_of,
)
from services.intake.http.public.ways import SHARING
from services.intake.usecases import submit_request

if TYPE_CHECKING:
    from datetime import date

    from services.intake.drafts import Draft
    from services.intake.http.public.answers import Answers
    from services.intake.http.public.sharing import Asked
    from services.intake.http.public.ways import Way
    from services.intake.storage import IntakeTransaction
    from shared.errors import InvalidError

PAGE_OF = {
    "person": "about-you",
    "contact": "phone",
    "needs": "needs",
    "story": "story",
    "household": "household",
    "hidden_from_agencies": "withhold",
    "hidden_from_teams": "withhold",
    "hidden_from_names": "withhold",
    "access_needs": "access",
}
NO_LONGER = "This answer can no longer be used. Please look at it again"


def submitted(given: Answers, draft: Draft, question: Asked, tx: IntakeTransaction) -> Sent:
    """Submit the request; return what is left of the draft."""
    granted = offers.grants(question.offered, draft.answers[SHARING]["share"])
    asked = {g.recipient for g in granted if g.decision == "given" and g.purpose == offers.PURPOSE}
    consent = _consent(question, granted, manner_of(question.way, given, tx), tx.now.date())
    made = submit_request(_submission(given, consent, question.way, tx), tx)
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


def _consent(question: Asked, granted: tuple[Grant, ...], manner: Manner, today: date) -> Consent:
    return Consent(
        notice=question.notice.id,
        language=question.notice.language,
        method=manner.method,
        given_by=manner.given_by,
        valid_until=default_end(today),
        grants=granted,
        witness=manner.witness,
        authority=manner.authority,
        shown=question.shown,
    )


def _submission(given: Answers, consent: Consent, way: Way, tx: IntakeTransaction) -> Submission:
    speaker = speaker_of(way, given)
    return Submission(
        person=given.person,
        contact=given.contact,
        needs=given.needs,
        story=given.story,
        source=source_of(way, given),
        relationship=given.text("helper", "relationship") or "self",
        consent=consent,
        referrals=agreed_by_phone(given, tx),
        access_needs=given.access_needs,
        household=given.household,
        hidden_from_agencies=given.hidden,
        hidden_from_staff=given.hidden_staff,
        hidden_from_teams=given.hidden_teams,
        hidden_from_names=given.hidden_names,
        speaker=speaker,
    )
