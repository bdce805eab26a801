"""A log from before the hub was known knows it right after the upgrade, by its own entries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.audit.storage import open_store
from services.audit.tables import agency
from shared.ids import new_id
from shared.storage.schema import VERSION
from tests.audit.drivers import unguard

if TYPE_CHECKING:
    from shared.bus import Message
    from shared.storage import Store
    from tests.audit.drivers import Log, Producer

HUB, FORMER, OTHER, DAMAGED = (new_id() for _ in range(4))


def says(matching: Producer, about: UUID, sequence: int, kind: str, *, active: bool) -> Message:
    facts = {"agency_id": str(about), "name": "A", "kind": kind, "active": active}
    return matching.says("agency.changed.v1", subject=str(about), sequence=sequence, **facts)


def upgraded(log: Log) -> dict[UUID, bool | None]:
    """Lead the log's database back to the step before and on again; return who is the hub."""
    with log.store.database.writing() as connection:
        connection.execute(text("ALTER TABLE agency DROP COLUMN is_hub"))
        connection.execute(VERSION.update().values(version_num="0006"))
    store: Store = open_store(log.settings, log.clock)
    with store.read() as tx:
        known = {row.agency_id: row.is_hub for row in tx.all(select(agency))}
        assert tx.is_hub(HUB)
    store.close()
    return known


@pytest.mark.usefixtures("where")
def test_after_the_upgrade_the_hub_is_known_as_it_was_told_last(
    log: Log, matching: Producer
) -> None:
    log.hears(
        says(matching, HUB, 1, "voluntary", active=True),
        says(matching, FORMER, 1, "hub", active=True),
        says(matching, OTHER, 1, "statutory", active=True),
        says(matching, DAMAGED, 1, "hub", active=True),
        says(matching, FORMER, 2, "hub", active=False),
        says(matching, HUB, 2, "hub", active=True),
        says(matching, FORMER, 1, "hub", active=True),
    )
    with log.store.begin() as tx:
        unguard(tx, "entry_refuses_update")
        tx.execute(text("UPDATE entry SET leaf = :leaf WHERE seq = 3"), {"leaf": b"{"})

    assert upgraded(log) == {HUB: True, FORMER: False, OTHER: False, DAMAGED: None}
