"""What matching tells of agencies, their services and their places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.bus.message import Moment, announces


@announces("agency.changed.v1", subject="agency_id")
@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """An agency joined, left or changed how it is reached."""

    agency_id: UUID
    name: str
    kind: str
    active: bool
    mailbox: str
    phone: str


@announces("service.published.v1", subject="service_id")
@dataclass(frozen=True, slots=True)
class ServicePublished:
    """An entry of the referral guide is new or has changed."""

    service_id: UUID
    agency_id: UUID
    name: str
    description: str
    needs: tuple[str, ...]
    area_codes: tuple[str, ...]
    minimum_age: int | None
    maximum_age: int | None
    categories: tuple[str, ...]
    status: str
    listed: str


@announces("capacity.changed.v1", subject="service_id")
@dataclass(frozen=True, slots=True)
class CapacityChanged:
    """An agency said how many places it has."""

    service_id: UUID
    agency_id: UUID
    places: int
    takes_waiting_list: bool
    as_of: Moment
    status: str


@announces("service.closed.v1", subject="service_id")
@dataclass(frozen=True, slots=True)
class ServiceClosed:
    """An agency decided to take no new referrals; people already waiting keep their clocks.

    `referrers` are the other agencies whose referrals are under way or wait there.
    """

    service_id: UUID
    agency_id: UUID
    decided_at: Moment
    until: date
    status: str
    referrers: tuple[UUID, ...] = ()


@announces("service.reopened.v1", subject="service_id")
@dataclass(frozen=True, slots=True)
class ServiceReopened:
    """An agency takes referrals again."""

    service_id: UUID
    agency_id: UUID
    reopened_at: Moment
    status: str


@announces("service.reviewed.v1", subject="service_id")
@dataclass(frozen=True, slots=True)
class ServiceReviewed:
    """An agency checked an entry and stands by it (K15)."""

    service_id: UUID
    agency_id: UUID
    reviewed_on: date
    status: str
