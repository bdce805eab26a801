"""Whose page is open in this browser, and whether story and names are open on it."""

from __future__ import annotations

from functools import wraps
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, ParamSpec
from uuid import UUID

from flask import g, redirect, request, url_for

from services.intake import visits
from services.intake.drafts import digest
from services.intake.http.public import browser
from shared.identity import Principal
from shared.web import current_store
from shared.web.access import principal

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
    """Return the network address to count tries by: one IPv4 address, or an IPv6 /64."""
    try:
        found = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address) and not found.ipv4_mapped:
        return str(IPv6Network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def wait_in_words(wait: timedelta) -> str:
    """Return how long to wait, in whole minutes, rounded up."""
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return f"{minutes} minutes" if minutes > 1 else "a minute"


def told_to_wait(response: Response, wait: timedelta | None) -> Response:
    """Say in a header, too, when the next try is worth it."""
    if wait:
        response.headers["Retry-After"] = str(max(1, int(wait.total_seconds())))
    return response
