"""What identity tells again: who staff are, and which clients are to be believed."""

from __future__ import annotations

from typing import Any

import orjson
from identity.front import AGENCY, MARTA, FrontDesk
from sqlalchemy import delete, select

from services.identity.restating import PARTS
from services.identity.storage import AGENCY as COPIES
from services.identity.usecases import revoke_client
from shared.bus.restating import restate


def told(desk: FrontDesk) -> list[Any]:
    outbox = desk.store.metadata.tables["outbox"]
    with desk.store.read() as tx:
        return tx.all(select(outbox).order_by(outbox.c.id))


def again(desk: FrontDesk) -> dict[str, Any]:
    """Return what is told again, by subject."""
    before = len(told(desk))
    restate(desk.store, PARTS, batch=1)
    return {row.subject: row for row in told(desk)[before:]}


def test_each_change_takes_the_next_number_and_the_last_is_told_again(desk: FrontDesk) -> None:
    desk.load(staff=[desk.member(MARTA, "marta", "manager")])

    rows = [row for row in told(desk) if row.subject == str(MARTA)]

    assert [row.sequence for row in rows] == [1, 2]
    retold = again(desk)[str(MARTA)]
    assert (retold.sequence, retold.body) == (2, rows[-1].body)


def test_a_client_that_was_shut_out_is_told_so_again(desk: FrontDesk) -> None:
    with desk.store.begin() as tx:
        revoke_client("advice", tx)

    retold = again(desk)

    assert (retold["advice"].type, retold["advice"].sequence) == ("client.revoked.v1", 2)
    assert (retold["food"].type, retold["food"].sequence) == ("client.registered.v1", 1)


def test_a_client_of_an_agency_that_left_stays_out_though_identity_forgot_the_agency(
    desk: FrontDesk,
) -> None:
    desk.load(agencies=[{"id": str(AGENCY), "name": "Wandle Advice", "active": False}])
    with desk.store.begin() as tx:
        tx.execute(delete(COPIES))

    retold = again(desk)

    assert retold["advice"].type == "client.revoked.v1"
    assert orjson.loads(retold["advice"].body)["client_id"] == "advice"
