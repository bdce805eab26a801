"""Why a person is not written to now, whatever was agreed: what is held, frozen or hidden.

A frozen page says that somebody else may be looking; so may a mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, literal_column, select, union_all

from services.intake.storage.access_codes import own_page
from services.intake.storage.holds import request_hold
from services.intake.storage.overrides import override
from shared.storage.prepared import Keyed

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Select

    from shared.storage import Transaction

PAGE_FROZEN, PAGE_HIDDEN = "page_frozen", "page_hidden"
UNTOLD = "untold"
"""Somebody knows in a way the person was not told of: it is quiet about them alone."""


def _marked(why: str) -> Select[Any]:
    mark = {PAGE_FROZEN: own_page.c.frozen_at, PAGE_HIDDEN: own_page.c.hidden_at}[why]
    said = literal_column(f"'{why}'", String).label("kind")
    return select(own_page.c.request_id, said).where(mark.is_not(None))


_HELD = select(
    request_hold.c.request_id,
    (literal_column("'request_'", String) + request_hold.c.kind).label("kind"),
)
_NOT_TOLD = select(
    override.c.request_id, literal_column(f"'{UNTOLD}'", String).label("kind")
).where(~override.c.person_told)
_ALL = union_all(_HELD, _marked(PAGE_FROZEN), _marked(PAGE_HIDDEN), _NOT_TOLD).subquery()
# One statement: it is asked for each mail to a person.
WHY_QUIET = Keyed(select(_ALL.c.kind), _ALL.c.request_id)


def why_quiet(request_id: UUID, tx: Transaction) -> list[str]:
    """Return every reason, in the order of the alphabet."""
    return sorted(row.kind for row in tx.ask_of(WHY_QUIET, request_id))
