"""Before anybody is told: the person is asked (T2).

Promise: until the person says yes nothing leaves intake but the question itself; everything
else that a request needs is checked before they are asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.intake import checks
from services.intake.domain.consent import GIVEN, REFER
from services.intake.domain.consent_clocks import default_end
from services.intake.domain.request_transitions import RequestState
from services.intake.domain.submission import Consent, Grant
from services.intake.errors import DuplicateRequestError, SubmissionRefusedError
from services.intake.usecases import keeping
from services.intake.usecases.coding import in_codes
from services.intake.usecases.consenting import request_consent
from services.intake.usecases.informing import current_notice
from services.intake.usecases.naming_hidden import with_names_found
from services.intake.usecases.sameness import digests_of, live_duplicate_of, note_sameness
from services.intake.usecases.submitting import FIRST, Submitted, keep_besides, new_return_code
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction

NO_SERVICE = "Name at least one service, so that the person can be asked about its agency."


def ask_first(
    submission: Submission, tx: IntakeTransaction, *, reserved: tuple[UUID, str]
) -> Submitted:
    """Keep a whole request to which the person has not agreed yet, and ask them."""
    told = checks.settled(submission)
    found = tuple(Fault(*one) for one in faults_but_consent(told, tx))
    if found:
        raise SubmissionRefusedError("Something in the request needs to be put right.", found)
    told = with_names_found(told, tx)
    known_by = digests_of(told, tx)
    repeated = live_duplicate_of(told, known_by, tx.actor.agency_id, tx)
    if repeated:
        raise DuplicateRequestError(repeated)
    request_id, reference = reserved
    code = new_return_code(tx)
    waiting = Submitted(request_id, reference, code, RequestState.AWAITING_CONSENT, FIRST)
    keeping.keep_request(told, waiting, in_codes(told, tx.now.date()), tx)
    note_sameness(request_id, known_by, tx)
    keep_besides(told, request_id, None, tx)
    tx.flush()
    request_consent(request_id, agencies_named(told, tx), tx)
    return waiting


def agencies_named(told: Submission, tx: IntakeTransaction) -> list[UUID]:
    """Return the agencies of the services that a referrer named, each once."""
    found = tx.services_named({wish.service for wish in told.referrals})
    return sorted({service.agency_id for service in found.values()})


def faults_but_consent(told: Submission, tx: IntakeTransaction) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with *told* apart from what only the person can answer."""
    whole = replace(told, consent=as_if_agreed(told, tx))
    for pointer, detail in checks.faults(whole, tx):
        if not pointer.startswith("/consent"):
            yield pointer, detail
    if not told.referrals:
        yield "/referrals", NO_SERVICE


def as_if_agreed(told: Submission, tx: IntakeTransaction) -> Consent:
    """Return a consent to every agency that is named, to check the rest against; never kept."""
    notice = current_notice("en", tx)
    return Consent(
        notice=notice.id,
        language=notice.language,
        method="online_form",
        given_by="self",
        valid_until=default_end(tx.now.date()),
        grants=tuple(
            Grant(REFER, agency, ("identity",), GIVEN) for agency in agencies_named(told, tx)
        ),
    )
