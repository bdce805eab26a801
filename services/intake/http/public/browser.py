"""What we leave in a person's browser: one random id, never an answer.

Promise: over https the cookie is `__Host-`; scripts cannot read it; it is not kept after
the browser is closed, for the next person at this phone may be the wrong one.
"""

from __future__ import annotations

from typing import cast

from flask import Response, redirect, request

from shared.web import current_settings
from shared.web.cookies import cookie_name, encrypted

DRAFT = "ask"
VISIT = "my"
LANGUAGE = "ask-language"
FORM = "intake-form"
"""The secret of this browser's forms, set by the layout (shared.web.cookies)."""
LONGEST_ID = 64


def held(name: str) -> str | None:
    """Return the id this browser holds under *name*."""
    value = request.cookies.get(cookie_name(name, current_settings()), "")
    return value if 0 < len(value) <= LONGEST_ID else None


def hold(response: Response, name: str, value: str) -> Response:
    """Let the browser hold *value* under *name* until it is closed."""
    settings = current_settings()
    response.set_cookie(
        cookie_name(name, settings),
        value,
        secure=encrypted(settings),
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: Response, name: str) -> Response:
    """Let the browser forget what it held under *name*."""
    settings = current_settings()
    response.delete_cookie(
        cookie_name(name, settings),
        secure=encrypted(settings),
        httponly=True,
        samesite="Lax",
    )
    return response


def onward(address: str) -> Response:
    """Answer 303: the next page is fetched by GET, so that Back and reload send nothing twice."""
    return cast("Response", redirect(address, 303, Response=Response))
