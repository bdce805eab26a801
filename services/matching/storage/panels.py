"""Reads and writes of case-review panels: the panels, who sits on them, and their cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from services.matching.storage import tables as t
from services.matching.storage.case_tables import (
    case_action,
    case_note,
    panel,
    panel_seat,
    review_case,
)
from services.matching.storage.requests import RequestRows
from shared.vault import Context

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

MINUTES, ACTION = "minutes", "action"


class PanelRows(RequestRows):
    """The panels of the partnership."""

    def panel(self, panel_id: UUID) -> Row[Any] | None:
        """Return one panel."""
        return self.one(select(panel).where(panel.c.id == panel_id))

    def panels(self, staff_id: UUID | None = None) -> list[Row[Any]]:
        """Return every panel, or those on which somebody sits."""
        query = select(panel).order_by(panel.c.name, panel.c.id)
        if staff_id is not None:
            mine = select(panel_seat.c.panel_id).where(panel_seat.c.staff_id == staff_id)
            query = query.where(panel.c.id.in_(mine))
        return self.all(query)

    def new_panel(self, **values: Any) -> None:  # noqa: ANN401 - column values
        """Write a new panel."""
        self.insert(panel, version=1, **values)

    def change_panel(self, row: Row[Any], **values: Any) -> None:  # noqa: ANN401 - column values
        """Change a panel."""
        change = update(panel).where(panel.c.id == row.id)
        self.execute(change.values(version=row.version + 1, **values))

    def seats(self, panel_id: UUID) -> list[Row[Any]]:
        """Return who sits on a panel and still works there, by agency and name."""
        query = (
            select(panel_seat, t.staff.c.id, t.staff.c.name, t.staff.c.teams)
            .add_columns(t.agency.c.name.label("agency"))
            .join(t.staff, t.staff.c.id == panel_seat.c.staff_id)
            .join(t.agency, t.agency.c.id == panel_seat.c.agency_id)
            .where(panel_seat.c.panel_id == panel_id)
            .where(t.staff.c.active, t.staff.c.agency_id == panel_seat.c.agency_id)
        )
        return self.all(query.order_by(t.agency.c.name, t.staff.c.name, t.staff.c.id))

    def seat(self, panel_id: UUID, staff_id: UUID) -> Row[Any] | None:
        """Return the seat somebody has on a panel."""
        mine = (panel_seat.c.panel_id == panel_id) & (panel_seat.c.staff_id == staff_id)
        return self.one(select(panel_seat).where(mine))

    def keep_seats(self, panel_id: UUID, seated: Iterable[tuple[UUID, UUID]]) -> None:
        """Write who sits on a panel: (staff, agency) each."""
        self.execute(delete(panel_seat).where(panel_seat.c.panel_id == panel_id))
        for staff_id, agency_id in seated:
            self.insert(panel_seat, panel_id=panel_id, staff_id=staff_id, agency_id=agency_id)

    def staff_of(self, agencies: Iterable[UUID]) -> list[Row[Any]]:
        """Return who works at these agencies, by agency and name."""
        query = (
            select(t.staff, t.agency.c.name.label("agency"))
            .join(t.agency, t.agency.c.id == t.staff.c.agency_id)
            .where(t.staff.c.active, t.staff.c.agency_id.in_(list(agencies)))
        )
        return self.all(query.order_by(t.agency.c.name, t.staff.c.name, t.staff.c.id))

    def case(self, case_id: UUID) -> Row[Any] | None:
        """Return one case."""
        return self.one(select(review_case).where(review_case.c.id == case_id))

    def open_cases(self, panel_id: UUID) -> list[Row[Any]]:
        """Return what stands on a panel's agenda, the soonest meeting and the oldest first."""
        mine = (review_case.c.panel_id == panel_id) & review_case.c.open
        order = review_case.c.meets_on, review_case.c.listed_at, review_case.c.id
        return self.all(select(review_case).where(mine).order_by(*order))

    def new_case(self, **values: Any) -> None:  # noqa: ANN401 - column values
        """Put a request on an agenda."""
        self.insert(review_case, version=1, open=True, listed_at=self.now, **values)

    def decide_case(self, row: Row[Any], decision: str, again_on: date | None) -> int:
        """Write what was decided of a case; return its new version."""
        version = int(row.version) + 1
        told = {"version": version, "decision": decision, "decided_at": self.now}
        beside = {"open": False} if again_on is None else {"meets_on": again_on}
        change = update(review_case).where(review_case.c.id == row.id)
        self.execute(change.values(**told, **beside))
        return version

    def keep_case_note(self, case: Row[Any], kind: str, text: str) -> UUID:
        """Seal what was said of a person at a meeting, under the key of their request."""
        note_id = self.new_id()
        place = Context("matching", "case_note", "sealed", note_id)
        self.insert(
            case_note,
            id=note_id,
            case_id=case.id,
            request_id=case.request_id,
            kind=kind,
            at=self.now,
            agency_id=self.actor.agency_id,
            sealed=self.vault.seal(self._key_of(case.request_id), text, place),
        )
        return note_id

    def case_notes(self, case_id: UUID) -> list[Row[Any]]:
        """Return the sealed notes of a case, oldest first."""
        mine = select(case_note).where(case_note.c.case_id == case_id)
        return self.all(mine.order_by(case_note.c.id))

    def open_case_note(self, note: Row[Any]) -> str:
        """Return what a note says. Only `disclose_case` may call this."""
        place = Context("matching", "case_note", "sealed", note.id)
        return self.vault.open(self._key_of(note.request_id), note.sealed, place).decode()

    def new_action(self, case_id: UUID, note_id: UUID, agency_id: UUID, due_on: date) -> None:
        """Write who is to do something, and by when."""
        self.insert(
            case_action,
            id=self.new_id(),
            case_id=case_id,
            note_id=note_id,
            agency_id=agency_id,
            due_on=due_on,
        )

    def actions_of(self, case_ids: Iterable[UUID]) -> list[Row[Any]]:
        """Return what is to be done about these cases, the soonest first."""
        mine = select(case_action).where(case_action.c.case_id.in_(list(case_ids)))
        return self.all(mine.order_by(case_action.c.due_on, case_action.c.id))

    def open_actions(self, panel_id: UUID, agency_id: UUID) -> list[Row[Any]]:
        """Return what an agency is still to do about a panel's cases, the soonest first."""
        query = (
            select(case_action, review_case.c.request_id, review_case.c.reference)
            .join(review_case, review_case.c.id == case_action.c.case_id)
            .where(review_case.c.panel_id == panel_id, case_action.c.done_at.is_(None))
            .where(case_action.c.agency_id == agency_id)
        )
        return self.all(query.order_by(case_action.c.due_on, case_action.c.id))

    def action(self, action_id: UUID) -> Row[Any] | None:
        """Return one action."""
        return self.one(select(case_action).where(case_action.c.id == action_id))

    def note_done(self, action_id: UUID) -> None:
        """Keep that something was done."""
        mine = (case_action.c.id == action_id) & case_action.c.done_at.is_(None)
        self.execute(update(case_action).where(mine).values(done_at=self.now))

    def forget_cases(self, request_id: UUID) -> None:
        """Destroy what was said of an erased request."""
        self.execute(delete(case_note).where(case_note.c.request_id == request_id))
