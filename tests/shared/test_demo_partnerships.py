"""Every demonstration partnership is whole, invented, and can be taken into the guide."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import deploy.demo
from deploy.demo.credentials import _wanted_clients
from deploy.demo.load import guide, read_demo
from services.intake.domain.duty import on_duty
from services.intake.domain.jobs_list import delimiter_of, guesses
from services.intake.usecases.keeping_rota import _shift
from services.matching import create_store
from services.matching.deals_schema import read_deals
from services.matching.guide_schema import read_guide
from services.matching.usecases import publish_guide
from shared.codes import codes
from shared.geography import area_of, known_areas
from shared.settings import Settings
from shared.testing.clock import FixedClock

FOLDER = Path(deploy.demo.__file__).parent
NAMES = ("referral-guide", "waiting-promise", "doorstep", "front-door", "joined-up-council")
TWO_LANGUAGES = {"en", "cy", "easy_read"}


@pytest.fixture(params=NAMES)
def demo(request: pytest.FixtureRequest) -> dict[str, Any]:
    return read_demo(request.param)


def test_there_is_one_for_each_arrangement() -> None:
    assert {path.parent.name for path in FOLDER.glob("*/partnership.json")} == set(NAMES)


def test_nobody_is_in_two_partnerships() -> None:
    demos = [read_demo(name) for name in NAMES]
    ids = [one["id"] for demo in demos for part in ("agencies", "staff") for one in demo[part]]
    ids += [one["id"] for demo in demos for one in demo["services"]]

    assert len(ids) == len(set(ids))


def test_the_guide_and_its_agreements_can_be_read(demo: dict[str, Any]) -> None:
    agencies = {UUID(agency["id"]) for agency in demo["agencies"]}
    read, deals = read_guide(guide(demo)), read_deals(guide(demo))
    parties = {party["agency_id"] for deal in deals["agreements"] for party in deal["parties"]}

    assert {service["agency_id"] for service in read["services"]} <= agencies
    assert parties <= agencies
    assert UUID(demo["partnership"]["hub_agency_id"]) in agencies


def test_taking_it_in_twice_tells_everything_once(demo: dict[str, Any], tmp_path: Path) -> None:
    store = create_store(Settings(var=tmp_path), FixedClock())
    told = []
    for _ in range(2):
        with store.begin() as tx:
            publish_guide(guide(demo), tx)
        with store.read() as tx:
            told.append(len(tx.all(tx.table("outbox").select())))
    store.close()

    assert told[0] >= len(demo["agencies"]) + len(demo["services"])
    assert told[1] == told[0]


def test_places_are_where_postcodes_lead(demo: dict[str, Any]) -> None:
    known = {code for area in known_areas() for code in area.codes}
    patches = [code for patch in demo["partnership"]["patches"] for code in patch["area_codes"]]
    areas = [code for service in demo["services"] for code in service.get("area_codes") or ()]

    assert {*patches, *areas} <= known
    assert all(area_of(s["postcode"]) for s in demo["services"] if s.get("postcode"))


def test_every_agency_answers_and_the_hub_has_its_offices(demo: dict[str, Any]) -> None:
    hub = demo["partnership"]["hub_agency_id"]
    roles = Counter((who["agency_id"], role) for who in demo["staff"] for role in who["roles"])
    offices = {role for owner, role in roles if owner == hub}

    assert offices >= {"coordinator", "officer", "governance_lead", "hub_admin"}
    for agency in demo["agencies"]:
        if agency["id"] != hub:
            assert roles[agency["id"], "worker"], agency["name"]
            assert roles[agency["id"], "manager"], agency["name"]
    assert len([who for who in demo["staff"] if "safeguarding" in who["roles"]]) >= 2
    assert {role for _, role in roles} <= set(codes("roles"))


def test_where_an_agency_has_several_teams_some_of_its_staff_work_in_one_and_some_in_none(
    demo: dict[str, Any],
) -> None:
    owner = {service["id"]: service["agency_id"] for service in demo["services"]}
    teams = {who["id"]: who.get("first_teams", []) for who in demo["staff"]}

    for who in demo["staff"]:
        assert {owner[team] for team in teams[who["id"]]} <= {who["agency_id"]}
    assert any(teams.values())
    assert not all(teams.values())


def test_every_agency_has_a_client_of_its_own(demo: dict[str, Any]) -> None:
    names = [client_id for client_id, _, _ in _wanted_clients(demo)]

    assert len(names) == len(set(names))


def test_somebody_is_on_duty_at_every_hour(demo: dict[str, Any]) -> None:
    rota = [_shift(told) for told in demo["partnership"]["duty"]]
    hours = [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=n) for n in range(168)]

    for rank in (1, 2):
        assert [hour for hour in hours if on_duty(rota, hour, rank) is None] == []


def test_people_are_told_in_both_languages_and_plainly(demo: dict[str, Any]) -> None:
    notices = demo["partnership"]["notices"]

    assert {notice["language"] for notice in notices} == TWO_LANGUAGES
    assert demo["partnership"]["current_notice"] in {notice["id"] for notice in notices}
    assert all(demo["partnership"]["phone"] in notice["text"] for notice in notices)


def test_no_number_or_address_can_reach_anybody_real(demo: dict[str, Any]) -> None:
    text = json.dumps(demo) + (FOLDER / "doorstep" / "jobs.csv").read_text("utf-8")
    numbers = re.findall(r"\b0[0-9 ]{9,}\b", text)

    assert re.findall(r"[\w.]+@(?![\w.-]+\.example\.org)[\w.-]+", text) == []
    assert [n for n in numbers if not n.replace(" ", "").startswith(("07700900", "0207946"))] == []


def test_who_is_afraid_is_sent_to_no_address() -> None:
    demos = [read_demo(name) for name in NAMES]
    safe = [s for d in demos for s in d["services"] if "domestic_abuse" in s["needs"]]
    hidden = [service for service in safe if service["listed"] == "by_worker_only"]

    assert len(hidden) >= 2
    assert all(not service.get("address") for service in hidden)


def test_the_jobs_list_of_the_doorstep_is_understood() -> None:
    text = (FOLDER / "doorstep" / "jobs.csv").read_text("utf-8")
    header, *rows = csv.reader(text.splitlines(), delimiter=delimiter_of(text.splitlines()[0]))
    demo = read_demo("doorstep")
    patch = {code for one in demo["partnership"]["patches"] for code in one["area_codes"]}
    areas = [area_of(row[header.index("Postcode")]) for row in rows]

    assert {"name", "address", "postcode", "phone", "reference"} <= set(guesses(header))
    assert sum(bool(area and patch & {*area.codes}) for area in areas) == len(rows) - 1
