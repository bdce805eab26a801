"""Who could decide: adults are presumed able, children and proxies need a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from intake.telling import a_consent

from services.intake.domain.capacity import Authority, Capacity, Competence, capable_by, faults

DAY = date(2026, 11, 20)
AUTHORITY = Authority("Ada Attorney", "LPA 7000-1234", DAY)
UNABLE = Capacity("not_able", "Dr Day", DAY, "Easy read, twice")
ABLE = replace(UNABLE, outcome="able")
UNDERSTANDS = Competence("able", "Nurse Night", DAY, "understands_what_is_shared", True)

CASES: dict[str, tuple[dict[str, Any], int | None, str | None, set[str]]] = {
    "an adult": ({}, 46, "presumed", set()),
    "whoever does not say their age": ({}, None, "presumed", set()),
    "sixteen": ({}, 16, "presumed", set()),
    "an adult somebody assessed": ({"capacity": ABLE}, 46, "assessed", set()),
    "an adult who cannot decide": ({"capacity": UNABLE}, 46, None, {"/consent/capacity/outcome"}),
    "a child alone": ({}, 15, None, {"/consent/competence"}),
    "a child who understands": ({"competence": UNDERSTANDS}, 15, "gillick", set()),
    "a child who does not yet": (
        {"competence": replace(UNDERSTANDS, outcome="not_able")}, 15, None,
        {"/consent/competence"}),
    "a parent told nothing and nobody says why": (
        {"competence": replace(UNDERSTANDS, parent_informed=False)}, 15, None,
        {"/consent/competence/why_not_informed"}),
    "a parent": ({"given_by": "parent_pr", "authority": AUTHORITY}, 9, "parent_pr", set()),
    "a parent without proof": ({"given_by": "parent_pr"}, 9, None, {"/consent/authority"}),
    "a parent of an adult": (
        {"given_by": "parent_pr", "authority": AUTHORITY}, 18, None, {"/consent/given_by"}),
    "an attorney": (
        {"given_by": "lpa", "authority": AUTHORITY, "capacity": UNABLE}, 80, "lpa", set()),
    "an attorney of somebody who can decide": (
        {"given_by": "lpa", "authority": AUTHORITY, "capacity": ABLE}, 80, None,
        {"/consent/capacity"}),
    "a deputy who showed nothing": (
        {"given_by": "deputy", "capacity": UNABLE}, 80, None, {"/consent/authority"}),
    "an authority without a name": (
        {"given_by": "court", "authority": replace(AUTHORITY, name=" "), "capacity": UNABLE}, 80,
        None, {"/consent/authority/name"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_who_could_decide(case: str) -> None:
    changes, age, basis, expected = CASES[case]
    consent = a_consent(**changes)

    assert {pointer for pointer, _ in faults(consent, age)} == expected
    assert capable_by(consent, age) == basis


def test_an_assessment_of_tomorrow_is_refused() -> None:
    consent = a_consent(capacity=ABLE)

    found = {pointer for pointer, _ in faults(consent, 46, date(2026, 11, 19))}

    assert found == {"/consent/capacity/assessed_on"}
