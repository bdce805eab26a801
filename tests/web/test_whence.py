"""Tries are counted where they come from: neither a whole internet nor a new one for each try."""

from __future__ import annotations

import pytest

from shared.web.whence import whence


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_an_address_counts_as_the_place_it_stands_for(address: str | None, counted: str) -> None:
    assert whence(address) == counted
