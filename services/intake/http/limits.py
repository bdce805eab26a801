"""How much one address may send to the public pages, as politeness; and whom to ring instead.

Promise: no puzzle, ever. Whoever is refused reads how long to wait and a number to ring. The
counts are in memory, per process; what must not be guessed is counted in the database.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from flask import current_app, request
from flask_limiter import Limiter

from services.intake.storage.flags import hub_id
from shared.errors import OnwardError
from shared.web import access, current_store, pages
from shared.web.paths import is_api

if TYPE_CHECKING:
    from flask import Flask, Response
    from flask_limiter import RequestLimit

PER_ADDRESS = "60 per minute;600 per hour"
LARGEST_FORM = 200_000  # a story of 4,000 letters, each written in twelve, and room for the rest
PUBLIC = frozenset({"public", "person"})
WAIT = "60"
SHARED = {4: 24, 6: 64}  # bits of an address that a neighbourhood has in common
_KNOWN = "onward.known_hub"


def install(app: Flask) -> None:
    """Count what each address sends to the public pages of *app*, and cap the size of its forms."""
    limiter = Limiter(
        network,
        app=app,
        application_limits=[PER_ADDRESS],
        on_breach=_refuse,
        storage_uri="memory://",
        headers_enabled=False,
    )
    limiter.request_filter(_is_not_counted)
    app.extensions["ring"] = _hub
    for name, blueprint in app.blueprints.items():
        if blueprint.url_prefix in {"/ask", "/my"}:
            app.config["LARGEST_BODIES"].setdefault(name, LARGEST_FORM)


def network() -> str:
    """Return the neighbourhood a request comes from: one household may have many addresses."""
    address = ip_address(_address())
    # A mapped address is the one it stands for, or all of IPv4 would be one neighbourhood.
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network((address, SHARED[address.version]), strict=False))


def _address() -> str:
    """Return the address as the nearest proxy saw it."""
    direct = request.remote_addr or "127.0.0.1"
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told if told and access.is_local({"REMOTE_ADDR": direct}) else direct


def _is_not_counted() -> bool:
    """Pass by pages that are only read, staff, partners, and this machine itself."""
    if request.method != "POST" or is_api(request.path) or request.endpoint is None:
        return True
    rule = access.rule_of(current_app.view_functions[request.endpoint], request.method)
    return rule is None or rule.kind not in PUBLIC or access.is_local(request.environ)


def _refuse(_limit: RequestLimit) -> Response:
    return pages.answer(429, headers={"Retry-After": WAIT})


def _hub() -> tuple[str, str] | None:
    """Return name and number of the hub; the last known while the database cannot be asked."""
    known: dict[str, tuple[str, str] | None] = current_app.extensions.setdefault(_KNOWN, {})
    try:
        with current_store().read() as tx:
            hub = hub_id(tx)
            row = tx.agency_row(hub) if hub else None
            known["hub"] = (row.name, row.phone) if row and row.phone else None
    except OnwardError:
        pass
    return known.get("hub")
