"""What the verifier found, in words a person can act upon and in JSON for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """The exit codes of the command; tampering outweighs everything else."""

    OK = 0
    TAMPER = 1
    USAGE = 2
    POLICY = 3
    INCOMPLETE = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where: a file, a byte of it, an entry of the log."""

    code: str
    says: str
    file: str | None = None
    byte: int | None = None
    seq: int | None = None
    severity: Exit = Exit.TAMPER

    def __str__(self) -> str:
        """Write the finding as one line."""
        place = [
            self.file or "",
            "" if self.byte is None else f"byte {self.byte}",
            "" if self.seq is None else f"entry {self.seq}",
        ]
        where = ", ".join(part for part in place if part)
        return f"{where}: {self.says}" if where else self.says


@dataclass(slots=True)
class Report:
    """The verdict, with the figures it rests on."""

    origin: str = ""
    size: int = 0
    root: str = ""
    entries: int = 0
    checkpoints: int = 0
    since: int | None = None
    witnesses: int = 0
    producers: dict[str, int] = field(default_factory=dict)
    first_at: str | None = None
    last_at: str | None = None
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Take note of something that is wrong."""
        self.findings.append(finding)

    def blames(self, file: str) -> bool:
        """Say whether a finding already names *file*."""
        return any(finding.file == file for finding in self.findings)

    @property
    def code(self) -> Exit:
        """The exit code: the gravest kind of finding."""
        for severity in (Exit.TAMPER, Exit.POLICY, Exit.INCOMPLETE):
            if any(finding.severity is severity for finding in self.findings):
                return severity
        return Exit.OK

    @property
    def verdict(self) -> str:
        """The answer in one word or two."""
        words = {
            Exit.OK: "intact",
            Exit.TAMPER: "NOT intact",
            Exit.POLICY: "not vouched for",
            Exit.INCOMPLETE: "incomplete",
        }
        return words[self.code]

    def told(self) -> dict[str, Any]:
        """Return the report for programs."""
        bad = [finding.seq for finding in self.findings if finding.seq is not None]
        findings = [{**asdict(f), "severity": f.severity.name.lower()} for f in self.findings]
        return {
            "verdict": self.verdict,
            "exit": int(self.code),
            "origin": self.origin,
            "tree_size": self.size,
            "root": self.root,
            "entries": self.entries,
            "checkpoints": self.checkpoints,
            "since": self.since,
            "witnesses": self.witnesses,
            "producers": self.producers,
            "first_at": self.first_at,
            "last_at": self.last_at,
            "first_bad_seq": min(bad, default=None),
            "notes": self.notes,
            "findings": findings,
        }

    def __str__(self) -> str:
        """Write the report for a person."""
        lines = [f"The log {self.origin or '(unknown)'} is {self.verdict}."]
        lines += [f"  - {finding}" for finding in self.findings]
        if self.code is Exit.OK:
            lines += self._figures()
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)]) + "\n"

    def _figures(self) -> list[str]:
        counted = ", ".join(f"{name} {count}" for name, count in sorted(self.producers.items()))
        lines = [
            f"  {self.entries} entries, each hashed again; their root is {self.root}.",
            f"  Signed checkpoints: {self.checkpoints}, each a true earlier state of this log.",
            f"  No event is missing or doubled: {counted or 'no producer yet'}.",
        ]
        if self.since is not None:
            lines.append(f"  The log still begins with the {self.since} entries seen before.")
        if self.first_at:
            lines.append(f"  First event {self.first_at}, last event {self.last_at}.")
        return lines
