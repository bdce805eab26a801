"""Keeping what is told of consents and overrides, as facts that only add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.heard import for_referral

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from services.matching.domain.agreement import Told
    from services.matching.heard import (
        ConsentEnded,
        ConsentGiven,
        ConsentRefused,
        Grant,
        OverrideRecorded,
        OverrideReviewed,
    )
    from services.matching.storage import MatchingTransaction

UPHELD, CASE_REVIEW = "upheld", "case_review"


def note_consent(event: ConsentGiven, tx: MatchingTransaction) -> None:
    """Keep what a consent gives."""
    tx.note_given(event.request_id, event.consent_id, _told(event.grants))
    if review := told_for(event.grants, CASE_REVIEW):
        tx.note_review_given(event.request_id, event.consent_id, review)


def note_refusal(event: ConsentRefused, tx: MatchingTransaction) -> None:
    """Keep to whom the person said no."""
    tx.note_refused(event.request_id, event.consent_id, event.recipients)


def note_end(event: ConsentEnded, tx: MatchingTransaction) -> None:
    """Keep what a consent gives no more."""
    tx.note_ended(event.request_id, event.consent_id, _told(event.ended))
    if review := told_for(event.ended, CASE_REVIEW):
        tx.note_review_ended(event.request_id, event.consent_id, review)


def note_override(event: OverrideRecorded, tx: MatchingTransaction) -> None:
    """Keep what an override lets be shared, and until when it must be looked at."""
    given = _told(event.grants)
    tx.note_override(event.request_id, event.override_id, given, event.review_by)


def note_review(event: OverrideReviewed, tx: MatchingTransaction) -> None:
    """Keep that an override was upheld or ended by its review."""
    keep = tx.note_upheld if event.decision == UPHELD else tx.note_over
    keep(event.request_id, event.override_id)


def told_for(grants: Iterable[Grant], purpose: str) -> Told:
    """Return what each agency may be told for one purpose."""
    told: dict[UUID, frozenset[str]] = {}
    for grant in grants:
        if grant.purpose == purpose:
            told[grant.recipient] = told.get(grant.recipient, frozenset()) | {*grant.categories}
    return told


def _told(grants: Iterable[Grant]) -> Told:
    return {agency: frozenset(kinds) for agency, kinds in for_referral(grants).items()}
