"""Guards around what browsers send: size, origin, and the CSRF token of every form.

Promise: nothing over the limit is read, and no other site can press a button for the
reader. API paths take bearer tokens only, so they need no CSRF token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import RequestEntityTooLarge

from shared.web.paths import is_api

if TYPE_CHECKING:
    from flask import Flask

LARGEST_BODY = 1_000_000
UNCHANGING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def install(app: Flask) -> None:
    """Guard every request of *app* before any view sees it."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=500,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # people pause for hours over a hard form
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our own policy never sends
    )
    csrf = CSRFProtect(app)

    @app.before_request
    def refuse_large_bodies() -> None:
        if (request.content_length or 0) > LARGEST_BODY:
            raise RequestEntityTooLarge

    @app.before_request
    def refuse_forged_forms() -> None:
        if request.method in UNCHANGING or is_api(request.path) or request.url_rule is None:
            return
        if _sent_by_another_site():
            raise CSRFError("This form was sent from another website.")
        csrf.protect()


def _sent_by_another_site() -> bool:
    """Trust the browser's own word; under no-referrer browsers send `Origin: null`."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin", "null")
    ours = {request.host, urlsplit(current_app.config["BASE_URL"]).netloc}
    return origin != "null" and urlsplit(origin).netloc not in ours
