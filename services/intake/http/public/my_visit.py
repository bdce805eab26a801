"""Whose page is open in this browser, and whether story and names are open on it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec
from uuid import UUID

from flask import g, redirect, request, url_for

from services.intake import visits
from services.intake.drafts import digest
from services.intake.http.public import browser
from shared.identity import Principal
from shared.web import current_store
from shared.web.access import principal
from shared.web.whence import whence

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from flask import Response
    from flask.typing import ResponseReturnValue

    from services.intake.visits import Visit

P = ParamSpec("P")


def person_of() -> Principal | ResponseReturnValue:
    """Return the person whose page is open in this browser, or lead to the way in."""
    held = browser.held(browser.VISIT)
    store = current_store()
    with store.read() as tx:
        visit = visits.find_visit(held, tx) if held else None
        due = visit and visit.is_due_for_a_touch(tx.now)
    if held is None or visit is None:
        return redirect(url_for("my.sign_in"), 303)
    if due:
        with store.begin() as tx:
            visits.touch_visit(held, tx)
    g.visit, g.visit_id = visit, held
    session = digest(held).hex()[:16]
    return Principal(kind="person", id=str(visit.request_id), session=session)


def visit() -> Visit:
    """Return the visit in which this page is opened."""
    found: Visit = g.visit
    return found


def visit_id() -> str:
    """Return the random id that this browser holds."""
    return str(g.visit_id)


def mine() -> UUID:
    """Return the request whose page is open."""
    return UUID(str(principal().id))


def once_shown(to: str) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Let a page that tells names open only after 'show'; until then, ask for it.

    *to* names the page to go on to (my_door.LEADS).
    """

    def guard(view: Callable[P, Response]) -> Callable[P, Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            if not visit().shown:
                return browser.onward(url_for("my.door.ask", to=to))
            return view(*args, **kwargs)

        return guarded

    return guard


def place() -> str:
    """Return where a request comes from, to count tries by."""
    return whence(request.remote_addr)


def wait_in_words(wait: timedelta) -> str:
    """Return how long to wait, in whole minutes, rounded up."""
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return f"{minutes} minutes" if minutes > 1 else "a minute"


def told_to_wait(response: Response, wait: timedelta | None) -> Response:
    """Say in a header, too, when the next try is worth it."""
    if wait:
        response.headers["Retry-After"] = str(max(1, int(wait.total_seconds())))
    return response
