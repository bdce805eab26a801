"""Places: what an agency says it has, and what has been promised of it.

Promise: a place is given by one guarded UPDATE that counts its rows, under a constraint the
database holds, so that no two writers can give the same one whatever they believe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, exists, func, select, update

from services.matching.storage import tables as t
from services.matching.storage.changing import LAST, NEXT
from shared.storage import Transaction

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Row, Update

_c = t.capacity.c
_FREE = (_c.places.is_not(None)) & (_c.reserved + _c.accepted < _c.places)

# Built once, because every request that is placed runs it.
_HOLD = (
    update(t.capacity)
    .where(_c.service_id == bindparam("here"), _FREE)
    .values(
        reserved=_c.reserved + 1,
        last_offered_at=bindparam("moment", type_=_c.last_offered_at.type),
        version=_c.version + 1,
        changed=NEXT,
    )
)
# The same where the service is still as it was when it was chosen, so that no memory decides.
_HOLD_AS_SEEN = _HOLD.where(
    _c.version == bindparam("figure"),
    exists().where(
        t.service.c.id == bindparam("here"),
        t.service.c.version == bindparam("entry"),
        ~t.service.c.closed,
        ~t.service.c.paused,
    ),
)


class PlaceRows(Transaction):
    """Reads and writes of places."""

    places_written = False
    """Whether this transaction itself changed the figures of a service."""
    _changes: int | None = None

    def capacity(self, service_id: UUID) -> Row[Any] | None:
        """Return the figures of one service."""
        return self.one(select(t.capacity).where(_c.service_id == service_id))

    def begin_capacity(self, service_id: UUID) -> None:
        """Write that nothing is known yet of a service's places."""
        self.insert(
            t.capacity,
            service_id=service_id,
            places=None,
            as_of=None,
            takes_waiting_list=False,
            reserved=0,
            accepted=0,
            over_promised=False,
            last_offered_at=None,
            version=1,
            changed=self._next_change(),
        )

    def keep_figure(
        self, service_id: UUID, places: int, as_of: datetime, *, takes_waiting_list: bool
    ) -> None:
        """Write an agency's own figure; count again what was accepted since it was true."""
        accepted = (
            select(func.count())
            .where(t.place.c.service_id == service_id, t.place.c.taken_at >= as_of)
            .scalar_subquery()
        )
        self._change(
            _c.service_id == service_id,
            places=places,
            as_of=as_of,
            takes_waiting_list=takes_waiting_list,
            accepted=accepted,
            over_promised=_c.reserved + accepted > places,
            look_at=None,
        )

    def offered(self, service_id: UUID) -> None:
        """Note that the service was offered someone, so that its equals come first next time."""
        here = _c.service_id == service_id
        self.execute(update(t.capacity).where(here).values(last_offered_at=self.now, changed=NEXT))
        self.places_written = True

    def hold_place(self, service_id: UUID, referral_id: UUID) -> bool:
        """Hold a free place for a referral; False if there is none."""
        return self._hold(_HOLD, service_id, referral_id)

    def hold_as_seen(self, service_id: UUID, referral_id: UUID, entry: int, figure: int) -> bool:
        """Hold a place of a service that is still in these versions, open; False if it is not."""
        return self._hold(_HOLD_AS_SEEN, service_id, referral_id, entry=entry, figure=figure)

    def _hold(self, how: Update, service_id: UUID, referral_id: UUID, **seen: int) -> bool:
        self.places_written = True
        held = self.change(how, here=service_id, moment=self.now, **seen) == 1
        if held:
            self._new_place(service_id, referral_id, taken_at=None)
        return held

    def take_held_place(self, service_id: UUID, referral_id: UUID) -> bool:
        """Turn the place held for a referral into one taken; False if none was held."""
        mine = t.place.c.referral_id == referral_id
        held = mine & t.place.c.taken_at.is_(None) & t.place.c.released_at.is_(None)
        if not self.execute(update(t.place).where(held).values(taken_at=self.now)).rowcount:
            return False
        return self._change(
            _c.service_id == service_id, reserved=_c.reserved - 1, accepted=_c.accepted + 1
        )

    def take_free_place(self, service_id: UUID, referral_id: UUID) -> bool:
        """Take a place that nobody held; False if there is none."""
        taken = self._change((_c.service_id == service_id) & _FREE, accepted=_c.accepted + 1)
        if taken:
            self._new_place(service_id, referral_id, taken_at=self.now)
        return taken

    def release_place(self, service_id: UUID, referral_id: UUID) -> bool:
        """Give back the place held for a referral; False if none was held."""
        mine = t.place.c.referral_id == referral_id
        held = mine & t.place.c.taken_at.is_(None) & t.place.c.released_at.is_(None)
        if not self.execute(update(t.place).where(held).values(released_at=self.now)).rowcount:
            return False
        left = _c.reserved - 1 + _c.accepted
        # A promise once too many is settled as soon as the numbers fit again.
        settled = case((left <= _c.places, False), else_=_c.over_promised)
        return self._change(
            _c.service_id == service_id, reserved=_c.reserved - 1, over_promised=settled
        )

    def _change(self, where: ColumnElement[bool], **values: Any) -> bool:  # noqa: ANN401 - column values
        self.places_written = True
        counted = {"version": _c.version + 1, "changed": NEXT}
        change = update(t.capacity).where(where).values(**counted, **values)
        return self.execute(change).rowcount == 1

    def _next_change(self) -> int:
        """Return the number of a new service: asked for once, for a whole guide may be new."""
        if self._changes is None:
            self._changes = int(self.execute(LAST).scalar_one())
        self._changes += 1
        return self._changes

    def _new_place(self, service_id: UUID, referral_id: UUID, taken_at: datetime | None) -> None:
        self.insert(
            t.place,
            referral_id=referral_id,
            service_id=service_id,
            held_at=self.now,
            taken_at=taken_at,
            released_at=None,
        )
