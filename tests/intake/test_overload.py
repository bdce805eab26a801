"""What a program is told when requests come faster than they are carried on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from intake.public_site import ADVICE, DEBT, HOMES, RENT, Site
from intake.telling import a_body
from sqlalchemy import event, func, select, text, update

from services.intake.storage import tables as t
from services.intake.storage.progress import NEWS, progress
from shared.ids import new_id
from shared.web import overload
from shared.web.overload import KEY, LIMIT, LOOK, STANDSTILL, Crowd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from intake.desk import Desk

    from services.intake.storage import IntakeTransaction

LONG = LIMIT + 1


def somebody(name: str) -> dict[str, Any]:
    """Return the story of somebody who is nobody else."""
    body = a_body()
    body["person"] |= {"given_name": name, "family_name": f"{name}son"}
    body["contact"]["channels"][0]["value"] = f"{name.lower()}@example.org"
    return body


@dataclass
class Hub:
    """Intake between carriers that are as slow as we like; looking at them takes one second."""

    desk: Desk
    seconds: float = 0.0

    def __post_init__(self) -> None:
        # What `create_app` gave the crowd to look at, by a clock of ours.
        look = self.desk.app.extensions[KEY]._look
        self.desk.app.extensions[KEY] = self.crowd = Crowd(look, lambda: self.seconds)

    def takes_in(self, *names: str, carried: bool = True) -> list[UUID]:
        """Take in requests of so many people; the relay carries them away at once, or not."""
        answers = [self.desk.posts(somebody(name)) for name in names]
        assert {answer.status_code for answer in answers} == {201}
        if carried:
            outbox = self.desk.store.metadata.tables["outbox"]
            with self.desk.store.begin() as tx:
                tx.execute(update(outbox).values(published_at=tx.now))
        return [UUID(answer.get_json()["id"]) for answer in answers]

    def carries_one(self) -> None:
        """Let the relay carry what has waited longest."""
        outbox = self.desk.store.metadata.tables["outbox"]
        first = select(func.min(outbox.c.id)).where(outbox.c.published_at.is_(None))
        with self.desk.store.begin() as tx:
            this = update(outbox).where(outbox.c.id == first.scalar_subquery())
            tx.execute(this.values(published_at=tx.now))

    def finds_a_service_for(self, request: UUID) -> None:
        """Let matching answer."""
        ids = {"service": DEBT, "agency": ADVICE}
        self.desk.hears_of_referral("sent", request, new_id(), 1, **ids)

    def tells_the_person_of(self, request: UUID) -> None:
        """Let notify answer."""
        told = {"audience": "person", "template": "request_received", "channel": "email"}
        self.desk.hears(
            "notification.sent.v1", request, producer="notify", request_id=str(request), **told
        )

    def waits(self, seconds: float) -> None:
        self.desk.clock.advance(timedelta(seconds=seconds))

    def is_too_crowded(self, after: float = LOOK) -> bool:
        self.seconds += after
        return self.crowd.is_too_large()

    def kept(self) -> int:
        with self.desk.store.read() as tx:
            return int(tx.execute(select(func.count()).select_from(t.request)).scalar_one())


@pytest.fixture
def hub(desk: Desk) -> Hub:
    return Hub(desk)


@pytest.fixture
def crowded(hub: Hub) -> Hub:
    """A hub where announcements wait too long, though one after another is carried."""
    hub.takes_in("Ada", "Berta", "Clara", carried=False)
    hub.waits(LONG)
    for _ in range(2):
        assert not hub.is_too_crowded()  # it has not seen yet that one after another is carried
        hub.carries_one()
    hub.seconds += LOOK
    return hub


@pytest.mark.usefixtures("where")
def test_a_program_is_asked_to_come_back_and_nothing_is_kept_of_what_it_sent(
    crowded: Hub,
) -> None:
    answer = crowded.desk.posts(somebody("Dora"), key="the same")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == str(overload.RETRY_AFTER)
    assert answer.get_json()["type"] == "urn:onward:problem:service-unavailable"
    assert crowded.kept() == 3


@pytest.mark.usefixtures("where")
def test_what_was_turned_away_is_taken_in_when_the_crowd_is_gone(crowded: Hub) -> None:
    assert crowded.desk.posts(somebody("Dora"), key="the same").status_code == 503

    crowded.desk.app.extensions[KEY] = Crowd(dict)

    assert crowded.desk.posts(somebody("Dora"), key="the same").status_code == 201
    assert crowded.kept() == 4


BY_EACH = pytest.mark.parametrize(
    "answers",
    [Hub.finds_a_service_for, Hub.tells_the_person_of],
    ids=["matching", "notify"],
)


@BY_EACH
@pytest.mark.usefixtures("where")
def test_a_long_queue_at_who_answers_turns_programs_away_though_every_outbox_is_empty(
    hub: Hub, answers: Callable[[Hub, UUID], None]
) -> None:
    ada, berta, clara, _ = hub.takes_in("Ada", "Berta", "Clara", "Dora")
    hub.waits(LONG)
    for request in (ada, berta):
        answers(hub, request)
        assert not hub.is_too_crowded()
    answers(hub, clara)
    hub.seconds += LOOK

    assert hub.desk.posts(somebody("Emil")).status_code == 503
    assert not hub.is_too_crowded(STANDSTILL)  # nobody answers any more: then all are taken in


@BY_EACH
def test_what_is_answered_as_fast_as_it_comes_turns_nobody_away(
    hub: Hub, answers: Callable[[Hub, UUID], None]
) -> None:
    for name in ("Ada", "Berta", "Clara", "Dora"):
        for request in hub.takes_in(name):
            answers(hub, request)
        hub.waits(LONG)

        assert not hub.is_too_crowded()


@BY_EACH
def test_a_request_nobody_ever_answers_is_passed_by_and_turns_nobody_away(
    hub: Hub, answers: Callable[[Hub, UUID], None]
) -> None:
    hub.takes_in("Stuck")
    hub.waits(LONG)

    for name in ("Ada", "Berta", "Clara", "Dora"):
        for request in hub.takes_in(name):
            answers(hub, request)
        assert not hub.is_too_crowded()


def test_choosing_by_hand_for_one_that_failed_does_not_turn_others_away(hub: Hub) -> None:
    ada, berta, *_ = hub.takes_in("Ada", "Berta", "Clara", "Dora")
    hub.finds_a_service_for(ada)
    assert not hub.is_too_crowded()
    hub.waits(3600)

    hub.finds_a_service_for(berta)

    assert not any(hub.is_too_crowded() for _ in range(int(STANDSTILL)))


def test_a_copy_that_is_told_anew_from_its_beginning_turns_nobody_away(hub: Hub) -> None:
    requests = hub.takes_in("Ada", "Berta", "Clara", "Dora")
    then = hub.desk.clock.now()
    hub.waits(NEWS.total_seconds() + 1)

    for request in requests[:-1]:
        ids = {"service": DEBT, "agency": ADVICE}
        hub.desk.hears_of_referral("sent", request, new_id(), 1, told_at=then, **ids)

        assert not hub.is_too_crowded()


@pytest.mark.usefixtures("where")
def test_a_look_is_four_short_walks_along_an_index_however_many_requests_there_are(
    hub: Hub,
) -> None:
    for request in hub.takes_in("Ada", "Berta"):
        hub.finds_a_service_for(request)
        hub.tells_the_person_of(request)

    plans = plans_of(progress, hub.desk)

    assert len(plans) == 4
    assert all("index" in plan and "sort" not in plan for plan in plans), plans
    assert not any("temp b-tree" in plan for plan in plans), plans


def plans_of(look: Callable[[IntakeTransaction], object], desk: Desk) -> list[str]:
    """Return how the database goes about each statement of *look*, where it scans no table."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _k: Any, statement: str, values: Any, _x: Any, _m: Any) -> None:
        asked.append((statement, values))

    with desk.store.read() as tx:
        connection = tx._connection
        event.listen(connection.engine, "before_cursor_execute", note)
        look(tx)
        event.remove(connection.engine, "before_cursor_execute", note)
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # so small is any table
        word = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        found = [connection.exec_driver_sql(f"{word} {ask}", values) for ask, values in asked]
        return ["\n".join(str(row[-1]) for row in plan).lower() for plan in found]


class EndlessCrowd:
    """More waits than is ever carried."""

    def is_too_large(self) -> bool:
        return True


def test_a_person_is_never_turned_away(tmp_path: Path) -> None:
    site = Site.at(tmp_path)
    site.opens(ADVICE, "Wandle Advice", DEBT)
    site.opens(HOMES, "Southside Homes", RENT, needs=["housing"])
    site.app.extensions[KEY] = EndlessCrowd()
    site.answers()
    site.shares()

    assert site.sends().headers["Location"] == "/ask/done"
