"""Telephone numbers are kept in one spelling and shown in the one people dial."""

from __future__ import annotations

import pytest

from services.intake.spelling import as_dialled, telephone_number


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("07700900123", "+447700900123", "07700 900123"),
        ("020 7946 0110", "+442079460110", "020 7946 0110"),
        ("+353 1 700 0000", "+35317000000", "+353 1 700 0000"),
    ],
)
def test_a_number_is_shown_as_people_dial_it(typed: str, kept: str, shown: str) -> None:
    assert telephone_number(typed) == kept
    assert as_dialled(kept) == shown


def test_what_is_no_number_is_shown_as_it_is() -> None:
    assert as_dialled("ludmila@example.org") == "ludmila@example.org"
