"""How a public page is put together: its title, its way back, and what needs putting right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, make_response, render_template

if TYPE_CHECKING:
    from collections.abc import Mapping

UNPROCESSABLE = 422


def page(
    template: str,
    title: str,
    *,
    errors: Mapping[str, str] | None = None,
    status: int | None = None,
    **facts: object,
) -> Response:
    """Render a public page; with *errors* it says so first and answers 422."""
    html = render_template(f"intake/public/{template}", title=title, errors=errors or {}, **facts)
    return make_response(html, status or (UNPROCESSABLE if errors else 200))
