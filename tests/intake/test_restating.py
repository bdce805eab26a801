"""What intake tells again of a request is what matching may know of it now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from intake.desk import Desk
from intake.telling import ADVICE, DEBT, HOMES, a_submission, naming
from sqlalchemy import select

from services.intake.restating import PARTS
from services.intake.usecases.consenting import withdraw_all_consents
from services.intake.usecases.rights import restrict
from shared.bus.restating import restate
from shared.identity import Principal


def told_again(desk: Desk) -> list[Any]:
    """Return the outbox rows of what intake tells again."""
    outbox = desk.store.metadata.tables["outbox"]
    with desk.store.read() as tx:
        before = len(tx.all(select(outbox.c.id)))
    restate(desk.store, PARTS, batch=2)
    with desk.store.read() as tx:
        return tx.all(select(outbox).order_by(outbox.c.id))[before:]


def test_a_request_is_told_again_as_it_was_told_first(desk: Desk) -> None:
    desk.takes_in(a_submission(referrals=naming(DEBT)))
    (first,) = desk.announced("request.submitted.v1")
    desk.clock.advance(timedelta(days=400))

    (row,) = told_again(desk)

    assert orjson.loads(row.body) | {"recipients": []} == first | {"recipients": []}
    assert row.sequence == 1
    assert row.headers["restates"] == first["submitted_at"]


def test_whom_it_is_hidden_from_is_told_again_too(desk: Desk) -> None:
    feared = UUID(int=7)
    desk.takes_in(a_submission(hidden_from_agencies=(HOMES,), hidden_from_staff=(feared,)))

    (row,) = told_again(desk)

    told = orjson.loads(row.body)
    assert told["hidden_from_agencies"] == [str(HOMES)]
    assert told["hidden_from_staff"] == [str(feared)]


def test_a_restriction_that_stands_is_told_again(desk: Desk) -> None:
    submitted = desk.takes_in()
    with desk.store.begin() as tx:
        restrict(submitted.id, tx)

    rows = {row.type: orjson.loads(row.body) for row in told_again(desk)}

    assert rows["request.restricted.v1"] == {"request_id": str(submitted.id), "restricted": True}


def test_only_agencies_with_a_live_grant_are_named_again(desk: Desk) -> None:
    submitted = desk.takes_in()
    (before,) = told_again(desk)
    with desk.store.begin(actor=Principal(kind="person", id=str(submitted.id))) as tx:
        withdraw_all_consents(submitted.id, tx, method="phone", reason=None)

    (after,) = told_again(desk)

    named = [UUID(grant["recipient"]) for grant in orjson.loads(before.body)["recipients"]]
    assert named == [ADVICE]
    assert orjson.loads(after.body)["recipients"] == []


def test_any_number_of_requests_is_told_in_batches_each_once(desk: Desk) -> None:
    made = {str(desk.takes_in().id) for _ in range(5)}

    rows = told_again(desk)

    assert sorted(row.subject for row in rows) == sorted(made)
