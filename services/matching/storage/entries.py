"""What services and agencies say themselves, and what was decided about them, on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select, update

from services.matching.storage import tables as t
from services.matching.storage.changing import touch_service
from services.matching.storage.guide_tables import agency_shared, service_decision, service_own
from shared.storage import Transaction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row


class EntryRows(Transaction):
    """Reads and writes of what stands behind an entry of the guide."""

    def own_of(self, service_id: UUID) -> dict[str, Any] | None:
        """Return what a service says itself, None where that was never told apart."""
        row = self.own_row(service_id)
        return orjson.loads(row.own) if row is not None else None

    def owns_of(self, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        """Return what each of these services says itself, where that is told apart."""
        rows = self.all(select(service_own).where(service_own.c.service_id.in_(list(ids))))
        return {row.service_id: orjson.loads(row.own) for row in rows}

    def own_row(self, service_id: UUID) -> Row[Any] | None:
        """Return what a service says itself, and what was handed in for it last."""
        return self.one(select(service_own).where(service_own.c.service_id == service_id))

    def keep_own(self, service_id: UUID, own: dict[str, Any], **values: Any) -> None:  # noqa: ANN401 - columns
        """Write what a service says itself."""
        text = orjson.dumps(own, option=orjson.OPT_SORT_KEYS).decode()
        here = service_own.c.service_id == service_id
        changed = self.execute(update(service_own).where(here).values(own=text, **values))
        if not changed.rowcount:
            self.insert(service_own, service_id=service_id, own=text, **values)

    def keep_reviewed(self, service_id: UUID, day: date) -> None:
        """Write when a service's own entry was checked."""
        here = service_own.c.service_id == service_id
        self.execute(update(service_own).where(here).values(reviewed_on=day))

    def shared_of(self, agency_id: UUID) -> dict[str, Any]:
        """Return what an agency says for all its services."""
        row = self.shared_row(agency_id)
        return orjson.loads(row.shared) if row is not None else {}

    def shared_row(self, agency_id: UUID) -> Row[Any] | None:
        """Return what an agency says for all its services, and when it checked that."""
        return self.one(select(agency_shared).where(agency_shared.c.agency_id == agency_id))

    def keep_shared(self, agency_id: UUID, shared: dict[str, Any], **values: Any) -> None:  # noqa: ANN401 - columns
        """Write what an agency says for all its services."""
        text = orjson.dumps(shared, option=orjson.OPT_SORT_KEYS).decode()
        here = agency_shared.c.agency_id == agency_id
        changed = self.execute(update(agency_shared).where(here).values(shared=text, **values))
        if not changed.rowcount:
            self.insert(agency_shared, agency_id=agency_id, shared=text, **values)

    def change_service(self, service_id: UUID, **values: Any) -> None:  # noqa: ANN401 - columns
        """Write what is no part of an entry: closed or not, and when it was checked."""
        self.execute(update(t.service).where(t.service.c.id == service_id).values(**values))
        touch_service(service_id, self)

    def keep_decision(self, service_id: UUID, kind: str, **said: Any) -> None:  # noqa: ANN401 - columns
        """Keep what was decided about a service, by whom and why."""
        told = {"decided_by": "", "reason": "", "until": None, "plan_for_waiting": "", **said}
        who = {"actor_kind": self.actor.kind, "actor_id": self.actor.id}
        decided = {"id": self.new_id(), "service_id": service_id, "kind": kind, "at": self.now}
        self.insert(service_decision, **decided, **who, **told)

    def decisions(self, service_id: UUID) -> list[Row[Any]]:
        """Return what was decided about a service, newest first."""
        mine = service_decision.c.service_id == service_id
        return self.all(select(service_decision).where(mine).order_by(service_decision.c.id.desc()))
