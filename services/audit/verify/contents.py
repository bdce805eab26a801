"""The files of an export: none missing, none left over, none other than the manifest says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.audit.domain.manifest import Manifest, parse_manifest
from services.audit.verify.locate import first_difference
from services.audit.verify.report import Exit, Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.audit.verify.report import Report

MANIFEST = "manifest.json"
POLICY = "policy.txt"
_ENTRIES = "tile/entries/"


class Contents:
    """What is in the export, and what its manifest says should be."""

    def __init__(
        self, names: set[str], read: Callable[[str], bytes | None], report: Report
    ) -> None:
        self._names, self._read, self._report = names, read, report
        self._told: Manifest | None = None
        self._found = Manifest("")

    @property
    def lost(self) -> set[str]:
        """What the manifest lists and the export does not hold."""
        return set(self._told.files) - self._names if self._told else set()

    @property
    def lacks_entries(self) -> bool:
        """Whether a tile of entries got lost after the export was made."""
        return any(name.startswith(_ENTRIES) for name in self.lost)

    def settle(self, origin: str, size: int) -> None:
        """Read the manifest; where a single byte of it was changed, say so and go by the files."""
        self._found = Manifest(origin, size)
        for name in sorted(self._names - {MANIFEST}):
            self._found.note(name, self._read(name) or b"")
        told, found = self._read(MANIFEST) or b"", self._found.text()
        if _one_byte_apart(told, found):
            says, at = "this byte of the manifest was changed", first_difference(told, found)
            self._report.add(Finding("manifest", says, MANIFEST, at))
            self._told = self._found
        else:
            self._told = parse_manifest(told)

    def check(self, expected: set[str]) -> None:
        """Compare what is there with what the log consists of, and with the manifest."""
        self._missing(expected | self.lost)
        self._left_over(expected)
        if MANIFEST not in self._names:
            note = "There is no manifest; files were checked by their hashes alone."
            self._report.notes.append(note)
        elif self._told is None:
            says = "the manifest cannot be read"
            self._report.add(Finding("manifest", says, MANIFEST))
        else:
            self._differing(self._told)

    def _missing(self, expected: set[str]) -> None:
        for name in sorted(expected - self._names):
            if not self._report.blames(name):
                explained = name in self.lost or self._told is None
                severity = Exit.INCOMPLETE if explained else Exit.TAMPER
                says = "this file is not here"
                self._report.add(Finding("missing", says, name, severity=severity))

    def _left_over(self, expected: set[str]) -> None:
        for name in sorted(self._names - expected - {MANIFEST, POLICY}):
            listed = self._told is not None and name in self._told.files
            if not (self.lacks_entries and listed):
                says = "this file does not belong to the log"
                self._report.add(Finding("left-over", says, name))

    def _differing(self, told: Manifest) -> None:
        for name, digest in self._found.files.items():
            if told.files.get(name) != digest and not self._report.blames(name):
                says = "this file is not as it was when it was exported"
                self._report.add(Finding("manifest", says, name))
        if told.text() != self._found.text() and not self._report.findings:
            says = "the manifest does not describe this export"
            self._report.add(Finding("manifest", says, MANIFEST))


def _one_byte_apart(one: bytes, other: bytes) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
