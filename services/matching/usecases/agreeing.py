"""Keeping what is told of consents and overrides, as facts that only add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.heard import for_referral

if TYPE_CHECKING:
    from collections.abc import Iterable

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

UPHELD = "upheld"


def note_consent(event: ConsentGiven, tx: MatchingTransaction) -> None:
    """Keep what a consent gives."""
    tx.note_given(event.request_id, event.consent_id, _told(event.grants))


def note_refusal(event: ConsentRefused, tx: MatchingTransaction) -> None:
    """Keep to whom the person said no."""
    tx.note_refused(event.request_id, event.consent_id, event.recipients)


def note_end(event: ConsentEnded, tx: MatchingTransaction) -> None:
    """Keep what a consent gives no more."""
    tx.note_ended(event.request_id, event.consent_id, _told(event.ended))


def note_override(event: OverrideRecorded, tx: MatchingTransaction) -> None:
    """Keep what an override lets be shared."""
    tx.note_override(event.request_id, event.override_id, _told(event.grants))


def note_review(event: OverrideReviewed, tx: MatchingTransaction) -> None:
    """Keep that an override was ended by its review, if it was not upheld."""
    if event.decision != UPHELD:
        tx.note_over(event.request_id, event.override_id)


def _told(grants: Iterable[Grant]) -> Told:
    return {agency: frozenset(kinds) for agency, kinds in for_referral(grants).items()}
