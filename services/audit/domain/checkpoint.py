"""Checkpoints: the signed head of the log (c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

from dataclasses import dataclass

from services.audit.domain.errors import FormatError
from services.audit.domain.note import Note, check_name, parse_note
from services.audit.domain.strict import base64_bytes, base64_text, decimal
from services.audit.domain.tree import EMPTY_ROOT, HASH_SIZE

_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Which log, how many entries, and the one hash over all of them."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        """Write the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64_text(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; extension lines are allowed and ignored."""
    lines = text.split("\n")
    if lines[-1] or len(lines) <= _LINES or not all(lines[:-1]):
        message = "the checkpoint has not its three lines"
        raise FormatError(message)
    origin, size, root = lines[:_LINES]
    check_name(origin)
    checkpoint = Checkpoint(origin, decimal(size), base64_bytes(root, HASH_SIZE))
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        message = "the checkpoint of an empty log has a root"
        raise FormatError(message)
    return checkpoint


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with the note that carries its signatures."""

    checkpoint: Checkpoint
    note: Note


def parse_signed_checkpoint(data: bytes) -> SignedCheckpoint:
    """Read a checkpoint with its signatures."""
    note = parse_note(data)
    return SignedCheckpoint(parse_checkpoint(note.text), note)


def first_note(data: bytes) -> bytes:
    """Return the first of several notes that are divided by blank lines."""
    signatures = data.find(b"\n\n") + 2
    end = data.find(b"\n\n", signatures) if signatures > 1 else -1
    return data if end < 0 else data[: end + 1]
