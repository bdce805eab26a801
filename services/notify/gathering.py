"""What comes in numbers becomes one mail for each reader and day.

Promise: nothing gathered is lost; what no longer fits on a mail is counted on it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.notify.domain import State, gathered, leaves_at
from services.notify.usecases import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.notify.storage import NotifyTransaction
    from services.notify.usecases import Notice


def gather(notice: Notice, entry: Mapping[str, Any] | None, tx: NotifyTransaction) -> None:
    """Let the mail that waits for this reader tell this *entry* as well, or begin the next one."""
    last = tx.newest_like(
        notice.request_id, notice.template, notice.agency_id, staff_id=notice.staff_id
    )
    if last is None or last.state != State.READY:
        at = leaves_at(last.done_at or last.created_at if last else None, tx.now)
        tell(replace(notice, facts=gathered(notice.facts, entry), not_before=at), tx)
    elif entry is not None:
        tx.amend(last.id, facts=gathered(last.facts, entry))
