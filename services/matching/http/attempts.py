"""One press of a button on a referral's page, pressed twice or too late included.

Promise: pressing twice does the thing once and looks the same both times; pressing when
somebody else was first changes nothing and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.matching.domain.transitions import TABLE, State
from services.matching.errors import NotPossibleError, StaleVersionError
from services.matching.http.form_choices import NOBODY
from shared.errors import ConflictError
from shared.web import current_store
from shared.web.access import principal

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction

MOVED_ON = (
    "This referral was answered or changed since you opened the page. "
    "Nothing was saved. Look at it again first."
)
EVENTS: dict[str, set[str]] = {"accept": {"referral.waiting"}}
"""What each action may leave last in the history; a yes of a full service goes on to a wait."""
for _row in TABLE:
    EVENTS.setdefault(_row.action or "", set()).add(_row.event)


@dataclass(frozen=True, slots=True)
class Press:
    """What a button was to do, the states it may lead to, and what its form said."""

    action: str
    wanted: Collection[State]
    said: Mapping[str, object] = field(default_factory=dict)

    def led_to(self, event: Row[Any]) -> bool:
        """Tell whether *event* is what this press, or the same one before it, came to."""
        told = {"reason": event.reason, **(event.told or {})}
        both = ((told[name], value) for name, value in self.said.items() if name in told)
        same = (_written(value) == str(was) for was, value in both if not isinstance(was, list))
        return event.event in EVENTS[self.action] and all(same)


def attempt(
    referral_id: UUID, press: Press, command: Callable[[MatchingTransaction], None]
) -> None:
    """Run *command*, unless this caller has already done the very same."""
    try:
        with current_store().begin(actor=principal()) as tx:
            command(tx)
    except (StaleVersionError, NotPossibleError) as error:
        if _done_by_me(referral_id, press):
            return
        if isinstance(error, NotPossibleError) and error.why:
            raise
        raise ConflictError(MOVED_ON) from error


def _done_by_me(referral_id: UUID, press: Press) -> bool:
    caller = principal()
    with current_store().read() as tx:
        row = tx.referral(referral_id, caller)
        if row is None or row.state not in press.wanted:
            return False
        last = tx.history([row.id])[row.id][-1]
        mine = last.actor_id is not None and last.actor_id == caller.id
        return mine and press.led_to(last)


def _written(value: object) -> str:
    return str(None if value in {"", NOBODY} else value)
