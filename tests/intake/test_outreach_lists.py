"""A jobs list is handed in, looked at and taken: nothing is silently dropped or left behind."""

from __future__ import annotations

import resource
from datetime import timedelta
from itertools import islice

import pytest
from intake.desk import Desk
from intake.outreach_site import COLUMNS, LIST, TYPED, WARD, Team

from services.intake import outreach
from services.intake.domain import leads as d
from services.intake.domain.jobs_list import heading_of
from services.intake.domain.records import records
from services.intake.outreach import WE, LeadSweep, ListReading, read_list
from services.intake.storage import outreach_tables as t
from services.intake.usecases.outreach_reading import keep_rows
from shared.testing.sign_on import sign_in


@pytest.fixture
def team(desk: Desk) -> Team:
    team = Team(desk)
    team.knocks_in()
    return team


def test_good_rows_are_kept_and_each_bad_one_is_named_with_its_line(team: Team) -> None:
    place = team.hands_in()

    page = team.gets(place).text
    with team.desk.store.read() as tx:
        lines = {row.line: row.why for row in tx.all(t.line.select())}

    assert lines == {4: "OUTSIDE", 5: "NO_ADDRESS", 7: "REPEATED", 9: "BROKEN_QUOTES"}
    assert [lead.line for lead in team.leads()] == [2, 3, 6, 10]
    assert "no address on this line" in page
    assert "never closed" in page
    assert "1 cell looked like a formula" in page
    assert "1 empty line passed over" in page


def test_every_line_is_accounted_for(team: Team) -> None:
    place = team.hands_in()

    with team.desk.store.read() as tx:
        job = tx.one(t.job.select())
    told = job.kept + job.unplaced + job.outside + job.repeated + job.refused + job.blank

    assert place
    assert told == job.read_rows == LIST.count("\n") - 1


def test_a_postcode_we_cannot_place_is_never_called_out_of_area(team: Team) -> None:
    place = team.hands_in()
    page = team.gets(place).text

    assert "We could not place the postcode of 1 row" in page
    assert "out of area" not in page.lower()
    assert [lead.line for lead in team.leads() if lead.ward_code is None] == [6]


@pytest.mark.parametrize(("form", "left"), [({}, 3), ({"unplaced": "yes"}, 4)])
def test_rows_of_an_unknown_place_are_visited_only_if_somebody_says_so(
    team: Team, form: dict[str, str], left: int
) -> None:
    team.takes(**form)

    assert len(team.leads()) == left
    assert {lead.state for lead in team.leads()} == {d.OPEN}
    (told,) = team.desk.announced("lead.imported.v1")
    assert (told["kept"], told["refused"]) == (left, 8 - left)
    assert told["agency_id"] == str(team.agency)


def test_nothing_of_the_list_stands_unsealed_anywhere(team: Team) -> None:
    team.takes(unplaced="yes")

    stored = team.desk.everything_stored()
    told = str(team.desk.announced())

    assert not [word for word in TYPED if word.encode() in stored]
    assert not [word for word in TYPED if word in told]


def test_the_file_is_gone_once_it_was_read(team: Team) -> None:
    place = team.uploads().location
    assert team.count(t.piece) == 1

    team.posts(f"{place}/columns", {"column": COLUMNS})
    read_list(team.desk.store, team.job_id(place))

    assert team.count(t.piece) == 0


def test_rows_are_shown_only_at_the_press_of_a_button_that_is_recorded(team: Team) -> None:
    place = team.hands_in()
    before = len(team.desk.announced("access.granted.v1"))

    asked = team.gets(f"{place}/rows").text
    shown = team.posts(f"{place}/rows").text

    assert "Quentin" not in asked
    assert "Quentin Quayle" in shown
    assert "&#39;=HYPERLINK(1)" in shown
    assert len(team.desk.announced("access.granted.v1")) - before == 4


def test_the_first_rows_are_shown_to_name_the_columns_and_that_is_recorded(team: Team) -> None:
    place = team.uploads().location

    assert "Quentin Quayle" in team.gets(place).text

    (told,) = team.desk.announced("access.granted.v1")
    assert (told["object_type"], told["object_id"]) == ("job", str(team.job_id(place)))
    assert "Quentin" not in team.gets(team.hands_in()).text


def test_without_a_patch_nothing_is_read(desk: Desk) -> None:
    team = Team(desk)
    place = team.uploads().location

    answer = team.posts(f"{place}/columns", {"column": COLUMNS})

    assert answer.status_code == 422
    assert "where your patch is" in answer.text


def test_the_patch_is_chosen_from_known_areas(team: Team) -> None:
    assert team.posts("/outreach/patch", {"area": [WARD, "nowhere"]}).status_code == 303
    assert team.posts("/outreach/patch", {"area": ["nowhere"]}).status_code == 422

    team.hands_in()

    assert [lead.line for lead in team.leads()] == [2, 3, 6, 10]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04", "This is a spreadsheet"),
        ("a,b\n1,2\n".encode("utf-16"), "CSV UTF-8"),
        (b"name,address\n", "There are no rows"),
        (b"", "There are no rows"),
        (b"\x81\x8d\xff,x\n1,2\n", "cannot read the letters"),
        (b",".join([b"x"] * 70) + b"\n1\n", "more than 60 columns"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(team: Team, data: bytes, sentence: str) -> None:
    answer = team.uploads(data)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert team.count(t.job) == 0


def test_no_file_at_all_is_said_so(team: Team) -> None:
    assert "Choose a file" in team.posts("/outreach/lists").text


def test_windows_letters_are_read_as_they_were_written(team: Team) -> None:
    place = team.hands_in(
        "name;address;postcode\nZoë;1 Café Row \u2013 back;SW18 2PU\n".encode("cp1252"),
        ["name", "address", "postcode"],
    )

    assert "Zoë" in team.posts(f"{place}/rows").text


def test_columns_nobody_named_are_not_kept(team: Team) -> None:
    place = team.hands_in(columns=["", "", "address", "address", "postcode", "", ""])

    shown = team.posts(f"{place}/rows").text

    assert "Zebra Lane" in shown
    assert "Quentin" not in shown


def test_another_agency_finds_no_such_list(team: Team) -> None:
    place = team.hands_in()
    stranger = team.desk.app.test_client()
    sign_in(team.desk.app, stranger, "manager")

    assert team.gets(place, stranger).status_code == 404
    assert team.posts(f"{place}/rows", browser=stranger).status_code == 404
    assert team.posts(f"{place}/take", browser=stranger).status_code == 404


def test_a_list_that_is_not_taken_can_be_deleted_whole(team: Team) -> None:
    place = team.hands_in()
    keys = team.desk.rows()["vault_key"]

    assert team.posts(f"{place}/discard").status_code == 303

    assert team.leads() == []
    assert team.count(t.job) == 0
    assert team.desk.rows()["vault_key"] == keys - 5


def test_a_list_nobody_takes_goes_by_itself_and_nothing_is_told_of_it(team: Team) -> None:
    team.hands_in()
    team.desk.clock.advance(timedelta(days=8))

    LeadSweep(team.desk.store).look()

    assert team.leads() == []
    assert team.count(t.job) == 0
    assert team.desk.announced("lead.closed.v1") == []


def test_leads_without_agreement_are_deleted_on_time_and_only_counts_stay(team: Team) -> None:
    team.takes()
    team.desk.clock.advance(timedelta(days=29))
    before = team.desk.rows()["vault_key"]

    LeadSweep(team.desk.store).look()

    assert (team.leads(), team.count(t.job), team.count(t.visit)) == ([], 0, 0)
    assert team.desk.rows()["vault_key"] == before - 4
    assert team.counts() == {"IMPORTED": 3, "NOT_KEPT": 5, "DELETED_ON_SCHEDULE": 3}
    assert {told["why"] for told in team.desk.announced("lead.closed.v1")} == {
        "DELETED_ON_SCHEDULE"
    }


def test_a_reader_that_died_is_followed_by_one_that_goes_on_behind_it(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outreach, "BATCH", 2)
    place = team.uploads().location
    team.posts(f"{place}/columns", {"column": COLUMNS})
    job_id, store = team.job_id(place), team.desk.store
    found = records(iter([LIST.encode()]), "utf-8-sig", ",")
    heading_of(found)
    with store.begin(actor=WE) as tx:
        assert keep_rows(job_id, 0, list(islice(found, 2)), tx)

    ListReading(store).look()

    assert [lead.line for lead in team.leads()] == [2, 3, 6, 10]
    with store.begin(actor=WE) as tx:
        assert keep_rows(job_id, 0, [], tx) is None


def test_the_progress_can_be_seen_without_a_script(team: Team) -> None:
    place = team.uploads().location
    team.posts(f"{place}/columns", {"column": COLUMNS})

    page = team.gets(place)

    assert ">Refresh</a>" in page.text
    assert "of about 9 rows" in page.text
    assert 'http-equiv="refresh"' not in page.text


def test_ten_thousand_rows_are_read_in_flat_memory(team: Team) -> None:
    rows = "".join(f"J{n},Ann {n},{n},Long Lane,SW18 2PU,,Bulky waste\n" for n in range(10_000))
    heading = LIST.partition("\n")[0] + "\n"
    place = team.uploads(heading + rows).location
    team.posts(f"{place}/columns", {"column": COLUMNS})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert read_list(team.desk.store, team.job_id(place))

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert team.count(t.lead) == 10_000
    assert grown < 30_000
