"""Security headers on every answer.

Promise: no page loads anything from another origin, is framed, is cached by a shared
computer or tells another site where the reader came from.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import g

if TYPE_CHECKING:
    from flask import Flask, Response

    from shared.settings import Settings

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), "
        "fullscreen=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), "
        "publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"
    ),
}
ONE_YEAR = "max-age=31536000; includeSubDomains"


def nonce() -> str:
    """Return this request's nonce: the one inline script of the page carries it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def policy() -> str:
    """Return the Content-Security-Policy of this answer; its nonce only if a page asked."""
    own = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'none'; "
        f"connect-src 'self'; script-src 'self'{own}; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
    )


def install(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer of *app*; HSTS where the site speaks https."""
    encrypted = settings.base_url.startswith("https:")
    always = ALWAYS | ({"Strict-Transport-Security": ONE_YEAR} if encrypted else {})

    @app.after_request
    def add_headers(response: Response) -> Response:
        given = response.headers
        chosen = {"Cache-Control": "no-store", "Content-Security-Policy": policy(), **always}
        given.extend({name: value for name, value in chosen.items() if name not in given})
        return response
