"""The clocks of referrals as they are kept: one column of the referral they run on.

Promise: they are written by the statement that moves the referral. One from before there were
clocks gets them from its history, at its next move or the next look at what is late.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, or_, select, update

from services.matching.domain.clocks import Length, later, length
from services.matching.domain.ladder import due_at, look_at
from services.matching.domain.running import Clock, Running, Step, after, rebuilt
from services.matching.domain.transitions import State
from services.matching.storage import tables as t
from services.matching.storage.guide import GuideRows, entry_of
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from services.matching.domain.clocks import Calendar
    from services.matching.domain.transitions import Row as Transition

_r = t.referral.c
CAUSES = ("id", "request_id", "reference", "service_id", "agency_id", "referrer_agency_id")
NEEDED = (*CAUSES, "urgency", "state", "sent_at", "clocks")
_DUE = (
    select(*(_r[name] for name in NEEDED))
    .where(_r.look_at <= bindparam("moment", type_=_r.look_at.type))
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
NO_CLOCKS = dict.fromkeys(
    ("clocks", "look_at", "due_at", "question_by", "settle_by", "answer_by"), None
)
"""The columns of a referral that its agency knows nothing of."""
TALKED, WISHED = "DELIVERED", "PERSON_WISH"
AT_MOST = Length(working_days=5)
NAMED_BY = {"T18": "until", "T21": "re_refer_on", "T22": "review_on"}
"""Which fact of an event names the day that a clock ends on."""
FULLY: dict[str, Callable[[dict[str, Any]], bool]] = {
    "T22": lambda said: said.get("reason") == WISHED,
    "T25": lambda said: bool(said.get("outcomes")),
    "T29": lambda said: bool(said.get("outcomes")),
    "T36": lambda said: bool(said.get("first") or said.get("code") == TALKED),
}
"""The person's own wish; an outcome; a contact that reached the person."""


class ClockRows(GuideRows):
    """Reads and writes of the clocks that run on referrals."""

    def calendar(self) -> Calendar:
        """Return whose working days count."""
        return calendar_for(self.nation())

    def clocks_of(self, referral: Row[Any]) -> Running | None:
        """Return the clocks of a referral; None while its agency knows nothing of it."""
        if referral.clocks is not None:
            return read(referral.clocks)
        return self._from_history(referral) if referral.sent_at is not None else None

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

    def to_look_at(self, limit: int) -> list[Row[Any]]:
        """Return referrals of which something is to be told by now, the longest due first."""
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

    def services_to_look_at(self, limit: int) -> list[Row[Any]]:
        """Return entries of the guide of which something may be to be told by now."""
        return self.ask(_OLD, moment=self.now, most=limit)

    def keep_service_clocks(
        self, service_id: UUID, clocks: dict[str, Any], look_at: datetime
    ) -> None:
        """Write what was told of an entry, and when to look at it again."""
        here = update(t.capacity).where(t.capacity.c.service_id == service_id)
        self.execute(here.values(clocks=clocks, look_at=look_at))

    def _from_history(self, referral: Row[Any]) -> Running:
        events = t.referral_event
        mine = select(events).where(events.c.referral_id == referral.id)
        steps = self.all(mine.order_by(events.c.version))
        running = self._terms(referral, [row.at for row in steps if row.transition == "T5"])
        return rebuilt(running, map(step_of, steps), self.calendar())

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


def step_of(event: Row[Any]) -> Step:
    """Return one event of a history as clocks see it."""
    said, state = event.told or {}, State(event.led_to)
    return _step(event.transition, event.event, event.at, state, said)


def step_now(row: Transition, at: datetime, state: str, told: dict[str, Any] | None) -> Step:
    """Return what happens now as clocks see it; its event will say the same."""
    return _step(row.number, row.event, at, State(state), told or {})


def _step(number: str, event: str, at: datetime, state: State, said: dict[str, Any]) -> Step:
    day = said.get(NAMED_BY.get(number, ""))
    until = date.fromisoformat(str(day)) if day else None
    return Step(number, event, at, state, until, fully=FULLY.get(number, _never)(said))


def _never(said: dict[str, Any]) -> bool:
    del said
    return False


def columns(running: Running, calendar: Calendar) -> dict[str, Any]:
    """Return the columns of a referral that say how its clocks run."""
    clocks = running.clocks
    stop = clocks.get("T26") or clocks.get("T25")
    values = {
        "clocks": written(running),
        "look_at": look_at(running, calendar),
        "due_at": due_at(running),
        "question_by": clocks["K3"].due if "K3" in clocks else None,
        "settle_by": stop.due if stop else None,
    }
    return values | ({"answer_by": clocks["K2"].due} if "K2" in clocks else {})


def written(running: Running) -> dict[str, Any]:
    """Return clocks as JSON holds them."""
    return {
        "profile": running.profile,
        "urgency": running.urgency,
        "band": running.band,
        "asked": running.asked.isoformat(),
        "sent": running.sent.isoformat(),
        "halted": running.halted.isoformat() if running.halted else None,
        "clocks": {name: _written(clock) for name, clock in running.clocks.items()},
    }


def read(kept: dict[str, Any]) -> Running:
    """Return clocks from how they were kept."""
    halted = kept["halted"]
    return Running(
        profile=kept["profile"],
        urgency=kept["urgency"],
        band=kept["band"],
        asked=datetime.fromisoformat(kept["asked"]),
        sent=datetime.fromisoformat(kept["sent"]),
        halted=datetime.fromisoformat(halted) if halted else None,
        clocks={name: _read(clock) for name, clock in kept["clocks"].items()},
    )


def _written(clock: Clock) -> dict[str, Any]:
    values = {name: getattr(clock, name) for name in Clock.__slots__}
    return {name: _as_json(value) for name, value in values.items() if value}


def _read(kept: dict[str, Any]) -> Clock:
    moments = {name: datetime.fromisoformat(v) for name, v in kept.items() if isinstance(v, str)}
    return replace(Clock(moments["since"], moments["due"]), **{**kept, **moments})


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
