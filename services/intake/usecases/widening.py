"""When more is told than before: whoever would see more may do so only once the person agrees.

Promise: nobody is asked again about what they refused, and nothing is shown meanwhile: the
gate opens by live grants alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.intake.domain.consent import REFER
from services.intake.domain.stages import PLACED
from services.intake.storage import tables as t
from services.intake.usecases.consenting import request_consent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction


def ask_for_what_is_new(
    request: Row[Any], before: Submission, after: Submission, tx: IntakeTransaction
) -> UUID | None:
    """Ask the person about what is told now for the first time; return the consent asked for."""
    new = told_of(after) - told_of(before)
    unsure = sorted(set(_unsure(request.id, new, tx))) if new else []
    return request_consent(request.id, unsure, tx) if unsure else None


def told_of(submission: Submission) -> frozenset[str]:
    """Return the categories in which something was told."""
    person = submission.person
    said = {
        "identity": bool(person.given_name.strip()),
        "contact": bool(submission.contact.channels),
        "address": person.address is not None or person.no_fixed_abode,
        "story": bool(submission.story.strip()),
        "access_needs": bool(submission.access_needs),
        "household": submission.household is not None,
    }
    return frozenset(category for category, told in said.items() if told)


def _unsure(request_id: UUID, new: frozenset[str], tx: IntakeTransaction) -> Iterator[UUID]:
    """Yield each agency that has the request, needs what is new, and was never asked about."""
    answered = _answered(request_id, tx)
    now = {step.referral_id: step for step in tx.steps_of_request(request_id)}
    for step in now.values():
        needed = new & _declared(step.service_id, tx) if step.state in PLACED else frozenset()
        if any((step.agency_id, category) not in answered for category in needed):
            yield step.agency_id


def _declared(service_id: UUID, tx: IntakeTransaction) -> frozenset[str]:
    """Return the categories a service says it needs."""
    row = tx.one(select(t.guide.c.categories).where(t.guide.c.service_id == service_id))
    return frozenset(row.categories) if row else frozenset()


def _answered(request_id: UUID, tx: IntakeTransaction) -> frozenset[tuple[UUID, str]]:
    """Return (agency, category) of everything the person said yes or no to, ever."""
    grant, record = t.consent_grant, t.consent_record
    asked = (
        select(grant.c.recipient_agency_id, grant.c.category)
        .join(record, record.c.id == grant.c.consent_id)
        .where(record.c.request_id == request_id, grant.c.purpose == REFER)
    )
    return frozenset((row.recipient_agency_id, row.category) for row in tx.all(asked))
