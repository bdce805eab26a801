"""What a program is told when requests come faster than they are carried on."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from intake.public_site import ADVICE, DEBT, HOMES, RENT, Site
from intake.telling import a_body
from sqlalchemy import func, select, update

from services.intake.storage import tables as t
from shared.web import overload
from shared.web.overload import KEY, LIMIT, Crowd

if TYPE_CHECKING:
    from pathlib import Path

    from intake.desk import Desk


def somebody(name: str) -> dict[str, Any]:
    """Return the story of somebody who is nobody else."""
    body = a_body()
    body["person"] |= {"given_name": name, "family_name": f"{name}son"}
    body["contact"]["channels"][0]["value"] = f"{name.lower()}@example.org"
    return body


@pytest.fixture
def crowded(desk: Desk) -> Desk:
    """A hub where announcements wait too long; each request finds one more of them carried."""
    seconds = count()

    def one_more_is_carried() -> overload.Oldest | None:
        outbox = desk.store.metadata.tables["outbox"]
        first = select(func.min(outbox.c.id)).where(outbox.c.published_at.is_(None))
        with desk.store.begin() as tx:
            this = update(outbox).where(outbox.c.id == first.scalar_subquery())
            tx.execute(this.values(published_at=tx.now))
        return overload.oldest(desk.store)

    for name in ("Ada", "Berta", "Clara"):
        assert desk.posts(somebody(name)).status_code == 201
    desk.app.extensions[KEY] = crowd = Crowd(one_more_is_carried, lambda: next(seconds))
    desk.clock.advance(timedelta(seconds=LIMIT + 1))
    assert not crowd.is_too_large()  # it has not seen yet that anything is carried
    return desk


def kept(desk: Desk) -> int:
    with desk.store.read() as tx:
        return int(tx.execute(select(func.count()).select_from(t.request)).scalar_one())


@pytest.mark.usefixtures("where")
def test_a_program_is_asked_to_come_back_and_nothing_is_kept_of_what_it_sent(
    crowded: Desk,
) -> None:
    answer = crowded.posts(somebody("Dora"), key="the same")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == str(overload.RETRY_AFTER)
    assert answer.get_json()["type"] == "urn:onward:problem:service-unavailable"
    assert kept(crowded) == 3


@pytest.mark.usefixtures("where")
def test_what_was_turned_away_is_taken_in_when_the_crowd_is_gone(crowded: Desk) -> None:
    assert crowded.posts(somebody("Dora"), key="the same").status_code == 503

    crowded.app.extensions[KEY] = Crowd(lambda: None)

    assert crowded.posts(somebody("Dora"), key="the same").status_code == 201
    assert kept(crowded) == 4


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
