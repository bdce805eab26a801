"""The first demonstration partnership is whole, safe to show, and loads the same twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import deploy.demo
from deploy.demo.credentials import credentials
from services.intake.domain.duty import on_duty
from services.intake.usecases.keeping_rota import _shift
from shared.codes import codes
from shared.geography import known_areas
from shared.settings import Settings

FOLDER = Path(deploy.demo.__file__).parent / "referral-guide"


@pytest.fixture(scope="module")
def demo() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.iterdir()}


def test_everything_belongs_to_an_agency_that_exists(demo: dict[str, Any]) -> None:
    agencies = {agency["id"] for agency in demo["agencies"]}
    owners = {entry["agency_id"] for entry in (*demo["services"], *demo["staff"])}

    assert owners <= agencies
    assert demo["partnership"]["hub_agency_id"] in agencies


def test_no_id_stands_twice(demo: dict[str, Any]) -> None:
    ids = [UUID(entry["id"]) for part in ("agencies", "services", "staff") for entry in demo[part]]

    assert len(ids) == len(set(ids))


def test_two_agencies_offer_debt_advice_with_free_places(demo: dict[str, Any]) -> None:
    offers = {
        service["agency_id"]
        for service in demo["services"]
        if "debt" in service["needs"] and service["capacity"]["places"] > 0
    }

    assert len(offers) >= 2


def test_services_speak_in_the_shared_codes(demo: dict[str, Any]) -> None:
    places = {code for area in known_areas() for code in area.codes}
    for service in demo["services"]:
        assert set(service["needs"]) <= set(codes("needs"))
        assert set(service["groups"]) <= set(codes("groups"))
        assert set(service["languages"]) <= set(codes("languages"))
        assert set(service["categories"]) <= set(codes("categories"))
        assert set(service.get("area_codes") or ()) <= places


def test_every_agency_has_a_worker_and_a_manager_and_the_hub_its_officers(
    demo: dict[str, Any],
) -> None:
    roles = Counter((who["agency_id"], role) for who in demo["staff"] for role in who["roles"])
    hub = demo["partnership"]["hub_agency_id"]

    for agency in demo["agencies"]:
        if agency["id"] != hub:
            assert roles[agency["id"], "worker"] >= 1
            assert roles[agency["id"], "manager"] >= 1
    assert {role for owner, role in roles if owner == hub} >= {
        "coordinator",
        "officer",
        "governance_lead",
    }


def test_people_are_told_how_agreement_can_really_be_taken_back(demo: dict[str, Any]) -> None:
    says = {"en": "on your own page", "cy": "ar eich tudalen eich hun"}
    says["easy_read"] = says["en"]

    for notice in demo["partnership"]["notices"]:
        assert says[notice["language"]] in notice["text"]
        assert "020 7946 0100" in notice["text"]


def test_no_number_or_address_can_reach_anybody_real(demo: dict[str, Any]) -> None:
    text = json.dumps(demo)

    assert re.findall(r"[\w.]+@(?![\w.-]+\.example\.org)[\w.-]+", text) == []
    assert [n for n in re.findall(r"\b0[0-9 ]{9,}\b", text) if not _reserved(n)] == []


def _reserved(number: str) -> bool:
    """Ofcom keeps these ranges for drama."""
    return number.replace(" ", "").startswith(("07700900", "0207946"))


def test_sign_ins_are_made_once_and_are_nobody_elses_to_read(
    demo: dict[str, Any], tmp_path: Path
) -> None:
    settings = Settings(var=tmp_path)
    first = credentials(demo, settings)

    assert credentials(demo, settings) == first
    assert (tmp_path / "demo" / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert len(first["clients"]) == len(demo["agencies"]) + 1


def test_a_start_on_another_port_keeps_every_secret(demo: dict[str, Any], tmp_path: Path) -> None:
    first = credentials(demo, Settings(var=tmp_path))

    second = credentials(demo, Settings(var=tmp_path, base_url="http://127.0.0.1:9999"))

    assert second["base_url"] == "http://127.0.0.1:9999"
    assert second["clients"] == first["clients"]
    assert second["staff"] == first["staff"]


def test_somebody_is_on_duty_at_every_hour_of_the_week(demo: dict[str, Any]) -> None:
    agencies = {agency["id"] for agency in demo["agencies"]}
    rota = [_shift(told) for told in demo["partnership"]["duty"]]
    hours = [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=n) for n in range(168)]

    assert {told["agency_id"] for told in demo["partnership"]["duty"]} <= agencies
    for rank in (1, 2):
        assert [hour for hour in hours if on_duty(rota, hour, rank) is None] == []
