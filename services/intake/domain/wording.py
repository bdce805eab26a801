"""The exact words somebody read before they agreed, each text with its hash."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """Words as they were shown; equal words have equal hashes."""

    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person read before they agreed: which form, and the page that asked."""

    form: str
    version: str
    language: str
    pages: Wording
    consent: Wording
