"""Bringing a guide in by a page or a command: what is told, and what is written."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deploy.guide import main
from services.matching import create_store
from services.matching.importing.spreadsheet import COLUMNS
from services.matching.storage.guide import entry_of
from shared.clock import SystemClock
from shared.testing.sign_on import sign_in
from shared.web.forms import LARGEST_BODY
from tests.matching.drivers import ADVICE, MONEY

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.matching.drivers import Matching

BASE = "https://localhost"
URL = "/agency/guide/import"
GOOD = "agency,name,needs\nWandle Advice,Debt advice,debt\n"
BAD = "agency,name,needs,minimum_age\nWandle Advice,Debt advice,debt,old\n"


@pytest.fixture
def browser(app: Flask, matching: Matching) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    matching.hub_is(MONEY)
    matching.publishes()
    return app.test_client()


def uploads(browser: FlaskClient, text: str | None, **form: str) -> Any:
    file = {"guide": (BytesIO(text.encode()), "guide.csv")} if text is not None else {}
    data = {**file, **form}
    return browser.post(URL, data=data, content_type="multipart/form-data", base_url=BASE)


def entries(matching: Matching) -> list[str]:
    with matching.store.read() as tx:
        return [entry_of(row.entry)["name"] for row in tx.services_of(ADVICE)]


def test_a_coordinator_brings_entries_in(
    app: Flask, browser: FlaskClient, matching: Matching
) -> None:
    sign_in(app, browser, "coordinator", agency_id=MONEY)

    page = uploads(browser, GOOD)

    assert page.status_code == 200
    assert "New entries: 1" in page.text
    assert entries(matching) == ["Debt advice"]


def test_looking_first_writes_nothing(app: Flask, browser: FlaskClient, matching: Matching) -> None:
    sign_in(app, browser, "coordinator", agency_id=MONEY)
    before = matching.announced()

    page = uploads(browser, GOOD, **{"only-look": "yes"})

    assert "What would come of your file" in page.text
    assert "New entries: 1" in page.text
    assert entries(matching) == []
    assert matching.announced() == before


def test_a_refused_row_is_shown_with_its_cell(app: Flask, browser: FlaskClient) -> None:
    sign_in(app, browser, "coordinator", agency_id=MONEY)

    page = uploads(browser, BAD)

    assert "line 2, column minimum_age" in page.text
    assert "No row could be used." in page.text


@pytest.mark.parametrize("text", [None, "\x00", '{"contents": 3}', "name\nX\n"])
def test_what_is_no_guide_is_refused_and_the_choice_is_kept(
    app: Flask, browser: FlaskClient, text: str | None
) -> None:
    sign_in(app, browser, "manager", agency_id=ADVICE)

    page = uploads(browser, text, listed="public")

    assert page.status_code == 422
    assert "Error: Bring in entries from a file" in page.text
    assert 'value="public" checked' in " ".join(page.text.split())


def test_a_guide_may_be_larger_than_a_form(app: Flask, browser: FlaskClient) -> None:
    sign_in(app, browser, "coordinator", agency_id=MONEY)

    page = uploads(browser, GOOD + "\n" * LARGEST_BODY)

    assert page.status_code == 200


@pytest.mark.parametrize("role", ["worker", "trustee", "officer"])
def test_nobody_else_brings_entries_in(app: Flask, browser: FlaskClient, role: str) -> None:
    sign_in(app, browser, role, agency_id=ADVICE)

    assert browser.get(URL, base_url=BASE).status_code == 403
    assert uploads(browser, GOOD).status_code == 403


@pytest.fixture
def hub(matching: Matching, monkeypatch: pytest.MonkeyPatch) -> Matching:
    matching.store.close()
    matching.store = create_store(matching.settings, SystemClock())
    matching.publishes()
    monkeypatch.setenv("ONWARD_VAR", str(matching.settings.var))
    for name in ("identity", "intake", "notify", "audit"):
        (matching.settings.var / f"{name}.sqlite3").touch()
    return matching


def a_file(folder: Path, text: str) -> str:
    path = folder / "a-guide"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_command_takes_a_file_beside_a_running_hub(
    hub: Matching, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", a_file(tmp_path, GOOD)]) == 0

    assert "1 new" in capsys.readouterr().out
    assert entries(hub) == ["Debt advice"]


def test_the_command_only_checks_when_asked(
    hub: Matching, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "--check", a_file(tmp_path, GOOD)]) == 0

    assert "nothing was written" in capsys.readouterr().out
    assert entries(hub) == []


def test_the_command_names_the_place_of_each_fault(
    hub: Matching, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", a_file(tmp_path, BAD)]) == 1
    assert "line 2, column minimum_age: Write a number." in capsys.readouterr().err

    feed = json.dumps({"contents": [{"id": "1", "name": "X", "status": "sleeping"}]})
    assert main(["import", a_file(tmp_path, feed)]) == 1
    assert "/contents/0/status" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["\x00", "[1"])
def test_the_command_takes_nothing_of_what_is_no_guide(
    hub: Matching, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert main(["import", a_file(tmp_path, text)]) == 2
    assert "Nothing was taken" in capsys.readouterr().err


def test_the_command_says_when_there_is_no_hub_or_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONWARD_VAR", str(tmp_path / "nothing"))

    assert main(["import", str(tmp_path / "no-file")]) == 2
    assert "there is no hub" in capsys.readouterr().err


def test_every_column_is_given_and_described(app: Flask, browser: FlaskClient) -> None:
    sign_in(app, browser, "manager", agency_id=ADVICE)
    told = (Path(__file__).parents[2] / "docs" / "open-referral.md").read_text("utf-8")

    file = browser.get(f"{URL}/columns.csv", base_url=BASE)

    columns = file.text.strip().split(",")
    assert columns == list(COLUMNS)
    assert {"needs", "places", "contact_email"} <= set(columns)
    assert [name for name in columns if f"`{name}`" not in told] == []
    assert "No row could be used." in uploads(browser, file.text).text
