"""What every page of the referrer shares: who may open it, and how it is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, render_template

from services.intake.errors import RequestNotFoundError
from shared.web.access import principal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from flask import Response

bp = Blueprint("referrer", __name__, url_prefix="/requests")

ROLES = ("worker", "manager")
ENDING_ROLES = (*ROLES, "coordinator", "officer")
UNPROCESSABLE = 422


def page(
    template: str,
    title: str,
    *,
    errors: Mapping[str, str] | None = None,
    status: int | None = None,
    **facts: object,
) -> Response:
    """Render a page that no cache keeps; with *errors* it says so first and answers 422."""
    found = errors or {}
    html = render_template(
        f"intake/referrer/{template}",
        title=title,
        errors=[{"text": text, "href": f"#{place}"} for place, text in found.items()],
        faults={place: {"text": text} for place, text in found.items()},
        **facts,
    )
    response = make_response(html, status or (UNPROCESSABLE if found else 200))
    response.headers["Cache-Control"] = "no-store"
    return response


def onward(address: str) -> Response:
    """Answer 303: the next page is fetched by GET, so that reload sends nothing twice."""
    response: Response = make_response(redirect(address, code=303))
    return response


def my_agency() -> UUID:
    """Return the agency whose staff this is; without one there is nothing to see."""
    agency = principal().agency_id
    if agency is None:
        raise RequestNotFoundError("there is no such request")
    return agency
