"""The second look at what was shared without agreement, within a day, and never by oneself.

Promise: reading the reasons is recorded like any access; what nobody looks at climbs the ladder
of lateness, and every rung is told once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake import sealing
from services.intake.domain.overrides import (
    CLOCK,
    DECISIONS,
    UNREVIEWED,
    is_lapsed,
    released,
    rung_due,
)
from services.intake.errors import (
    AlreadyReviewedError,
    NotDisclosedError,
    OverrideRefusedError,
    OwnOverrideError,
)
from services.intake.messages import Grant, OverrideReviewed
from services.intake.storage import overrides as rows
from services.intake.storage.hidden import is_hidden
from services.intake.usecases.consenting import live_grants
from services.intake.usecases.overriding import HUB, ROLE
from shared.bus.access import AccessGranted
from shared.bus.told_by_many import ClockOverdue
from shared.errors import Fault

if TYPE_CHECKING:
    from services.intake.storage import IntakeTransaction

REVIEWERS = frozenset({ROLE, "officer"})
OBJECT, RATIONALE, PURPOSE = "override", "rationale", "review"


@dataclass(frozen=True, slots=True)
class SeenOverride:
    """An override in codes, names of agencies and times; nothing of the person."""

    id: UUID
    request_id: UUID
    reference: str
    ground: str
    why_no_consent: str
    person_told: bool
    why_not_told: str | None
    recorded_at: datetime
    review_by: datetime
    state: str
    lapsed: bool
    own: bool
    by_agency: str
    grants: tuple[tuple[str, Grant], ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A request that another agency shares with the reader's for somebody's safety."""

    request_id: UUID
    reference: str
    ground: str
    recorded_at: datetime


def overrides_seen(tx: IntakeTransaction) -> tuple[SeenOverride, ...]:
    """Return the overrides that the caller may look at, those without a review first."""
    mine = tx.actor.agency_id
    if mine is None or not REVIEWERS & tx.actor.roles:
        return ()
    found = rows.overrides_recorded(tx, None if _is_hub(tx) else mine)
    return tuple(_seen(row, tx) for row in found if not _is_hidden(row, tx))


def find_override(override_id: UUID, tx: IntakeTransaction) -> SeenOverride:
    """Return one override to whoever may look at it; to others there is none."""
    return _seen(_theirs(override_id, tx), tx)


def received(tx: IntakeTransaction) -> tuple[Received, ...]:
    """Return what other agencies share with the caller's without agreement, newest first."""
    mine = tx.actor.agency_id
    found = rows.overrides_naming(mine, tx) if mine else []
    return tuple(
        Received(row.request_id, row.reference, row.ground, row.recorded_at)
        for row in found
        if mine and not _is_hidden(row, tx) and _releases(row, mine, tx)
    )


def read_rationale(override_id: UUID, tx: IntakeTransaction) -> str:
    """Return why it was shared, after recording that it is read."""
    row = _theirs(override_id, tx)
    key = tx.key_of(row.request_id)
    if key is None:
        raise NotDisclosedError("it was erased")
    tx.announce(
        AccessGranted(
            object_type=OBJECT,
            object_id=str(row.id),
            what=(RATIONALE,),
            purpose=PURPOSE,
            request_id=row.request_id,
            recipient_agency_id=tx.actor.agency_id,
            override_id=row.id,
        )
    )
    place = ("override", "sealed_rationale", row.id)
    text: str = sealing.unseal(tx.vault, key, row.sealed_rationale, place)
    return text


def review_override(override_id: UUID, decision: str, tx: IntakeTransaction) -> None:
    """Keep what the second person decided: upheld, or ended at once."""
    row = _theirs(override_id, tx)
    if row.recorded_by == tx.actor.id:
        raise OwnOverrideError("Somebody else must look at what you recorded.")
    if decision not in DECISIONS:
        fault = Fault("/decision", "Choose whether it may go on")
        raise OverrideRefusedError("this cannot be kept yet", [fault])
    if row.state != UNREVIEWED:
        raise AlreadyReviewedError("Somebody has looked at this already.")
    seen = {"state": decision, "reviewed_by": tx.actor.id, "reviewed_at": tx.now}
    rows.change_override(row.id, tx, **seen, version=row.version + 1)
    remaining = live_grants(row.request_id, tx)
    event = OverrideReviewed(row.id, row.request_id, decision, remaining)
    tx.announce(event, sequence=row.version + 1)


def climb_ladder(tx: IntakeTransaction) -> int:
    """Tell of every review that is late and has reached a rung nobody was told of."""
    late = [(row, rung_due(row.review_by, tx.now)) for row in rows.unreviewed_since(tx.now, tx)]
    due = [(row, rung) for row, rung in late if rung > row.rung]
    for row, rung in due:
        rows.change_override(row.id, tx, rung=rung, version=row.version + 1)
        tx.announce(_overdue(row, rung), sequence=row.version + 1)
    return len(due)


def _overdue(row: Any, rung: int) -> ClockOverdue:  # noqa: ANN401 - a row
    return ClockOverdue(
        clock=CLOCK,
        object_type=OBJECT,
        object_id=row.id,
        due_at=row.review_by,
        rung=rung,
        request_id=row.request_id,
        agency_id=row.recorded_by_agency_id,
        reference=row.reference,
    )


def _theirs(override_id: UUID, tx: IntakeTransaction) -> Any:  # noqa: ANN401 - a row
    """Return an override of the caller's agency, or any to the hub; to others there is none."""
    row = rows.override_row(override_id, tx)
    if row is None or not REVIEWERS & tx.actor.roles or _is_hidden(row, tx):
        raise NotDisclosedError("there is nothing here for you to see")
    if row.recorded_by_agency_id != tx.actor.agency_id and not _is_hub(tx):
        raise NotDisclosedError("there is nothing here for you to see")
    return row


def _is_hub(tx: IntakeTransaction) -> bool:
    agency = tx.agency_row(tx.actor.agency_id) if tx.actor.agency_id else None
    return agency is not None and agency.kind == HUB


def _is_hidden(row: Any, tx: IntakeTransaction) -> bool:  # noqa: ANN401 - a row
    return is_hidden(row.request_id, tx.actor.agency_id, tx.actor, tx, team=None)


def _releases(row: Any, agency_id: UUID, tx: IntakeTransaction) -> bool:  # noqa: ANN401 - a row
    mine = [one for one in rows.grants_of_override(row.id, tx) if one.recipient == agency_id]
    granted = {category for one in mine for category in one.categories}
    lapsed = is_lapsed(row.state, row.review_by, tx.now)
    shown = rows.shown_by(row.id, agency_id, tx)
    return bool(released(granted, shown, state=row.state, lapsed=lapsed))


def _seen(row: Any, tx: IntakeTransaction) -> SeenOverride:  # noqa: ANN401 - a row
    grants = rows.grants_of_override(row.id, tx)
    return SeenOverride(
        id=row.id,
        request_id=row.request_id,
        reference=row.reference,
        ground=row.ground,
        why_no_consent=row.why_no_consent,
        person_told=row.person_told,
        why_not_told=row.why_not_told,
        recorded_at=row.recorded_at,
        review_by=row.review_by,
        state=row.state,
        lapsed=is_lapsed(row.state, row.review_by, tx.now),
        own=row.recorded_by == tx.actor.id,
        by_agency=_name(row.recorded_by_agency_id, tx),
        grants=tuple((_name(grant.recipient, tx), grant) for grant in grants),
    )


def _name(agency_id: UUID, tx: IntakeTransaction) -> str:
    agency = tx.agency_row(agency_id)
    return agency.name if agency else ""
