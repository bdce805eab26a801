"""Statements of the hot path, built once: making one costs more than running it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import (
    String,
    Uuid,
    bindparam,
    cast,
    false,
    null,
    select,
    union_all,
    update,
)

from services.notify.domain import Audience, State
from services.notify.storage.tables import (
    OPEN,
    agency,
    delivery,
    hidden_from,
    referral,
    silence,
    staff,
    untold,
)
from shared.storage.among import among
from shared.storage.prepared import Keyed

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Label

T = TypeVar("T")


def _known_of(column: Column[T], where: ColumnElement[bool], name: str | None = None) -> Label[T]:
    """Return *column* of the one row of another table *where* it speaks of the same thing."""
    return select(column).where(where).scalar_subquery().label(name or column.name)


ASKED_UNDER = Keyed(
    select(delivery).where(delivery.c.state == State.ASKING), delivery.c.contact_request_id
)
TO_PERSON = Keyed(
    select(
        delivery.c.id,
        delivery.c.request_id,
        delivery.c.template,
        delivery.c.state,
        delivery.c.referral_id,
        delivery.c.contact_request_id,
        delivery.c.facts,
    ).where(delivery.c.audience == Audience.PERSON),
    delivery.c.request_id,
    grows=lambda row: row["audience"] == Audience.PERSON,
)
# With what has become so since a message was queued: it may not leave any more. Looked up for the
# few that are picked; joined, PostgreSQL would read every referral to find theirs. In the order of
# its index alone, or it would sort what it had found by reading every delivery.
DUE = (
    select(
        delivery,
        _known_of(silence.c.reason, silence.c.request_id == delivery.c.request_id, "silenced"),
        _known_of(referral.c.standing, referral.c.referral_id == delivery.c.referral_id),
        _known_of(hidden_from.c.whom, hidden_from.c.request_id == delivery.c.request_id),
    )
    .where(OPEN, delivery.c.next_at <= bindparam("now"))
    .order_by(delivery.c.next_at)
    .limit(bindparam("most"))
    .with_for_update(of=delivery, skip_locked=True)
)
# In the order of its index, or PostgreSQL would read every delivery to find that none is due.
ANYTHING_DUE = (
    select(delivery.c.id)
    .where(OPEN, delivery.c.next_at <= bindparam("now"))
    .order_by(delivery.c.next_at)
    .limit(bindparam("most"))
)
_quiet = union_all(
    select(
        silence.c.request_id,
        silence.c.reason,
        cast(null(), Uuid).label("agency_id"),
        false().label("told"),
    ),
    select(untold.c.request_id, cast(null(), String), untold.c.agency_id, untold.c.told),
).subquery()
# Why the person is written to no more, and the agencies that came to know without their being told.
QUIET = Keyed(select(_quiet.c.reason, _quiet.c.agency_id, _quiet.c.told), _quiet.c.request_id)
HIDDEN_FROM = select(hidden_from.c.whom).where(hidden_from.c.request_id == bindparam("request_id"))
AGENCIES = select(agency).where(among(agency.c.agency_id, "ids"))
STAFF = select(staff).where(among(staff.c.staff_id, "ids"))
HUB = select(agency).where(agency.c.kind == "hub", agency.c.active)
THESE = update(delivery).where(among(delivery.c.id, "ids"))
TAKE = THESE.values(
    state=State.ATTEMPTING, next_at=None, sealed=None, sealed_until=None, contact_request_id=None
)
END = THESE.values(
    state=bindparam("ended"),
    reason=bindparam("why"),
    next_at=None,
    done_at=bindparam("now"),
    contact_request_id=None,
    sealed=None,
    sealed_until=None,
)
JOIN = (
    update(delivery)
    .where(delivery.c.id == bindparam("joined"))
    .values(
        template=bindparam("now_says"), referral_id=bindparam("about"), facts=bindparam("known")
    )
)
READY = (
    update(delivery)
    .where(delivery.c.id == bindparam("ready"))
    .values(
        state=State.READY,
        channel=bindparam("by"),
        language=bindparam("in_language"),
        next_at=bindparam("now"),
        sealed=bindparam("address"),
        sealed_until=bindparam("until"),
    )
)
