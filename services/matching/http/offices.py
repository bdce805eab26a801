"""Who signed in, with the offices of the hub only where they are held at the hub.

Promise: a role that acts for the whole partnership counts at the agency that runs it, and
nowhere else, on whatever page; beside it everybody keeps what they are at their own agency.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.matching.storage.desk import HUB
from services.matching.usecases.commanding import OFFICES
from shared.web import current_store, sessions

if TYPE_CHECKING:
    from flask import Flask

    from shared.identity import Principal


def install(app: Flask) -> None:
    """Have *app* ask here who is signed in."""
    app.extensions["staff_of"] = staff_of


def staff_of() -> Principal | None:
    """Return the member of staff of this browser, None where nobody is signed in."""
    caller = sessions.staff_of()
    if caller is None or not set(OFFICES) & caller.roles or _is_at_the_hub(caller):
        return caller
    return replace(caller, roles=caller.roles - set(OFFICES))


def _is_at_the_hub(caller: Principal) -> bool:
    with current_store().read() as tx:
        agency = tx.agency(caller.agency_id) if caller.agency_id is not None else None
    return agency is not None and agency.kind == HUB
