"""Intake's own copies of agencies, the guide, referrals and openings, kept by what is told.

Promise: a copy moves only forward; an old telling that arrives late changes nothing newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from services.intake.storage import tables as t
from shared.storage import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Row

_STEPS = select(t.referral_step).order_by(t.referral_step.c.referral_id, t.referral_step.c.sequence)
_GUIDE = (
    select(
        t.guide,
        t.service_status.c.status,
        t.agency.c.name.label("agency"),
    )
    .join(t.service_status, t.service_status.c.service_id == t.guide.c.service_id)
    .join(t.agency, t.agency.c.id == t.guide.c.agency_id)
    .where(t.agency.c.active)
    .order_by(t.agency.c.name, t.guide.c.name, t.guide.c.service_id)
)
_AGENCY = select(t.agency.c.id, t.agency.c.kind).where(
    t.agency.c.id == bindparam("agency_id"), t.agency.c.active
)
_NAMED = (
    select(
        t.guide.c.service_id,
        t.guide.c.agency_id,
        t.service_status.c.status,
        t.service_status.c.closed_until,
    )
    .join(t.service_status, t.service_status.c.service_id == t.guide.c.service_id)
    .where(t.guide.c.service_id == bindparam("service_id"))
)


class GuideRows(Transaction):
    """Reads and writes of the read models."""

    def open_guide(self) -> list[Row[Any]]:
        """Return the guide's entries of active agencies, by agency name."""
        return self.all(_GUIDE)

    def agency_kinds(self, ids: Iterable[UUID]) -> dict[UUID, str]:
        """Return the kind of each of these agencies that is known and active."""
        found = (self.ask(_AGENCY, agency_id=agency) for agency in ids)
        return {row.id: row.kind for rows in found for row in rows}

    def agency_row(self, agency_id: UUID) -> Row[Any] | None:
        """Return what is known of an agency."""
        return self.one(select(t.agency).where(t.agency.c.id == agency_id))

    def hub_row(self) -> Row[Any] | None:
        """Return the agency that coordinates this partnership."""
        hubs = select(t.agency).where(t.agency.c.kind == "hub", t.agency.c.active)
        return self.one(hubs.order_by(t.agency.c.name, t.agency.c.id))

    def service_name(self, service_id: UUID) -> str | None:
        """Return the name of a service."""
        row = self.one(select(t.guide.c.name).where(t.guide.c.service_id == service_id))
        return row.name if row else None

    def services_of(self, agency_id: UUID) -> list[Row[Any]]:
        """Return the entries of one agency in the guide."""
        return self.all(select(t.guide).where(t.guide.c.agency_id == agency_id))

    def services_named(self, ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
        """Return agency and status of each of these services that is in the guide."""
        found = (self.ask(_NAMED, service_id=service) for service in ids)
        return {row.service_id: row for rows in found for row in rows}

    def keep_step(self, **step: Any) -> None:  # noqa: ANN401 - column values
        """Keep one step of a referral in its place, however late it is told."""
        self.add_unless_there(t.referral_step, **step)

    def steps_of_request(self, request_id: UUID) -> list[Row[Any]]:
        """Return the steps of every referral of a request, in order."""
        return self.all(_STEPS.where(t.referral_step.c.request_id == request_id))

    def referral_now(self, referral_id: UUID) -> Row[Any] | None:
        """Return the latest step of one referral: that is its state."""
        steps = t.referral_step
        latest = select(steps).where(steps.c.referral_id == referral_id)
        return self.one(latest.order_by(steps.c.sequence.desc()).limit(1))

    def keep_opening(
        self, request_id: UUID, agency_id: UUID, what: Iterable[str], purpose: str | None = None
    ) -> None:
        """Keep that an agency was shown something and for what, for the person to see."""
        at = self.hearing.time if self.hearing else self.now
        facts = {"request_id": request_id, "agency_id": agency_id, "what": list(what)}
        told = {"purpose": purpose or None, "role": self._role()}
        self.insert(t.opening, id=self.new_id(), at=at, **told, **facts)

    def _role(self) -> str | None:
        """Return in which role somebody looked; several are named in order."""
        heard = self.hearing.actor.get("roles") if self.hearing else self.actor.roles
        return ",".join(sorted(heard or ()))[:80] or None

    def openings_of(self, request_id: UUID) -> list[Row[Any]]:
        """Return who was shown what of a request, newest first."""
        shown = t.opening
        mine = select(shown, t.agency.c.name).outerjoin(
            t.agency, t.agency.c.id == shown.c.agency_id
        )
        return self.all(
            mine.where(shown.c.request_id == request_id).order_by(shown.c.at.desc(), shown.c.id)
        )
