"""What every page of outreach shares: who may open it, and how it is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, render_template, url_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

bp = Blueprint("outreach", __name__, url_prefix="/outreach")

GOING = ("worker", "manager", "coordinator")
LEADING = ("manager", "coordinator")


def page(
    template: str,
    title: str,
    *,
    errors: Mapping[str, str] | None = None,
    **facts: object,
) -> Response:
    """Render a page of outreach; with *errors* it says so first and answers 422."""
    html = render_template(
        f"intake/outreach/{template}.html", title=title, errors=errors or {}, **facts
    )
    return make_response(html, 422 if errors else 200)


def onward(endpoint: str, **values: object) -> Response:
    """Answer 303, so that Back and reload send nothing twice."""
    response: Response = redirect(url_for(f"outreach.{endpoint}", **values), 303)  # type: ignore[arg-type, assignment]
    return response
