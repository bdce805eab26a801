"""The clocks of referrals as they are kept: one column of the referral they run on.

Promise: they are written by the statement that moves the referral. One from before there were
clocks gets them from its history, at its next move or the next look at what is late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, or_, select, update

from services.matching.domain.clocks import EXTENSION_WEEKS, Length, later, length
from services.matching.domain.ladder import carried_over, due_at, look_at
from services.matching.domain.running import (
    Running,
    Step,
    after,
    answered,
    rebuilt,
    terms_of,
    without,
)
from services.matching.domain.transitions import State
from services.matching.storage import tables as t
from services.matching.storage.clock_columns import columns, read, step_of, written
from services.matching.storage.facts_tables import restricted
from services.matching.storage.guide import GuideRows, entry_of
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from services.matching.domain.clocks import Calendar

_r = t.referral.c
CAUSES = ("id", "request_id", "reference", "service_id", "agency_id", "referrer_agency_id")
NEEDED = (*CAUSES, "urgency", "state", "sent_at", "clocks")
_DUE = (
    select(*(_r[name] for name in NEEDED))
    .where(
        _r.look_at <= bindparam("moment", type_=_r.look_at.type),
        ~restricted(_r.request_id),
    )
    .order_by(_r.look_at, _r.id)
    .limit(bindparam("most"))
)
_OLD = (
    select(
        t.service.c.id,
        t.service.c.agency_id,
        t.service.c.entry,
        t.service.c.reviewed_on,
        t.service.c.closed,
        t.service.c.paused,
        t.capacity.c.as_of,
        t.capacity.c.clocks,
    )
    .join(t.capacity, t.capacity.c.service_id == t.service.c.id)
    .join(t.agency, t.agency.c.id == t.service.c.agency_id)
    .where(
        t.agency.c.active,
        or_(
            t.capacity.c.look_at.is_(None),
            t.capacity.c.look_at <= bindparam("moment", type_=_r.look_at.type),
        ),
    )
    .order_by(t.service.c.id)
    .limit(bindparam("most"))
)
_KEEP = (
    update(t.referral)
    .where(_r.id == bindparam("this"))
    .values(
        clocks=bindparam("new_clocks", type_=_r.clocks.type),
        look_at=bindparam("next_look", type_=_r.look_at.type),
        due_at=bindparam("next_due", type_=_r.due_at.type),
    )
)
AT_MOST = Length(working_days=5)


class ClockRows(GuideRows):
    """Reads and writes of the clocks that run on referrals."""

    def calendar(self) -> Calendar:
        """Return whose working days count."""
        return calendar_for(self.nation())

    def clocks_of(self, referral: Row[Any]) -> Running | None:
        """Return the clocks of a referral; None while its agency knows nothing of it."""
        kept = self._kept(referral)
        if kept is not None or referral.sent_at is None:
            return kept
        return self.clocks_anew(referral)

    def clocked(self, referral: Row[Any], step: Step) -> dict[str, Any]:
        """Return the columns of a referral that say how its clocks run after *step*."""
        running = self.clocks_of(referral)
        if running is None:
            return {}
        return columns(after(running, step, self.calendar()), self.calendar())

    def begin_clocks(
        self, profile: str, urgency: str, *, asked: datetime, band: int | None
    ) -> dict[str, Any]:
        """Return the columns of a referral that is sent now (T7) to a service on these terms."""
        terms = Running(profile, urgency, asked=asked, sent=self.now, band=band)
        sent = Step("T7", "referral.sent", self.now, State.SENT)
        return columns(after(terms, sent, self.calendar()), self.calendar())

    def due_from_now(self, referral: Row[Any], clock: str) -> datetime:
        """Return when *clock* would fall due if it began now."""
        running = self.clocks_of(referral)
        profile = running.profile if running else "default"
        allowed = length(clock, profile, referral.urgency, running.band if running else None)
        return later(self.now, allowed or AT_MOST, self.calendar())

    def latest_start(self, referral: Row[Any]) -> date | None:
        """Return the last day on which support may start: the end of the wait (K6), or of K7."""
        running = self.clocks_of(referral)
        promised = running.clocks if running is not None else {}
        end = promised.get("K7") or promised.get("K6")
        return self.calendar().local_date(end.due) if end is not None else None

    def extension_weeks(self, referral: Row[Any]) -> tuple[int, int]:
        """Return by how many weeks a wait is extended at least, and at most (K7)."""
        running = self.clocks_of(referral)
        profile = running.profile if running is not None else "default"
        return EXTENSION_WEEKS.get(profile, EXTENSION_WEEKS["default"])

    def to_look_at(self, limit: int) -> list[Row[Any]]:
        """Return referrals of which something is to be told by now, the longest due first.

        Of what is restricted nobody is told: they could do nothing about it.
        """
        return self.ask(_DUE, moment=self.now, most=limit)

    def keep_clocks(self, kept: Sequence[tuple[UUID, Running | None]]) -> None:
        """Write what was told of the clocks of these referrals."""
        calendar = self.calendar()
        rows = [
            {
                "this": referral_id,
                "new_clocks": written(running) if running else None,
                "next_look": look_at(running, calendar) if running else None,
                "next_due": due_at(running) if running else None,
            }
            for referral_id, running in kept
        ]
        if rows:
            self.execute(_KEEP, rows)

    def spare_of_follow_up(self, request_id: UUID) -> None:
        """Note that the person of a request has said how it went (K12): nobody asks again."""
        ended = select(t.referral).where(_r.request_id == request_id, _r.state == State.COMPLETED)
        found = [(row.id, self.clocks_of(row)) for row in self.all(ended)]
        self.keep_clocks([(this, answered(clocks, "K12")) for this, clocks in found if clocks])

    def end_follow_up(self, completed: Iterable[Row[Any]]) -> None:
        """Let the follow-up (K12) of completed referrals end now, with what it keeps open."""
        found = [(row.id, self.clocks_of(row)) for row in completed]
        self.keep_clocks([(this, without(clocks, "K12")) for this, clocks in found if clocks])

    def services_to_look_at(self, limit: int) -> list[Row[Any]]:
        """Return entries of the guide of which something may be to be told by now."""
        return self.ask(_OLD, moment=self.now, most=limit)

    def keep_service_clocks(
        self, service_id: UUID, clocks: dict[str, Any], look_at: datetime
    ) -> None:
        """Write what was told of an entry, and when to look at it again."""
        here = update(t.capacity).where(t.capacity.c.service_id == service_id)
        self.execute(here.values(clocks=clocks, look_at=look_at))

    def clocks_anew(self, referral: Row[Any]) -> Running:
        """Return the clocks of a referral as they follow from its history alone."""
        events = t.referral_event
        mine = select(events).where(events.c.referral_id == referral.id)
        steps = self.all(mine.order_by(events.c.version))
        kept = self._kept(referral)
        # What is taken up again (T30) counts from then, though it is sent as it is proposed.
        anew = any(row.transition == "T30" for row in steps)
        proposed = [row.at for row in steps if row.transition == "T5" and not anew]
        terms = terms_of(kept) if kept is not None else self._terms(referral, proposed)
        return rebuilt(terms, map(step_of, steps), self.calendar())

    def mended_clocks(self, referral: Row[Any], *, closed: bool) -> dict[str, Any]:
        """Return the columns that say otherwise than the history which clocks run; {} if none.

        A follow-up that was *closed* stays so, with what it kept open.
        """
        if referral.sent_at is None:
            return {}
        anew = carried_over(self.clocks_anew(referral), self._kept(referral), self.now)
        anew = without(anew, "K12") if closed else anew
        should = columns(anew, self.calendar())
        return {name: v for name, v in should.items() if getattr(referral, name) != v}

    def _kept(self, referral: Row[Any]) -> Running | None:
        return read(referral.clocks) if referral.clocks is not None else None

    def _terms(self, referral: Row[Any], proposed: Iterable[datetime]) -> Running:
        """Return on what terms a referral was sent, as far as it is still known."""
        service = self.service_row(referral.service_id)
        known = t.request_copy.c
        copy = self.one(select(t.request_copy).where(known.id == referral.request_id))
        at_once = copy is not None and referral.sent_at in proposed
        return Running(
            profile=entry_of(service.entry)["clock_profile"] if service else "default",
            urgency=referral.urgency,
            asked=copy.submitted_at if copy is not None and at_once else referral.sent_at,
            sent=referral.sent_at,
            band=copy.threshold if copy is not None else None,
        )
