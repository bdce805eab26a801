"""Taking a guide that somebody else wrote: what is used, what is refused, and where."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.matching import import_loop
from services.matching.domain.capacity import Status, status
from services.matching.errors import FileRefusedError
from services.matching.import_loop import import_file
from services.matching.importing import read_file
from services.matching.storage.guide import entry_of, standing_of
from services.matching.usecases import publish_guide
from services.matching.usecases.importing import Import
from shared.errors import ForbiddenError
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, a_service

if TYPE_CHECKING:
    from services.matching.usecases.importing import Imported
    from tests.matching.drivers import Matching

HEADER = "agency,name,needs,area_codes,minimum_age"
ROW = "Wandle Advice,Debt advice,Debt; benefits,Wandsworth,18"


def a_member(*roles: str, agency_id: UUID = MONEY) -> Principal:
    return Principal(kind="staff", id=str(new_id()), agency_id=agency_id, roles=frozenset(roles))


def imports(
    matching: Matching, text: str | dict[str, Any], who: Principal | None = None
) -> Imported:
    raw = (text if isinstance(text, str) else json.dumps(text)).encode()
    return import_file(raw, matching.store, who)


def a_record(**values: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "name": "Debt advice",
        "status": "active",
        "organization": {"id": str(ADVICE), "name": "Wandle Advice"},
        "attributes": [{"id": "a", "taxonomy_term": {"id": "t", "name": "Debt and arrears"}}],
        **values,
    }


def shown(matching: Matching, name: str = "Debt advice") -> Any:
    with matching.store.read() as tx:
        rows = tx.services_of(ADVICE)
    (row,) = [row for row in rows if entry_of(row.entry)["name"] == name]
    return row


@pytest.fixture(autouse=True)
def _agencies(request: pytest.FixtureRequest) -> None:
    if "matching" in request.fixturenames:
        request.getfixturevalue("matching").publishes()


def test_a_fault_is_told_in_words_a_person_would_use(matching: Matching) -> None:
    bad = "Wandle Advice,X,debt; knitting,,131\n"

    found = imports(matching, f"{HEADER}\n{bad}Wandle Advice,Y,knitting,,\n")

    assert [flaw.detail for flaw in found.refused] == [
        "We do not know \u201cknitting\u201d. We left it out.",
        "Write a number from 0 to 130.",
        "We do not know \u201cknitting\u201d.",
    ]


def test_words_and_codes_are_both_read(matching: Matching) -> None:
    found = imports(matching, f"{HEADER}\n{ROW}\n")

    entry = entry_of(shown(matching).entry)
    assert found.added == ["Debt advice"]
    assert (found.refused, found.remarks) == ([], [])
    assert entry["needs"] == ["debt", "benefits"]
    assert entry["area_codes"] == ["E09000032"]
    assert entry["minimum_age"] == 18


def test_an_imported_entry_is_unassured_and_shown_to_no_public(matching: Matching) -> None:
    imports(matching, f"{HEADER},places\n{ROW},4\n")

    row = shown(matching)
    assert status(standing_of(row), matching.clock.now()) == Status.UNASSURED
    assert row.listed == "partners"
    assert entry_of(row.entry)["location"] == "hidden"
    assert row.places == 4


def test_the_same_file_again_changes_and_announces_nothing(matching: Matching) -> None:
    imports(matching, f"{HEADER}\n{ROW}\n")
    before = matching.announced()

    found = imports(matching, f"{HEADER}\n{ROW}\n")

    assert found.unchanged == ["Debt advice"]
    assert matching.announced() == before


def test_only_the_row_that_cannot_be_used_is_refused_and_its_cell_is_named(
    matching: Matching,
) -> None:
    bad = "Wandle Advice,Benefits advice,benefits,Wandsworth,old\n"

    found = imports(matching, f"{HEADER}\n{bad}{ROW}\n")

    assert found.added == ["Debt advice"]
    assert [flaw.place for flaw in found.refused] == ["line 2, column minimum_age"]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("Wandle Advice,,debt,,", "line 2"),
        ("Wandle Advice,X,nonsense,,", "line 2, column needs"),
        ("Wandle Advice,X,debt,Atlantis,", "line 2, column area_codes"),
        ("Nobody We Know,X,debt,,", "line 2"),
        ("Wandle Advice,X,debt,,,,a,b", "line 2"),
        ("Wandle Advice,X,debt,,131", "line 2, column minimum_age"),
    ],
)
def test_what_would_send_people_wrong_refuses_the_row(
    matching: Matching, row: str, place: str
) -> None:
    found = imports(matching, f"{HEADER}\n{row}\n")

    assert found.added == []
    assert [flaw.place for flaw in found.refused] == [place]


def test_a_word_that_is_not_ours_is_left_out_and_said(matching: Matching) -> None:
    found = imports(matching, f"{HEADER}\nWandle Advice,Debt advice,debt; knitting,,\n")

    assert found.added == ["Debt advice"]
    assert entry_of(shown(matching).entry)["needs"] == ["debt"]
    assert [flaw.place for flaw in found.remarks] == ["line 2, column needs"]


def test_a_column_nobody_knows_is_said_once(matching: Matching) -> None:
    found = imports(
        matching, f"{HEADER},favourite_colour\n{ROW},blue\n{ROW.replace('advice', 'help')},red"
    )

    assert [flaw.place for flaw in found.remarks] == ["line 1"]


def test_lines_are_counted_as_a_person_counts_them(matching: Matching) -> None:
    first = 'Wandle Advice,"Debt\nadvice",debt,,\n'

    found = imports(matching, f"{HEADER}\n{first}Wandle Advice,X,debt,,old\n")

    assert [flaw.place for flaw in found.refused] == ["line 4, column minimum_age"]


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEADER}\n{ROW}\n",
        f"{HEADER}\n{ROW}\n".replace(";", "|").replace(",", ";"),
        f"{HEADER}\r\n{ROW}\r\n".replace(",", "\t"),
        f"Agency,Name,Needs,Area codes,Minimum age\n{ROW}",
    ],
)
def test_a_spreadsheets_habits_are_understood(matching: Matching, text: str) -> None:
    assert imports(matching, text).added == ["Debt advice"]


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"", "line 1"),
        (b"agency,name\nWandle Advice,X\n", "line 1"),
        (b"name,name,needs\n", "line 1"),
        (b"\x00\x01\x02", "line 1"),
        (b'{"contents": [}', "line 1, column 15"),
        (b'{"contents": ["\\u0000"]}', ""),
        (b'"name","needs"\n"never closed,debt\n', "line 2"),
    ],
)
def test_a_file_that_is_none_says_so_and_where(raw: bytes, place: str) -> None:
    with pytest.raises(FileRefusedError) as refused:
        read_file(raw)

    assert refused.value.flaws[0].place == place


ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    "cell", [ENDLESS, f"{ENDLESS}-{ENDLESS}", f"1 to {ENDLESS}", "\u0663", "2-1"]
)
def test_a_number_nobody_can_mean_costs_its_row_and_no_more(matching: Matching, cell: str) -> None:
    found = imports(
        matching, f"{HEADER},threshold\n{ROW},{cell}\n{ROW.replace('Debt', 'Rent')},1-2\n"
    )

    assert found.added == ["Rent advice"]
    assert [flaw.place for flaw in found.refused] == ["line 2, column threshold"]


@pytest.mark.parametrize(
    "deep", ["[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900], ids=["lists", "objects"]
)
@pytest.mark.parametrize("name", ["languages", "onward", "of_their_own"])
def test_a_record_that_would_eat_the_stack_costs_only_itself(name: str, deep: str) -> None:
    bad = json.dumps(a_record(**{name: "HERE"})).replace('"HERE"', deep)

    found = read_file(f"[{bad},{json.dumps(a_record())}]".encode())

    assert len(found.drafts) == 1
    assert [flaw.place for flaw in found.refused] == ["/0"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_clock_shows_is_left_out_and_named(moment: str) -> None:
    unit = {"id": "u", "name": "places"}
    figure = {"id": "c", "unit": unit, "available": 1, "updated": moment}

    found = read_file(json.dumps(a_record(capacities=[figure])).encode())

    assert found.drafts[0].figure is None
    assert [(flaw.place, flaw.detail) for flaw in found.remarks] == [
        ("/capacities/0/updated", "Write a day, as 2026-11-22. We left it out.")
    ]


def test_windows_letters_are_read(matching: Matching) -> None:
    raw = f"{HEADER}\n{ROW.replace('Debt advice', 'Café debt')}\n".encode("cp1252")
    import_file(raw, matching.store)

    assert shown(matching, "Café debt")


def test_a_manager_brings_only_entries_of_their_own_agency(matching: Matching) -> None:
    own = "name,needs\nPhone debt line,debt\n"

    theirs = imports(matching, f"{HEADER}\n{ROW}\n", a_member("manager"))
    mine = imports(matching, own, a_member("manager"))

    assert [flaw.detail for flaw in theirs.refused] == ["This is not an entry of your own agency."]
    assert mine.added == ["Phone debt line"]


def test_a_worker_imports_nothing(matching: Matching) -> None:
    with pytest.raises(ForbiddenError):
        imports(matching, f"{HEADER}\n{ROW}\n", a_member("worker"))


def test_a_coordinator_may_bring_a_new_agency_with_its_address(matching: Matching) -> None:
    row = "Brook Trust,Brook advice,debt,,,brook@example.org"

    found = imports(matching, f"{HEADER},agency_email\n{row}\n", a_member("coordinator"))

    assert found.added == ["Brook advice"]
    assert [event["name"] for event in matching.announced("agency.changed")][-1] == "Brook Trust"


def test_a_file_changes_nothing_of_the_partnership_itself(matching: Matching) -> None:
    rules = {"nation": "wales", "agreements": "required", "sending": "coordinator"}
    with matching.store.begin() as tx:
        publish_guide({"partnership": rules}, tx)
    row = "Brook Trust,Brook advice,debt,,,brook@example.org"

    imports(matching, f"{HEADER},agency_email\n{row}\n")

    with matching.store.read() as tx:
        assert (tx.nation(), tx.agreements_required()) == ("wales", True)
        assert tx.all(tx.table("partnership").select())[0].sending == "coordinator"


def test_what_an_agency_decided_here_no_file_changes(matching: Matching) -> None:
    entry = a_service(ADVICE, listed="by_worker_only", status="closed_to_referrals")
    matching.publishes(entry)
    text = f"id,{HEADER},listed\n{entry['id']},{ROW.replace('18', '16')},public\n"

    found = imports(matching, text)

    row = shown(matching)
    assert found.changed == ["Debt advice"]
    assert (row.listed, row.closed) == ("by_worker_only", True)
    assert entry_of(row.entry)["minimum_age"] == 16
    assert [flaw.place for flaw in found.remarks] == ["line 2, column listed"]


def test_an_id_of_another_agencys_entry_is_refused(matching: Matching) -> None:
    entry = a_service(MONEY)
    matching.publishes(entry)

    found = imports(matching, f"id,{HEADER}\n{entry['id']},{ROW}\n")

    assert [flaw.place for flaw in found.refused] == ["line 2, column id"]


def test_a_service_told_twice_is_taken_once(matching: Matching) -> None:
    found = imports(matching, f"{HEADER}\n{ROW}\n{ROW}\n")

    assert (found.added, found.unchanged) == (["Debt advice"], [])
    assert [flaw.detail for flaw in found.refused] == ["The same service stands at line 2 already."]


def test_a_feed_is_read_with_its_own_words_for_help(matching: Matching) -> None:
    found = imports(matching, {"contents": [a_record(minimum_age=18)]})

    assert found.added == ["Debt advice"]
    assert entry_of(shown(matching).entry)["needs"] == ["debt"]


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"status": "sleeping"}, "/contents/0/status"),
        ({"status": "defunct"}, "/contents/0/status"),
        ({"name": None}, "/contents/0/name"),
        ({"minimum_age": "old"}, "/contents/0/minimum_age"),
        ({"minimum_age": 17.5}, "/contents/0/minimum_age"),
        ({"service_areas": [{"id": "1", "name": "Atlantis"}]}, "/contents/0/service_areas"),
        ({"minimum_age": 60, "maximum_age": 50}, "/contents/0/maximum_age"),
        ({"organization": {"id": str(new_id()), "name": "Nobody"}}, "/contents/0"),
    ],
)
def test_a_record_of_no_use_is_refused_at_its_pointer(
    matching: Matching, values: dict[str, Any], pointer: str
) -> None:
    sound = a_record(name="Benefits advice")

    found = imports(matching, {"contents": [a_record(**values), sound]})

    assert found.added == ["Benefits advice"]
    assert [flaw.place for flaw in found.refused] == [pointer]


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"url": "not an address"}, "/0/url"),
        ({"contacts": [{"id": "c", "title": "Lead", "email": "no"}]}, "/0/contacts/0/email"),
        ({"languages": [{"id": "l", "name": "Elvish"}]}, "/0/languages/0"),
        ({"attributes": []}, "/0/attributes"),
        ({"description": "x" * 2001}, "/0/description"),
    ],
)
def test_what_only_says_less_is_left_out_and_said(
    matching: Matching, values: dict[str, Any], pointer: str
) -> None:
    raw = json.dumps([a_record(**values)]).encode()
    found = import_file(raw, matching.store)

    assert found.added == ["Debt advice"]
    assert [flaw.place for flaw in found.remarks] == [pointer]


def test_a_long_file_is_taken_a_few_rows_at_a_time(
    matching: Matching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_loop, "ROWS", 2)
    rows = "".join(f"Wandle Advice,Service {number},debt,,\n" for number in range(5))

    found = imports(matching, f"{HEADER}\n{rows}{ROW}\nWandle Advice,Service 0,debt,,\n")

    assert len(found.added) == 6
    assert [flaw.place for flaw in found.refused] == ["line 8"]


def test_a_file_that_was_stopped_goes_on_where_it_stood(
    matching: Matching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_loop, "ROWS", 1)
    text = f"{HEADER}\nWandle Advice,First,debt,,\nWandle Advice,Second,debt,,\n"
    taking = Import.take

    def stops_at_the_second(self: Import, drafts: Any, tx: Any) -> None:
        taking(self, drafts, tx)
        if self.result.added[-1] == "Second":
            raise KeyboardInterrupt

    with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
        stopped.setattr(Import, "take", stops_at_the_second)
        imports(matching, text)
    found = imports(matching, text)

    assert (found.unchanged, found.added) == (["First"], ["Second"])


def test_looking_first_tells_the_same_and_writes_nothing(matching: Matching) -> None:
    row = "Brook Trust,Brook advice,debt,,,brook@example.org"
    text = f"{HEADER},agency_email\n{row}\n{ROW},\nNobody,X,debt,,,\n".encode()
    before = matching.announced()

    looked = import_file(text, matching.store, write=False)

    assert matching.announced() == before
    assert import_file(text, matching.store) == looked


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(), inner)),
    max_leaves=4,
)
WHOLE = {
    **a_record(minimum_age=18, url="https://example.org", assured_date="2026-01-05"),
    "contacts": [{"id": "c", "title": "Lead", "phones": [{"id": "p", "number": "1"}]}],
    "languages": [{"id": "l", "code": "en"}],
    "service_areas": [{"id": "a", "extent": "E09000032"}],
    "service_at_locations": [
        {"id": "s", "location": {"id": "l", "addresses": [{"id": "d", "postal_code": "SW18 2PU"}]}}
    ],
    "capacities": [
        {
            "id": "k",
            "unit": {"id": "u", "name": "p"},
            "available": 2,
            "updated": "2026-01-05T09:00Z",
        }
    ],
    "onward": {"threshold": [1, 3], "rules": [], "listed": "public", "interpreters": True},
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    inner = [(path, key, one) for key, one in items]
    deeper = [
        p for at, key, one in inner if isinstance(one, dict | list) for p in places(one, (*at, key))
    ]
    return [(*at, key) for at, key, _ in inner] + deeper


@given(where=st.sampled_from(places(WHOLE)), what=ANYTHING)
@example(where=("onward", "rules"), what=[[]])
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_that_stands_in_a_feed_breaks_the_import(
    matching: Matching, where: tuple[Any, ...], what: Any
) -> None:
    record = deepcopy(WHOLE)
    inner: Any = record
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = what
    try:
        raw = orjson.dumps([record])
    except orjson.JSONEncodeError:
        return  # not JSON at all
    sound = b"\\u0000" not in raw

    try:
        found = import_file(raw, matching.store, write=False)
    except FileRefusedError:
        assert not sound
    else:
        assert len(found.added) + bool(found.refused) == 1
