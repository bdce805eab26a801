"""The lists of the inbox: what each shows, in which order, and to whom."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import event, update
from sqlalchemy.engine import Engine

from services.matching.domain.transitions import State
from services.matching.storage import tables as t
from services.matching.storage.inbox import MOST_COUNTED, Asked
from services.matching.storage.inbox_lists import OPEN_STATES, WITHOUT_HELP
from shared.identity import Principal
from shared.storage import wire
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.test_portal import Worker, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

# Who reads, whose holidays, what is hidden, the list, what is withheld, services, counts, names.
MOST_ASKED = 8
NUMBERS = re.compile(r'onward-counts__number">([\d,+]+)<')
LINKS = re.compile(r'href="/agency/referrals/([0-9a-f-]{36})"')


@pytest.fixture
def service(matching: Matching) -> UUID:
    (service, _) = matching.publishes(
        a_service(ADVICE, places=50), a_service(ADVICE, name="Food parcels", needs=["food"])
    )
    return service


def referred(matching: Matching, **values: Any) -> Any:
    return matching.the_referral(matching.asks(ADVICE, **values))


def in_list(app: Flask, query: str = "", **who: Any) -> list[str]:
    """Return what a list shows, in order."""
    return LINKS.findall(Worker(app, **who).sees(f"/agency/?{query}"))


def ids(*referrals: Any) -> list[str]:
    return [str(referral.id) for referral in referrals]


def put(matching: Matching, referral: Any, **values: Any) -> None:
    with matching.store.begin() as tx:
        tx.execute(update(t.referral).where(t.referral.c.id == referral.id).values(**values))


@pytest.mark.usefixtures("service")
def test_the_counts_say_what_waits_for_what(matching: Matching, app: Flask) -> None:
    late = referred(matching)
    matching.clock.advance(timedelta(days=7))
    today = referred(matching, urgency="urgent")
    put(matching, today, due_at=matching.clock.now() + timedelta(hours=1))
    matching.clock.advance(timedelta(minutes=1))
    put(matching, late, due_at=matching.clock.now() - timedelta(days=1))
    put(matching, referred(matching), state="waiting", due_at=None)
    put(matching, referred(matching), state="info_requested", due_at=None)

    page = Worker(app).sees("/agency/")

    new, due, overdue, urgent, waiting, unresolved = NUMBERS.findall(page)
    assert (new, due, overdue, urgent, waiting, unresolved) == ("2", "1", "1", "1", "1", "1")


@pytest.mark.usefixtures("service")
def test_each_count_leads_to_what_it_counted(matching: Matching, app: Flask) -> None:
    now = matching.clock.now()
    shown = {
        "new": {"state": "sent", "due_at": None},
        "today": {"state": "opened", "due_at": now + timedelta(hours=1)},
        "overdue": {"state": "opened", "due_at": now - timedelta(hours=1)},
        "urgent": {"state": "active", "due_at": None, "urgency": "urgent"},
        "waiting": {"state": "waiting", "due_at": None},
        "unresolved": {"state": "cancel_requested", "due_at": None},
    }
    expected = {}
    for name, values in shown.items():
        referral = referred(matching)
        put(matching, referral, **values)
        expected[name] = ids(referral)

    assert {name: in_list(app, f"show={name}") for name in shown} == expected


@pytest.mark.usefixtures("service")
def test_the_soonest_due_leads_and_what_has_nothing_due_comes_last(
    matching: Matching, app: Flask
) -> None:
    idle, later, sooner = (referred(matching) for _ in range(3))
    now = matching.clock.now()
    for referral, due in ((idle, None), (later, now + timedelta(days=9)), (sooner, now)):
        put(matching, referral, due_at=due)

    assert in_list(app) == ids(sooner, later, idle)
    assert in_list(app, "sort=newest") == ids(sooner, later, idle)
    assert in_list(app, "sort=oldest") == ids(idle, later, sooner)


@pytest.mark.usefixtures("service")
def test_what_ended_lies_under_its_own_tab_and_what_was_never_sent_under_none(
    matching: Matching, app: Flask
) -> None:
    done, stopped, unsent = (referred(matching) for _ in range(3))
    put(matching, done, state="completed")
    put(matching, stopped, state="withdrawn")
    put(matching, unsent, state="cancelled", sent_at=None)

    assert in_list(app) == []
    assert in_list(app, "tab=completed") == ids(done)
    assert in_list(app, "tab=cancelled") == ids(stopped)


@pytest.mark.usefixtures("service")
def test_my_shows_what_i_look_after_and_unassigned_what_nobody_does(
    matching: Matching, app: Flask
) -> None:
    mine, nobodys = referred(matching), referred(matching)
    me = Worker(app)
    put(matching, mine, assigned_to=UUID(str(me.who.id)))

    assert LINKS.findall(me.sees("/agency/?tab=my")) == ids(mine)
    assert in_list(app, "tab=my") == []
    assert in_list(app, "tab=unassigned") == ids(nobodys)


def test_a_list_can_be_narrowed_to_one_service(
    matching: Matching, app: Flask, service: UUID
) -> None:
    debt, food = referred(matching), referred(matching, needs=("food",))

    assert in_list(app, f"service={service}") == ids(debt)
    assert in_list(app, f"service={food.service_id}&show=new") == ids(food)


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("typed", ["HD3J-K4RF", "hd3jk4rf", " hd3j k4rf ", "HD3J"])
def test_a_reference_is_found_as_people_type_it_by_both_sides(
    matching: Matching, app: Flask, typed: str
) -> None:
    wanted = referred(matching, reference="HD3J-K4RF")
    referred(matching, reference="HD4J-K4RF")

    assert in_list(app, f"q={typed}") == ids(wanted)
    assert in_list(app, f"q={typed}", agency_id=SURGERY) == ids(wanted)
    assert in_list(app, f"q={typed}", agency_id=MONEY) == []


@pytest.mark.usefixtures("service")
def test_what_is_hidden_from_a_worker_is_neither_listed_counted_nor_found(
    matching: Matching, app: Flask
) -> None:
    shown, hidden = referred(matching), referred(matching, reference="HD3J-K4RF")
    worker = Worker(app)
    with matching.store.begin() as tx:
        tx.insert(t.hidden_from, request_id=hidden.request_id, staff_id=str(worker.who.id))

    page = worker.sees("/agency/")

    assert LINKS.findall(page) == ids(shown)
    assert NUMBERS.findall(page)[0] == "1"
    assert LINKS.findall(worker.sees("/agency/?q=HD3J")) == []
    assert in_list(app, "q=HD3J") == ids(hidden)


@pytest.mark.usefixtures("service")
def test_a_filter_does_not_tell_how_urgent_a_stopped_referral_is(
    matching: Matching, app: Flask
) -> None:
    request = matching.asks(ADVICE, urgency="urgent")
    ear = Ear(matching)
    ear.hears(ear.ended(request, request.consent_id, grant(ADVICE)))

    assert in_list(app, "show=urgent") == []
    assert in_list(app) == ids(matching.the_referral(request))


@pytest.mark.usefixtures("service")
def test_a_second_page_follows_the_first_and_both_show_everything(
    matching: Matching, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.matching.http.inbox_pages.PAGE", 2)
    everything = sorted(ids(*(referred(matching) for _ in range(3))))
    first = Worker(app).sees("/agency/")

    assert "page=2" in first
    assert sorted(LINKS.findall(first) + in_list(app, "page=2")) == everything


def test_lists_and_counts_mean_the_same_on_both_databases(where: Any, tmp_path: Any) -> None:
    del where
    matching = Matching(tmp_path)
    matching.publishes(a_service(ADVICE, places=50))
    idle, late = (matching.the_referral(matching.asks(ADVICE)) for _ in range(2))
    put(matching, idle, due_at=None)
    put(matching, late, due_at=matching.clock.now() - timedelta(days=1))
    reader = Principal(
        kind="staff", id=str(a_uuid()), agency_id=ADVICE, roles=frozenset({"worker"})
    )

    with matching.store.read() as tx:
        counts = tx.inbox_counts(reader, tx.now + timedelta(hours=9))
        listed = tx.inbox(reader, Asked(), today_ends=tx.now, size=50)
        found = tx.referrals_called(a_client(SURGERY), "HDJ", most=5)

    assert (counts.new, counts.overdue, counts.today) == (2, 1, 0)
    assert [row.id for row in listed] == [late.id, idle.id]
    assert {row.id for row in found} == {late.id, idle.id}


def a_uuid() -> UUID:
    return UUID("019a0000-0000-7000-8000-000000000001")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Write down every statement, at whichever speed it is sent."""
    told: list[str] = []
    send = wire.send

    def sent(connection: Any, statement: str, values: Any = ()) -> Any:
        told.append(statement)
        return send(connection, statement, values)

    def note(_c: Any, _k: Any, statement: str, _v: Any, _x: Any, _m: Any) -> None:
        told.append(statement)

    monkeypatch.setattr("shared.storage.asking.send", sent)
    event.listen(Engine, "before_cursor_execute", note)
    yield told
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("service")
def test_a_page_asks_few_questions_and_counts_nobody_it_does_not_tell_of(
    matching: Matching, app: Flask, asked: list[str]
) -> None:
    worker = Worker(app)
    everything = ids(*(referred(matching) for _ in range(3)))
    asked.clear()

    page = worker.sees("/agency/?sort=oldest")

    assert LINKS.findall(page) == everything
    assert len([one for one in asked if one.startswith("SELECT")]) <= MOST_ASKED
    assert not [one for one in asked if "waiting_list" in one and "AS waiting" in one]


@pytest.mark.usefixtures("service")
def test_a_count_beyond_counting_says_so(
    matching: Matching, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    referred(matching)
    monkeypatch.setattr("services.matching.http.inbox_pages.MOST_COUNTED", 0)

    assert MOST_COUNTED > 0
    assert NUMBERS.findall(Worker(app).sees("/agency/"))[0] == "0+"


def test_the_waiting_list_shows_who_waits_longest_first_and_says_nobody_is_supported_yet(
    matching: Matching, app: Flask, service: UUID
) -> None:
    first = referred(matching)
    matching.clock.advance(timedelta(days=3))
    second, active = referred(matching), referred(matching)
    for referral in (first, second):
        put(matching, referral, state="waiting", way="waiting_list")
    put(matching, active, state="active")

    page = Worker(app).sees(f"/agency/waiting?service={service}")

    assert LINKS.findall(page) == ids(first, second)
    assert "not supported yet" in page
    assert page_of(active) not in page
    assert in_list(app, agency_id=MONEY) == []
    Worker(app, "trustee").sees("/agency/waiting", status=403)


def test_whoever_is_urgent_leads_the_waiting_list(
    matching: Matching, app: Flask, service: UUID
) -> None:
    first = referred(matching)
    matching.clock.advance(timedelta(days=3))
    second = referred(matching)
    put(matching, first, state="waiting", way="waiting_list")
    put(matching, second, state="waiting", way="waiting_list", urgency="urgent")

    page = Worker(app).sees(f"/agency/waiting?service={service}")

    assert LINKS.findall(page) == ids(second, first)


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("state", sorted(OPEN_STATES | WITHOUT_HELP | {State.COMPLETED}))
def test_a_referral_in_any_state_can_be_listed_and_looked_at(
    matching: Matching, app: Flask, state: State
) -> None:
    referral, worker = referred(matching), Worker(app)
    put(matching, referral, state=state)
    tab = "completed" if state == State.COMPLETED else "cancelled"
    query = "" if state in OPEN_STATES else f"tab={tab}"

    assert LINKS.findall(worker.sees(f"/agency/?{query}")) == ids(referral)
    assert referral.reference in worker.sees(page_of(referral))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Find and sort<"),
        ("tab=my&sort=newest", "Find and sort: Newest first<"),
        ("service={service}&sort=oldest", "Find and sort: Debt advice, Oldest first<"),
        ("q=hdj2", "Find and sort: HDJ2<"),
    ],
)
def test_the_folded_filter_says_what_it_leaves_out(
    matching: Matching, app: Flask, service: UUID, query: str, said: str
) -> None:
    page = Worker(app).sees(f"/agency/?{query.format(service=service)}")

    summary = re.search(r'govuk-details__summary-text">([^<]*<)', page)
    assert summary is not None
    assert summary[1] == said
    assert page.index("<summary") < page.index('name="sort"') < page.index("</details>")
