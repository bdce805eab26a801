"""What intake does for people, partners and staff. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from services.intake.domain.stages import Stage
    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request that is safely ours; the return code is told once and kept only as a hash."""

    id: UUID
    reference: str
    return_code: str | None
    state: str
    version: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told before they agree; a version never changes."""

    id: str
    language: str
    sha256: str
    text: str
    current: bool


@dataclass(frozen=True, slots=True)
class FittingService:
    """A service that could help, and what its agency would need to be told."""

    service_id: UUID
    name: str
    description: str
    needs: tuple[str, ...]
    status: str
    categories: tuple[str, ...]
    agency_id: UUID
    agency: str


@dataclass(frozen=True, slots=True)
class Request:
    """What the person's own page knows of a request: codes and times."""

    id: UUID
    reference: str
    state: str
    version: int
    needs: tuple[str, ...]
    urgency: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The answer to reference and return code: the request, or a wait, or simply neither."""

    request: Request | None
    wait: timedelta | None = None


def submit_request(submission: Submission, tx: IntakeTransaction) -> Submitted:
    """Take in a story with its consents; raise InvalidError naming every fault."""
    raise NotImplementedError


def fitting_services(
    needs: Sequence[str], area_codes: Sequence[str], age: int | None, tx: IntakeTransaction
) -> tuple[FittingService, ...]:
    """Return the open services of active agencies that could fit, by agency name."""
    raise NotImplementedError


def current_notice(language: str, tx: IntakeTransaction) -> Notice:
    """Return the newest notice in *language*, or in English if there is none."""
    raise NotImplementedError


def look_up(reference: str, return_code: str, tx: IntakeTransaction) -> LookedUp:
    """Find a request by its code, counting the try; call it in a write transaction.

    It never raises for a wrong code, so that the counted try is committed.
    """
    raise NotImplementedError


def find_request(request_id: UUID, tx: IntakeTransaction) -> Request:
    """Return the request a /my session was opened for, or raise NotFoundError."""
    raise NotImplementedError


def stages(request: Request, tx: IntakeTransaction) -> tuple[Stage, ...]:
    """Return how far each referral of *request* has come, in plain words."""
    raise NotImplementedError


def publish_notice(data: Mapping[str, str], tx: IntakeTransaction) -> None:
    """Publish a notice version of `id`, `language` and `text`; the same again changes nothing."""
    raise NotImplementedError
