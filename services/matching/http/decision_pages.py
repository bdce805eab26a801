"""How a service was chosen: for the two agencies of a referral, and for the coordinator's desk.

Promise: looking changes nothing. The agency that was asked sees its own services alone, and only
while it may see what the referral is about.
"""

from __future__ import annotations

from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import render_template, url_for

from services.matching.errors import (
    LineNotFoundError,
    ReferralNotFoundError,
    RequestRestrictedError,
)
from services.matching.http import decision_words, desk_pages, portal, words
from services.matching.storage.desk import COORDINATOR
from services.matching.usecases import keeps_content
from services.matching.usecases.content import ERASED
from shared.web import current_store
from shared.web.access import principal, staff


@portal.bp.get("/referrals/<uuid:referral_id>/decision")
@staff("worker", "manager")
def decision(referral_id: UUID) -> str:
    """Show how the service of one referral was chosen."""
    with current_store().read(principal()) as tx:
        row = portal.seen(referral_id, tx)
        if not keeps_content(row, principal(), tx):
            raise ReferralNotFoundError
        received = row.agency_id == portal.own_agency()
        chosen = decision_words.choice_of(row, tx, only=row.agency_id if received else None)
    return render_template(
        "matching/decision.html",
        title=f"Referral {row.reference}",
        back=url_for("portal.show", referral_id=row.id),
        choices=[chosen],
        columns=decision_words.COLUMNS,
    )


@desk_pages.bp.get("/<uuid:line_id>/decisions")
@staff(COORDINATOR)
def decisions(line_id: UUID) -> str:
    """Show every choice made for the request of one line, and why the rest failed."""
    with current_store().read(principal()) as tx:
        line = tx.line_on_desk(line_id, principal())
        if line is None:
            raise LineNotFoundError
        if tx.is_restricted(line.request_id):
            raise RequestRestrictedError
        rows = sorted(tx.referrals_of_request(line.request_id), key=lambda row: row.id)
        choices = [decision_words.choice_of(row, tx) for row in rows]
        failures = [decision_words.failure_of(gap, tx) for gap in tx.gaps_of(line.request_id)]
        erased = ERASED in tx.withheld([line.request_id]).values()
    named = {"title": words.WITHHELD[ERASED]} if erased else {}
    return render_template(
        "matching/decision.html",
        title=line.reference or "This request",
        back=url_for("desk.show", line_id=line.id),
        choices=[{**choice, **named} for choice in choices + failures],
        columns=decision_words.COLUMNS,
    )
