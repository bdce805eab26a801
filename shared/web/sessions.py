"""Staff sessions of one service: kept in its own database, found by a hashed cookie.

Promise: a session ends after 15 idle minutes, after 10 hours, when its sign-on ends
anywhere, and when the member of staff changes. A page opened five minutes after the last
look passes by identity again; without such a look for 15 minutes the session is over too,
so that is the bound when messages are late.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import current_app, g, redirect, request, url_for
from sqlalchemy import bindparam, delete, select, update
from werkzeug.exceptions import HTTPException

from shared.identity import Principal
from shared.web import standing
from shared.web.current import current_service, current_store
from shared.web.session_tables import SESSION

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from sqlalchemy import Row
    from werkzeug import Response as AnyResponse

    from shared.storage import Transaction

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=10)
LOOK_AGAIN = timedelta(minutes=5)
FRESH = timedelta(minutes=5)
_NOTED_EVERY = timedelta(seconds=60)
# Asked at every page of staff: built once, it costs half.
_BY_COOKIE = select(SESSION).where(SESSION.c.id_hash == bindparam("id_hash"))


def install(app: Flask) -> None:
    """Give *app* the routes of signing in, unless it is where staff sign in."""
    from shared.web import sign_on  # noqa: PLC0415 - access declares its routes' rules

    if app.name != "identity":
        app.register_blueprint(sign_on.blueprint(app.name))


def cookie_name(service: str) -> str:
    """Return the name of *service*'s cookie; `__Host-` binds it to this origin."""
    return f"__Host-onward-{service}"


def hashed(value: str) -> bytes:
    """Return what is stored in place of a secret *value*."""
    return hashlib.sha256(value.encode()).digest()


def set_cookie(response: AnyResponse, name: str, value: str, life: timedelta | None = None) -> None:
    """Give the browser a cookie that scripts and other sites cannot read."""
    response.set_cookie(name, value, max_age=life, secure=True, httponly=True, samesite="Lax")


def drop_cookie(response: AnyResponse, name: str) -> None:
    """Take a cookie back; browsers ignore it unless the flags are repeated."""
    response.delete_cookie(name, secure=True, httponly=True, samesite="Lax")


def staff_of() -> Principal | None:
    """Return the member of staff whose live session this browser holds."""
    value = request.cookies.get(cookie_name(current_service()))
    row = _find(value) if value else None
    if row is None or not _is_live(row, _now()):
        return None
    g.staff_session = row
    _note_presence(row)
    return Principal(
        kind="staff",
        id=str(row.staff_id),
        agency_id=row.agency_id,
        roles=frozenset(row.roles),
        session=str(row.session_id),
        name=row.name,
        teams=frozenset(map(UUID, row.teams or ())),
    )


def is_due_for_a_look() -> bool:
    """Tell whether this page view should pass by identity, which takes no click."""
    row = g.get("staff_session")
    walking = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") in {
        None,
        "navigate",
    }
    return walking and row is not None and not _within(row.checked_at, LOOK_AGAIN, _now())


def to_sign_in() -> AnyResponse:
    """Lead to sign-in, and back to this page if it can be opened by a link."""
    endpoint = current_app.extensions.get("sign_in_endpoint", "session.start")
    return redirect(url_for(endpoint, next=_back()), code=303)


def has_fresh_code() -> bool:
    """Tell whether whoever is signed on gave a second factor just now.

    A form that was opened so may be sent as long as its page may stay open.
    """
    row = g.get("staff_session")
    limit = FRESH if request.method in {"GET", "HEAD"} else FRESH + IDLE
    return row is not None and row.code_at is not None and _within(row.code_at, limit, _now())


def to_code() -> AnyResponse:
    """Lead to where a code is asked for again, and back to this page."""
    return redirect(url_for("session.start", next=_back(), fresh=1), code=303)


def _back() -> str | None:
    return request.full_path.rstrip("?") if _opens_by_link() else None


def is_revoked(client_id: str) -> bool:
    """Tell whether *client_id* has been revoked, as far as this service has heard."""
    return current_store().glance(lambda tx: standing.is_revoked(client_id, tx))


def begin_session(
    tx: Transaction, who: Principal, *, started: datetime, code_at: datetime | None = None
) -> str:
    """Keep a new session for *who*; return the cookie's value. Whatever it held before ends."""
    value = secrets.token_urlsafe(32)
    tx.execute(delete(SESSION).where(SESSION.c.ends_at <= tx.now))
    tx.insert(
        SESSION,
        id_hash=hashed(value),
        session_id=UUID(who.session),
        staff_id=UUID(who.id),
        agency_id=who.agency_id,
        roles=sorted(who.roles),
        name=who.name,
        seen_at=tx.now,
        checked_at=tx.now,
        ends_at=started + ABSOLUTE,
        code_at=code_at,
        teams=sorted(map(str, who.teams)),
    )
    return value


def forget_cookie(tx: Transaction, value: str | None) -> None:
    """End the one session that the cookie *value* stands for."""
    tx.execute(delete(SESSION).where(SESSION.c.id_hash == hashed(value or "")))


def local_path(path: str | None) -> str:
    """Return *path* when it leads to a page of this origin, else the front page."""
    text = path or ""
    plain = text.isascii() and text.isprintable() and "\\" not in text
    return text if plain and text.startswith("/") and not text.startswith("//") else "/"


def _find(value: str) -> Row[Any] | None:
    with current_store().read() as tx:
        found: Row[Any] | None = tx.execute(_BY_COOKIE, {"id_hash": hashed(value)}).first()
    return found


def _is_live(row: Row[Any], now: datetime) -> bool:
    recent = _within(row.seen_at, IDLE, now) and _within(row.checked_at, IDLE, now)
    return recent and now < row.ends_at


def _within(since: datetime, limit: timedelta, now: datetime) -> bool:
    # abs: a clock set back must not make a session last longer than it should.
    return abs(now - since) < limit


def _note_presence(row: Row[Any]) -> None:
    if _within(row.seen_at, _NOTED_EVERY, _now()):
        return
    store = current_store()
    with store.mark() as connection:
        here = update(SESSION).where(SESSION.c.id_hash == row.id_hash)
        connection.execute(here.values(seen_at=_now()))


def _opens_by_link() -> bool:
    try:
        adapter = current_app.create_url_adapter(request)
        return adapter is not None and bool(adapter.match(request.path, "GET"))
    except HTTPException:
        return False


def _now() -> datetime:
    return current_store().clock.now()
