"""The signer of checkpoints: a key file, and a memory of what it signed last.

Promise: it never signs a size that does not extend, by proof, the last checkpoint that was
committed. A signature whose transaction was lost was never shown to anyone; the log may then
go on from the checkpoint before it, and from nowhere else.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.audit import ed25519
from services.audit.domain.checkpoint import Checkpoint
from services.audit.domain.errors import FormatError, ProofError
from services.audit.domain.note import ED25519, Note, Signature, VerifierKey
from services.audit.domain.proofs import check_consistency
from services.audit.domain.strict import base64_bytes, base64_text, hex_bytes
from services.audit.domain.tree import EMPTY_ROOT
from services.audit.errors import SignerRefusedError, SignerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from shared.settings import Settings

KEY_FILE = "audit-log.key"
STATE_FILE = "audit-log.state"
_PREFIX = "PRIVATE+KEY"


@dataclass(frozen=True, slots=True)
class Head:
    """The size and root of a log at one moment."""

    size: int = 0
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Memory:
    """What the signer remembers: the last head known to be committed, and one signed after it."""

    committed: Head = Head()
    pending: Head | None = None

    def settled(self, base: Head) -> Memory:
        """Return the memory once the log is known to stand at *base*; refuse any other place."""
        if base in {self.pending, self.committed}:
            return Memory(base)
        message = (
            f"the log stands at {base.size} entries, which is not what was signed last "
            f"({self.committed.size}): it was rolled back, cut or rewritten"
        )
        raise SignerRefusedError(message)


def signer_of(settings: Settings) -> Signer:
    """Return the signer of this deployment's log; the first call makes its key."""
    return Signer(settings.keys, origin_of(settings))


def origin_of(settings: Settings) -> str:
    """Name the log after the address where it can be read."""
    return settings.base_url.partition("://")[2] + "/audit/log"


def read_vkey(folder: Path) -> VerifierKey:
    """Return the verifier key of the log whose private key lies in *folder*."""
    name, seed = parse_private_key((folder / KEY_FILE).read_text("utf-8"))
    return VerifierKey(name, ED25519, ed25519.public_of(seed))


class Signer:
    """Signs each head of one log, in order."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._state = folder / STATE_FILE
        key_file = folder / KEY_FILE
        if not key_file.exists():
            _write_new(key_file, private_key_text(name, ed25519.new_seed()))
        self.name, self._seed = parse_private_key(key_file.read_text("utf-8"))

    @property
    def vkey(self) -> VerifierKey:
        """The key that verifiers need."""
        return VerifierKey(self.name, ED25519, ed25519.public_of(self._seed))

    def sign(self, base: Head, new: Head, proof: Sequence[bytes]) -> Note:
        """Sign *new*, which *proof* shows to extend *base*, the log's last committed head."""
        with self._alone():
            memory = self._remembered().settled(base)
            _extends(base, new, proof)
            self._remember(Memory(memory.committed, new))
        text = str(Checkpoint(self.name, new.size, new.root))
        value = ed25519.sign(self._seed, text.encode())
        return Note(text, (Signature(self.name, self.vkey.key_id, value),))

    def confirm(self, head: Head) -> None:
        """Learn that *head* is committed, before anybody outside is shown it."""
        with self._alone():
            if self._remembered().pending == head:
                self._remember(Memory(head))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the memory against other threads and processes that sign or confirm."""
        try:
            handle = os.open(self._state.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            message = f"the signer cannot lock its memory: {error.strerror}"
            raise SignerUnavailableError(message) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _remembered(self) -> Memory:
        try:
            told = json.loads(self._state.read_text("utf-8"))
            return Memory(
                _head(told["committed"]), _head(told["pending"]) if told["pending"] else None
            )
        except FileNotFoundError:
            return Memory()
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"the signer cannot read what it signed last: {type(error).__name__}"
            raise SignerUnavailableError(message) from error

    def _remember(self, memory: Memory) -> None:
        told = {
            "committed": _told(memory.committed),
            "pending": _told(memory.pending) if memory.pending else None,
        }
        try:
            _replace(self._state, json.dumps(told))
        except OSError as error:
            message = f"the signer cannot write down what it signs: {error.strerror}"
            raise SignerUnavailableError(message) from error


def _extends(base: Head, new: Head, proof: Sequence[bytes]) -> None:
    if new.size <= base.size:
        message = f"a checkpoint of {new.size} entries does not follow one of {base.size}"
        raise SignerRefusedError(message)
    if base.size == 0:
        return
    try:
        check_consistency(base.size, new.size, base.root, new.root, proof)
    except ProofError as error:
        raise SignerRefusedError(str(error)) from error


def private_key_text(name: str, seed: bytes) -> str:
    """Write a private key the way Go's note tools do."""
    key = VerifierKey(name, ED25519, ed25519.public_of(seed))
    encoded = base64_text(bytes([ED25519]) + seed)
    return f"{_PREFIX}+{name}+{key.key_id.hex()}+{encoded}\n"


def parse_private_key(text: str) -> tuple[str, bytes]:
    """Read a private key; raise if its parts do not belong together."""
    prefix, _, rest = text.removesuffix("\n").partition(_PREFIX + "+")
    name, _, rest = rest.partition("+")
    key_id, _, encoded = rest.partition("+")
    material = base64_bytes(encoded, 33)
    key = VerifierKey(name, ED25519, ed25519.public_of(material[1:]))
    if prefix or material[0] != ED25519 or hex_bytes(key_id) != key.key_id:
        message = "the log's key file does not hold an Ed25519 key of this log"
        raise FormatError(message)
    return name, material[1:]


def _head(told: list[str | int]) -> Head:
    size, root = told
    return Head(int(size), hex_bytes(str(root)))


def _told(head: Head) -> list[str | int]:
    return [head.size, head.root.hex()]


def _write_new(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
