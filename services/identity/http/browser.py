"""What a browser brings: its cookies and the address it comes from."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import request

from services.identity.clients import SERVICES
from services.identity.domain import HALF_WAY_LIFE
from shared.web import sessions
from shared.web.whence import whence

if TYPE_CHECKING:
    from werkzeug import Response

SIGN_ON_COOKIE = sessions.cookie_name("identity")
HALF_WAY_COOKIE = sessions.cookie_name("sign-in")


def sign_on_cookie() -> str | None:
    """Return what stands for the sign-on of this browser."""
    return request.cookies.get(SIGN_ON_COOKIE)


def half_way_cookie() -> str:
    """Return what stands for the sign-in under way in this browser."""
    return request.cookies.get(HALF_WAY_COOKIE, "")


def keep_half_way(response: Response, value: str) -> None:
    """Let the browser go on to the second step."""
    sessions.set_cookie(response, HALF_WAY_COOKIE, value, HALF_WAY_LIFE)


def keep_sign_on(response: Response, value: str) -> None:
    """Let the browser hold the sign-on, until it is closed."""
    sessions.set_cookie(response, SIGN_ON_COOKIE, value)
    sessions.drop_cookie(response, HALF_WAY_COOKIE)


def forget_sign_on(response: Response) -> None:
    """Take the sign-on back from the browser, with everything it has kept of this site."""
    sessions.drop_cookie(response, SIGN_ON_COOKIE)
    # The services end their sessions when they hear of it; this browser need not wait.
    for service in SERVICES:
        sessions.drop_cookie(response, sessions.cookie_name(service))
    response.headers["Clear-Site-Data"] = '"storage"'


def address() -> str:
    """Return the network address to count tries by."""
    return whence(request.remote_addr)


def in_words(wait: timedelta) -> str:
    """Return how long to wait, rounded up, in words."""
    seconds = max(1, round(wait / timedelta(seconds=1) + 0.5))
    if seconds <= 90:  # noqa: PLR2004 - up to here people count in seconds
        return f"{seconds} second{'s' if seconds > 1 else ''}"
    return f"{-(-seconds // 60)} minutes"


def retry_after(wait: timedelta) -> dict[str, str]:
    """Return the header that says when to come back."""
    return {"Retry-After": str(max(1, round(wait.total_seconds() + 0.5)))}
