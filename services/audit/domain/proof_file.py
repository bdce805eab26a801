"""Proof files: one entry's place in the log, checkable offline (c2sp.org/tlog-proof)."""

from __future__ import annotations

from dataclasses import dataclass

from services.audit.domain.checkpoint import SignedCheckpoint, parse_signed_checkpoint
from services.audit.domain.errors import FormatError
from services.audit.domain.proofs import check_inclusion
from services.audit.domain.strict import base64_bytes, base64_text, decimal
from services.audit.domain.tree import HASH_SIZE, leaf_hash

MAGIC = "c2sp.org/tlog-proof@v1"
_MAX_STEPS = 63


@dataclass(frozen=True, slots=True)
class ProofFile:
    """An index, the hashes that lead to the root, and the checkpoint with that root."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __str__(self) -> str:
        """Write the file."""
        extra = "" if self.extra is None else f"extra {base64_text(self.extra)}\n"
        steps = "".join(f"{base64_text(step)}\n" for step in self.path)
        head = f"{MAGIC}\n{extra}index {self.index}\n{steps}"
        return f"{head}\n{self.checkpoint.decode()}"

    def proves(self, entry: bytes) -> SignedCheckpoint:
        """Return the checkpoint that holds *entry*; raise if the proof fails."""
        signed = parse_signed_checkpoint(self.checkpoint)
        head = signed.checkpoint
        check_inclusion(self.index, head.size, leaf_hash(entry), self.path, head.root)
        return signed


def parse_proof_file(data: bytes) -> ProofFile:
    """Read a proof file strictly."""
    head, blank, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        message = "the proof's head is not ASCII"
        raise FormatError(message) from error
    if not blank or lines.pop(0) != MAGIC:
        message = f"the proof does not begin with {MAGIC}"
        raise FormatError(message)
    extra = base64_bytes(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index ") or len(lines) > _MAX_STEPS + 1:
        message = "the proof does not say which entry it is about"
        raise FormatError(message)
    index = decimal(lines.pop(0)[6:])
    path = tuple(base64_bytes(line, HASH_SIZE) for line in lines)
    return ProofFile(index, path, checkpoint, extra)
