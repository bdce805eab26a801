"""What agreements between agencies forbid an agency that refers; nobody else is held to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.domain.agreements import NOT_COVERED, in_force, why_not
from services.intake.domain.consent import GIVEN, REFER
from services.intake.storage.agreements import agreements_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from uuid import UUID

    from services.intake.domain.agreements import Agreement
    from services.intake.domain.consent import Known
    from services.intake.domain.submission import Consent, Submission
    from services.intake.storage import IntakeTransaction

Found = tuple[str, str]
REFERRERS = frozenset({"client", "staff"})


def faults(submission: Submission, known: Known, tx: IntakeTransaction) -> Iterator[Found]:
    """Yield (pointer, detail) for each service and each grant that no agreement covers."""
    referrer = tx.actor.agency_id
    if referrer is None or tx.actor.kind not in REFERRERS:
        return
    agreements, required = agreements_of(referrer, tx)
    if not (agreements or required):
        return
    for place, wish in enumerate(submission.referrals):
        asked = known.services.get(wish.service)
        if asked is None:
            continue
        sentence = why_not(agreements, referrer, asked.agency_id, known.today, required=required)
        if sentence is not None:
            yield f"/referrals/{place}/service", sentence
    yield from _grant_faults(submission.consent, agreements, referrer, known.today)


def consent_faults(
    consent: Consent, submitter: UUID | None, tx: IntakeTransaction
) -> Iterator[Found]:
    """Yield the faults of a later yes that whoever made the request records for the person.

    What people agree to themselves, and what others record, is no agency's referral.
    """
    referrer = tx.actor.agency_id
    if referrer is None or tx.actor.kind not in REFERRERS or referrer != submitter:
        return
    agreements, _ = agreements_of(referrer, tx)
    yield from _grant_faults(consent, agreements, referrer, tx.now.date())


def _grant_faults(
    consent: Consent, agreements: list[Agreement], referrer: UUID, today: date
) -> Iterator[Found]:
    for place, grant in enumerate(consent.grants):
        if grant.purpose != REFER or grant.decision != GIVEN or grant.recipient == referrer:
            continue
        held = in_force(agreements, referrer, grant.recipient, today)
        covered = frozenset[str]().union(*(one.categories for one in held))
        for at, category in enumerate(grant.categories):
            if held and category not in covered:
                yield f"/consent/grants/{place}/categories/{at}", NOT_COVERED
