"""Guards around what browsers send: size, origin, and the CSRF token of every form.

Promise: nothing over the limit is read, and no other site can press a button for the
reader. API paths take bearer tokens only, so they need no CSRF token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from flask import current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from shared.web.paths import is_api

if TYPE_CHECKING:
    from flask import Flask

LARGEST_BODY = 1_000_000
LARGEST_FILE = 3_000_000  # the servers in front keep as much in memory, and nothing in a file
MOST_READ_AWAY = 4_000_000  # more than the servers in front let through
PIECE = 64 * 1024
UNCHANGING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def install(app: Flask) -> None:
    """Guard every request of *app* before any view sees it."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        LARGEST_BODIES={},  # endpoint or blueprint -> bytes, where it is not the usual number
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=500,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # people pause for hours over a hard form
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our own policy never sends
    )
    csrf = CSRFProtect(app)
    app.before_request(refuse_large_bodies)
    app.before_request(refuse_unreadable_text)

    @app.before_request
    def refuse_forged_forms() -> None:
        if request.method in UNCHANGING or is_api(request.path) or request.url_rule is None:
            return
        if not app.config["WTF_CSRF_ENABLED"]:  # Flask-WTF's own word for tests
            return
        if _sent_by_another_site():
            raise CSRFError("This form was sent from another website.")
        csrf.protect()


def refuse_large_bodies() -> None:
    """Refuse by the announced length; a body without one is cut off while it is read."""
    request.max_content_length = largest = largest_body()
    announced = request.content_length or 0
    if announced > largest:
        _read_away(min(announced, MOST_READ_AWAY))
        raise RequestEntityTooLarge


def _read_away(left: int) -> None:
    """Take what is on its way: a proxy still sending calls an early answer a broken service."""
    stream = request.environ["wsgi.input"]
    while left > 0 and (read := len(stream.read(min(left, PIECE)))):
        left -= read


def largest_body() -> int:
    """Return how many bytes this route takes."""
    said: dict[str, int] = current_app.config["LARGEST_BODIES"]
    names = (request.endpoint, *request.blueprints)
    return next((said[name] for name in names if name in said), LARGEST_BODY)


def refuse_unreadable_text() -> None:
    """Refuse query strings and forms that are not UTF-8, or hold NUL, which no column keeps."""
    _refuse_unreadable(request.query_string)
    if request.mimetype == "application/x-www-form-urlencoded":
        _refuse_unreadable(request.get_data())
    elif request.mimetype == "multipart/form-data":
        for pair in request.form.items(multi=True):
            _refuse_unreadable("=".join(pair).encode())


def _refuse_unreadable(encoded: bytes) -> None:
    try:
        text = unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        raise BadRequest from None
    if "\x00" in text or "\ufffd" in text:  # U+FFFD stands where bytes were not text
        raise BadRequest


def _sent_by_another_site() -> bool:
    """Trust the browser's own word; under no-referrer browsers send `Origin: null`."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin", "null")
    ours = {request.host, urlsplit(current_app.config["BASE_URL"]).netloc}
    return origin != "null" and urlsplit(origin).netloc not in ours
