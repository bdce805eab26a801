"""How a public page is put together: its title, its way back, and what needs putting right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, make_response, render_template
from marshmallow import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.intake.http.public.forms import Page, Typed

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


def faults(schema: Page, typed: Typed) -> dict[str, str]:
    """Return the first sentence for each field that needs putting right, in the page's order."""
    try:
        schema.load(typed)
    except ValidationError as error:
        found: dict[str, object] = dict(error.messages_dict)
        return {name: _sentence(found[name]) for name in schema.fields if name in found}
    return {}


def _sentence(found: object) -> str:
    while not isinstance(found, str):
        found = next(iter(found.values() if isinstance(found, dict) else found))  # type: ignore[call-overload]
    return found
