"""What intake does for people, partners and staff. Nothing here commits."""

from __future__ import annotations

from services.intake.usecases.contacting import release_contact
from services.intake.usecases.disclosing import Disclosure, Refusal, disclose
from services.intake.usecases.finding import FittingService, fitting_services
from services.intake.usecases.informing import Notice, current_notice, notices, publish_notice
from services.intake.usecases.showing import (
    LookedUp,
    Opening,
    Request,
    find_request,
    look_up,
    openings,
    stages,
    submitted_by,
)
from services.intake.usecases.submitting import Submitted, submit_once, submit_request

__all__ = [
    "Disclosure",
    "FittingService",
    "LookedUp",
    "Notice",
    "Opening",
    "Refusal",
    "Request",
    "Submitted",
    "current_notice",
    "disclose",
    "find_request",
    "fitting_services",
    "look_up",
    "notices",
    "openings",
    "publish_notice",
    "release_contact",
    "stages",
    "submit_once",
    "submit_request",
    "submitted_by",
]
