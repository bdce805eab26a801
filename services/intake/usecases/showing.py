"""What became of a request: for the person by return code, for the agency that submitted it.

Promise: a wrong code and an unknown reference are answered alike and take the same work; every
try is counted in the database, known reference or not, and slowed.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.references import plain
from services.intake.domain.stages import Stage, request_state, steps_of
from services.intake.errors import RequestNotFoundError
from services.intake.storage import access_codes
from services.intake.storage.holds import RESTRICTED, holds
from services.intake.storage.overrides import untold_since
from services.intake.storage.referring import guide_entries
from services.intake.usecases.consent_views import is_given
from services.intake.usecases.keeping import hash_of
from services.intake.usecases.trying import count_failure, forgive, tries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

LONGEST_TYPED = 40
OPENLY = frozenset({"public"})
PERSON = "person"
_NO_CODE = bytes(16)


@dataclass(frozen=True, slots=True)
class Request:
    """What may be said of a request without opening anything personal: codes and times."""

    id: UUID
    reference: str
    state: str
    version: int
    needs: tuple[str, ...]
    urgency: str
    threshold: int | None
    submitted_at: datetime
    consents: tuple[UUID, ...]
    referrals: tuple[Referral, ...]


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral of a request, as far as intake has heard."""

    id: UUID
    service_id: UUID
    agency_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class Opening:
    """An agency that looked, at what (category codes), when and for what purpose."""

    agency: str
    what: tuple[str, ...]
    at: datetime
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The answer to reference and return code: the request, or a wait, or simply neither.

    A frozen page is told only to who knows both: then there is no request to show.
    """

    request: Request | None
    wait: timedelta | None = None
    frozen: bool = False
    before_at: datetime | None = None


def look_up(
    reference: str, return_code: str, tx: IntakeTransaction, *, place: str = ""
) -> LookedUp:
    """Find a request by its code, counting the try; call it in a write transaction.

    It never raises for a wrong code, so that the counted try is committed. *place* is the
    network address that it came from.
    """
    name, code = plain(reference[:LONGEST_TYPED]), plain(return_code[:LONGEST_TYPED])
    found = tries("reference", name, place, tx)
    row = tx.request_by_reference(name)
    kept = (row.return_code_hash if row else None) or _NO_CODE
    right = hmac.compare_digest(kept, hash_of(name, code, tx)) and row is not None
    wait = found.wait(tx)
    if wait:
        return LookedUp(None, wait)
    if row is None or not right:
        return LookedUp(None, count_failure(found, tx) or None)
    forgive(found, tx)
    return _opened(row, tx)


def _opened(row: Row[Any], tx: IntakeTransaction) -> LookedUp:
    page = access_codes.page_of(row.id, tx)
    if page.frozen_at:
        return LookedUp(None, frozen=True)
    access_codes.mark_page(row.id, tx, opened_at=tx.now)
    return LookedUp(_shown(row, tx), before_at=page.opened_at)


def find_request(request_id: UUID, tx: IntakeTransaction) -> Request:
    """Return the request a /my session was opened for, or raise RequestNotFoundError."""
    row = tx.request_row(request_id)
    if row is None:
        raise RequestNotFoundError("there is no such request")
    return _shown(row, tx)


def submitted_by(agency_id: UUID | None, request_id: UUID, tx: IntakeTransaction) -> Request:
    """Return a request to the agency that submitted it; to others there is none."""
    row = tx.request_row(request_id)
    if row is None or agency_id is None or row.submitter_agency_id != agency_id:
        raise RequestNotFoundError("there is no such request")
    return _shown(row, tx)


def stages(request: Request, tx: IntakeTransaction) -> tuple[Stage, ...]:
    """Return how far each referral of *request* has come, in plain words."""
    rests = RESTRICTED in holds(request.id, tx)
    found = (_stage(list(steps), tx) for steps in _by_referral(request.id, tx))
    return tuple(replace(stage, rests=rests) for stage in found if stage.steps)


def openings(request: Request, tx: IntakeTransaction) -> tuple[Opening, ...]:
    """Return who was shown what of *request*, newest first."""
    rows = tx.openings_of(request.id)
    return tuple(Opening(row.name or "", tuple(row.what), row.at, row.purpose) for row in rows)


def _stage(rows: list[Row[Any]], tx: IntakeTransaction) -> Stage:
    last = rows[-1]
    agency = tx.agency_row(last.agency_id)
    return Stage(
        referral_id=last.referral_id,
        agency=agency.name if agency else "",
        service=tx.service_name(last.service_id) or "",
        steps=steps_of(rows),
        state=last.state,
        reason=last.reason,
        agency_phone=agency.phone if agency else None,
        answer_by=last_said(rows, "answer_by"),
        starts_on=last_said(rows, "starts_on"),
        until=last_said([row for row in rows if row.state == last.state], "until"),
        occasional_support=bool(last_said(rows, "occasional_support")),
        suggested=suggested_by(last, OPENLY, tx),
    )


def last_said(rows: Sequence[Row[Any]], column: str) -> Any:  # noqa: ANN401 - a column value
    """Return what the newest of *rows* that says it says, or None."""
    said = (getattr(row, column) for row in reversed(rows))
    return next((value for value in said if value is not None), None)


def suggested_by(step: Row[Any], listed: Collection[str], tx: IntakeTransaction) -> tuple[str, ...]:
    """Return the services that a step suggests instead, of those that are *listed* so."""
    ids = [UUID(one) for one in step.alternatives or ()]
    known = guide_entries(ids, tx)
    entries = (known[one] for one in ids if one in known)
    return tuple(f"{e.name}, {e.agency}" for e in entries if e.listed in listed)


def _by_referral(request_id: UUID, tx: IntakeTransaction) -> list[list[Row[Any]]]:
    rows = tx.steps_of_request(request_id)
    if tx.actor.kind == PERSON:
        rows = _told_of(rows, request_id, tx)
    return [list(steps) for _, steps in groupby(rows, key=attrgetter("referral_id"))]


def _told_of(rows: list[Row[Any]], request_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    """Leave out what only an override led to that the person was not told of: they are in danger.

    Whoever else reads their page must not find it there either.
    """
    cut = untold(request_id, tx)
    return [row for row in rows if row.agency_id not in cut or row.at < cut[row.agency_id]]


def untold(request_id: UUID, tx: IntakeTransaction) -> dict[UUID, datetime]:
    """Return which agencies only an override lets know that the person was not told of."""
    found = untold_since(request_id, tx)
    live = tx.live_consents(request_id) if found else ()
    grants = (grant for one in live for grant in tx.grants_of(one.id))
    agreed = {grant.recipient_agency_id for grant in grants if is_given(grant)}
    return {agency: since for agency, since in found.items() if agency not in agreed}


def _shown(row: Row[Any], tx: IntakeTransaction) -> Request:
    referrals = tuple(_referral(steps[-1]) for steps in _by_referral(row.id, tx))
    return Request(
        id=row.id,
        reference=row.reference,
        state=request_state(row.state, [referral.state for referral in referrals]),
        version=row.version,
        needs=tuple(row.needs),
        urgency=row.urgency,
        threshold=row.threshold,
        submitted_at=row.submitted_at,
        consents=tuple(consent.id for consent in tx.consents_of(row.id)),
        referrals=referrals,
    )


def _referral(step: Row[Any]) -> Referral:
    return Referral(step.referral_id, step.service_id, step.agency_id, step.state)
