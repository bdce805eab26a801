"""Checkpoints: the head of the log, the earlier ones kept with it, and one seen before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.audit import ed25519
from services.audit.domain.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    first_note,
    parse_signed_checkpoint,
)
from services.audit.domain.errors import LogError
from services.audit.verify.locate import mended
from services.audit.verify.report import Exit, Finding

if TYPE_CHECKING:
    from services.audit.domain.policy import Policy
    from services.audit.verify.report import Report

HEAD = "checkpoint"
STORED = "checkpoints"
_LONGEST_NOTE = 20_000
_LONGEST_MENDED = 700
_MOST_MENDED = 2
_SPELLING = sorted(
    {*b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=.:-_ \n~", *"—".encode()}
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint of a file, and where in the file it stands."""

    head: Checkpoint
    file: str
    byte: int
    note: bytes


class Heads:
    """Reads checkpoints and believes those that a log of the policy signed."""

    def __init__(self, policy: Policy, report: Report) -> None:
        self._policy = policy
        self._report = report
        self._mending = _MOST_MENDED

    def read(self, data: bytes, file: str, byte: int = 0) -> Kept | None:
        """Return the first checkpoint of *data* if it can be believed; else say why not."""
        note = first_note(data)
        problem = "it is not signed by a log of the policy"
        try:
            signed = self._believed(note)
            if signed:
                return Kept(signed.checkpoint, file, byte, note)
        except LogError as error:
            problem = str(error)
        self._report.add(self._blame(data, file, byte, problem))
        return None

    def read_many(self, data: bytes, file: str) -> list[Kept]:
        """Return the checkpoints, divided by blank lines, that can be believed."""
        kept, at = [], 0
        while at < len(data):
            here = data[at : at + _LONGEST_NOTE]
            one = self.read(here, file, at)
            if one:
                kept.append(one)
            at += len(first_note(here)) + 1
        return kept

    def witnesses(self, kept: Kept) -> set[str]:
        """Return the names of the policy's witnesses that have signed a checkpoint."""
        note, names = parse_signed_checkpoint(kept.note).note, set()
        for name, key in self._policy.witnesses.items():
            try:
                if note.signed_by([key], ed25519.fits):
                    names.add(name)
            except LogError as error:
                self._report.add(Finding("witness", str(error), kept.file, kept.byte))
        return names

    def _believed(self, note: bytes) -> SignedCheckpoint | None:
        signed = parse_signed_checkpoint(note)
        keys = [key for key in self._policy.logs if key.name == signed.checkpoint.origin]
        return signed if signed.note.signed_by(keys, ed25519.fits) else None

    def _fits(self, data: bytes) -> bool:
        try:
            return self._believed(first_note(data)) is not None
        except LogError:
            return False

    def _blame(self, data: bytes, file: str, byte: int, problem: str) -> Finding:
        """Tell a changed byte from a checkpoint of somebody else, and from a broken one."""
        self._mending -= 1
        at = mended(data[:_LONGEST_MENDED], _SPELLING, self._fits) if self._mending >= 0 else None
        if at is not None:
            says = f"this byte of the checkpoint was changed ({problem})"
            return Finding("checkpoint", says, file, byte + at)
        try:
            origin = parse_signed_checkpoint(first_note(data)).checkpoint.origin
        except LogError:
            return Finding("checkpoint", problem, file, byte)
        if origin in {key.name for key in self._policy.logs}:
            return Finding("checkpoint", problem, file, byte)
        says = f"this is a checkpoint of {origin}, which is not a log of the policy"
        return Finding("stranger", says, file, byte, severity=Exit.POLICY)
