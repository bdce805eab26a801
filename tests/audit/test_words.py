"""Whoever answers for what happened reads words, not the names of types."""

from __future__ import annotations

from services.audit.http.words import WHAT
from shared.bus.catalogue import CATALOGUE


def test_everything_that_is_announced_is_told_in_words_of_its_own() -> None:
    assert set(CATALOGUE) <= set(WHAT)
    assert len(set(WHAT.values())) == len(WHAT)
