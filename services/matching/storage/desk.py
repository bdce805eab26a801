"""Reads and writes of the coordinator's desk.

Promise: a line that is hidden from whoever looks is not there for them, and is never theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select, update

from services.matching.domain.priority import URGENT
from services.matching.errors import StaleVersionError
from services.matching.storage import tables as t
from services.matching.storage.desk_tables import desk_decision, desk_line
from services.matching.storage.facts_tables import restricted
from services.matching.storage.hiding import hides, known_as
from services.matching.storage.requests import RequestRows
from shared.vault import Context

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Row

    from services.matching.domain.desk import Kind
    from shared.identity import Principal

_l = desk_line.c
HUB, COORDINATOR = "hub", "coordinator"
MOST_LISTED = 5_000  # beyond that the urgent and the oldest are ordered; the counts say how many


class Listed(NamedTuple):
    """Which lines of the desk somebody asks for."""

    kind: Kind | None = None
    mine: bool = False
    later: bool = False


class DeskRows(RequestRows):
    """The desk of one transaction."""

    def put_on_desk(self, kind: Kind, object_id: UUID, **about: Any) -> None:  # noqa: ANN401 - columns
        """Write a line, unless one is open for the same cause already."""
        same = and_(_l.kind == kind, _l.object_id == object_id, _l.ended_at.is_(None))
        if self.one(select(_l.id).where(same)) is not None:
            return
        beside = dict.fromkeys(
            ("referral_id", "reference", "code", "owner_id", "due_at", "look_on"), None
        )
        ended = {"ended_at": None, "ended_by": None}
        cause = {"kind": kind, "object_id": object_id, "since": self.now}
        row = {**beside, **cause, **about, **ended}
        self.insert(desk_line, id=self.new_id(), version=1, **row)

    def desk_lines(self, caller: Principal, listed: Listed, today: date) -> list[Row[Any]]:
        """Return open lines with how urgent each request is and since when it waits.

        Of what is restricted only that it is.
        """
        r, unused = t.request_copy.c, restricted(_l.request_id)
        urgency = case((unused, None), else_=r.urgency).label("urgency")
        query = (
            select(desk_line, urgency, r.submitted_at, unused.label("restricted"))
            .add_columns(case((unused, None), else_=r.threshold).label("threshold"))
            .outerjoin(t.request_copy, r.id == _l.request_id)
            .where(_shown_to(caller), _asked(listed, caller, today))
            .order_by(case((urgency == URGENT, 0), else_=1), _l.since, _l.id)
        )
        return self.all(query.limit(MOST_LISTED))

    def desk_counts(self, caller: Principal, today: date) -> dict[str, int]:
        """Return how many lines of each kind wait now."""
        waits = _asked(Listed(), caller, today)
        count = select(_l.kind, func.count().label("lines")).where(_shown_to(caller), waits)
        return {row.kind: row.lines for row in self.all(count.group_by(_l.kind))}

    def line_on_desk(self, line_id: UUID, caller: Principal) -> Row[Any] | None:
        """Return a line, open or ended, if *caller* may know of it."""
        not_hidden = ~hides(_l.request_id, caller)
        return self.one(select(desk_line).where(_l.id == line_id, not_hidden))

    def newest_line(self, kind: Kind, object_id: UUID) -> Row[Any] | None:
        """Return the newest line of one cause, open or ended."""
        same = and_(_l.kind == kind, _l.object_id == object_id)
        return self.one(select(desk_line).where(same).order_by(_l.id.desc()))

    def decisions_of(self, line_id: UUID) -> list[Row[Any]]:
        """Return what was decided of a line, the oldest first."""
        mine = select(desk_decision).where(desk_decision.c.line_id == line_id)
        return self.all(mine.order_by(desk_decision.c.id))

    def gaps_of(self, request_id: UUID) -> list[Row[Any]]:
        """Return what nobody could be asked for of a request, with what decided that."""
        mine = select(t.gap).where(t.gap.c.request_id == request_id)
        return self.all(mine.order_by(t.gap.c.id))

    def open_lines(self, kinds: Sequence[Kind], after: UUID | None, limit: int) -> list[Row[Any]]:
        """Return the next open lines of these kinds, in the order of their ids."""
        mine = and_(_l.ended_at.is_(None), _l.kind.in_([str(kind) for kind in kinds]))
        query = select(desk_line).where(mine, _l.id > after if after else mine)
        return self.all(query.order_by(_l.id).limit(limit))

    def change_line(self, line: Row[Any], **values: Any) -> None:  # noqa: ANN401 - column values
        """Change a line from the version seen."""
        seen = and_(_l.id == line.id, _l.version == line.version)
        change = update(desk_line).where(seen).values(version=line.version + 1, **values)
        if self.execute(change).rowcount != 1:
            now = self.one(select(_l.version).where(_l.id == line.id))
            raise StaleVersionError(now.version if now else 0)

    def end_lines(self, kind: Kind, object_id: UUID, code: str) -> None:
        """End the open line of one cause, by what happened."""
        same = and_(_l.kind == kind, _l.object_id == object_id, _l.ended_at.is_(None))
        for line in self.all(select(desk_line).where(same)):
            self.end_line(line, code)

    def end_line(self, line: Row[Any], code: str, why: str = "") -> None:
        """End a line by a decision, which is kept with who made it."""
        self.change_line(line, ended_at=self.now, ended_by=code)
        self.keep_line_decision(line, code, why)

    def keep_line_decision(
        self, line: Row[Any], code: str, why: str = "", look_on: date | None = None
    ) -> None:
        """Keep one decision; its words are sealed under the key of the person's request."""
        decision_id = self.new_id()
        self.insert(
            desk_decision,
            id=decision_id,
            line_id=line.id,
            at=self.now,
            by_kind=self.actor.kind,
            by_id=self.actor.id,
            code=code,
            look_on=look_on,
            sealed=self.seal_for(line.request_id, why, _place(decision_id)) if why else None,
        )

    def open_decision(self, line: Row[Any], decision: Row[Any]) -> str:
        """Return the words of a decision. Only `read_words` may call this."""
        if decision.sealed is None:
            return ""
        return self.open_for(line.request_id, decision.sealed, _place(decision.id))

    def refuse_stale(self, line: Row[Any]) -> NoReturn:
        """Refuse a change made from an older version than *line*."""
        raise StaleVersionError(line.version)

    def coordinators(self, request_id: UUID) -> dict[str, int]:
        """Return who could own a line about a request, each with how many open lines they have."""
        open_of = select(func.count()).where(_l.owner_id == t.staff.c.id, _l.ended_at.is_(None))
        people = (
            select(t.staff, open_of.scalar_subquery().label("lines"))
            .join(t.agency, t.agency.c.id == t.staff.c.agency_id)
            .where(t.staff.c.active, t.agency.c.kind == HUB)
        )
        hidden = self.hidden_from([request_id])[request_id]
        return {
            str(row.id): row.lines
            for row in self.all(people)
            if COORDINATOR in row.roles and hidden.isdisjoint(known_as(row))
        }


def _place(decision_id: UUID) -> Context:
    return Context("matching", "desk_decision", "sealed", decision_id)


def _shown_to(caller: Principal) -> ColumnElement[bool]:
    return and_(_l.ended_at.is_(None), ~hides(_l.request_id, caller))


def _asked(listed: Listed, caller: Principal, today: date) -> ColumnElement[bool]:
    due = or_(_l.look_on.is_(None), _l.look_on <= today)
    parts = [~due if listed.later else due]
    if listed.kind is not None:
        parts.append(_l.kind == listed.kind)
    if listed.mine:
        parts.append(_l.owner_id == UUID(str(caller.id)))
    return and_(*parts)
