"""How a public page is put together: its title, its way back, and what needs putting right.

Promise: whoever chose Easy Read has it on every page, with a picture; staff pages stay as they
are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, make_response, render_template, request

from services.intake.forms.easy_read import in_easy_read
from services.intake.http.public import browser
from services.intake.http.public.pictures import picture_of

if TYPE_CHECKING:
    from collections.abc import Mapping

UNPROCESSABLE = 422
EASY_READ, STAFF, OWN_PAGE = "easy_read", "staff", "/my"


def page(
    template: str,
    title: str,
    *,
    errors: Mapping[str, str] | None = None,
    status: int | None = None,
    **facts: object,
) -> Response:
    """Render a public page; with *errors* it says so first and answers 422."""
    easy = wants_easy_read() and facts.get("service_area") != STAFF
    if easy:
        facts["picture"] = picture_of(template, str(facts.get("slug") or ""))
    told = {**facts, "easy_read": easy, "read_on": _read_on()}
    html = render_template(f"intake/public/{template}", title=title, errors=errors or {}, **told)
    code = status or (UNPROCESSABLE if errors else 200)
    return make_response(in_easy_read(html) if easy else html, code)


def wants_easy_read() -> bool:
    """Tell whether this browser chose Easy Read."""
    return language_chosen() == EASY_READ


def language_chosen() -> str | None:
    """Return the language this browser chose, if it has chosen."""
    return browser.held(browser.LANGUAGE)


def _read_on() -> str:
    """Return where somebody reads on who chooses other words here."""
    if request.path.startswith(OWN_PAGE):
        return OWN_PAGE
    return "/ask" if request.path.startswith("/ask") else "/"
