"""C2SP signed notes: a text, a blank line, and signature lines (c2sp.org/signed-note).

Parsing is strict; signatures of unknown keys are ignored, a false signature of a
known key condemns the whole note. Curves are not computed here: a key brings its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from services.audit.domain.errors import FormatError, SignatureError
from services.audit.domain.strict import base64_bytes, base64_text, hex_bytes

ED25519 = 0x01
COSIGNATURE = 0x04
_PUBLIC_SIZE = 32
_KEY_ID_SIZE = 4
_DASH = "— "
_MAX_SIGNATURES = 100

Check = Callable[[bytes, bytes, bytes], bool]
"""(public key, message, signature) -> whether it fits."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and a public key of one algorithm: what C2SP calls a vkey."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that say which key made a signature line."""
        material = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return sha256(material).digest()[:_KEY_ID_SIZE]

    def __str__(self) -> str:
        """Write the key the way policies and other logs' tools read it."""
        encoded = base64_text(bytes([self.algorithm]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        """Write the line without its newline."""
        return f"{_DASH}{self.name} {base64_text(self.key_id + self.value)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text with the signatures that stand under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """Write the whole note."""
        return self.text + "\n" + "".join(f"{line}\n" for line in self.signatures)

    def signed_by(self, keys: Iterable[VerifierKey], check: Check) -> list[Signature]:
        """Return the signatures of *keys*; raise if one of them is false."""
        known = {(key.name, key.key_id): key for key in keys}
        found = []
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None:
                continue
            if not _fits(key, self.text, signature.value, check):
                message = f"the signature of {key.name} does not fit the text"
                raise SignatureError(message)
            found.append(signature)
        return found


def parse_vkey(text: str) -> VerifierKey:
    """Read a verifier key."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    check_name(name)
    material = base64_bytes(encoded)
    if len(material) != 1 + _PUBLIC_SIZE or material[0] not in {ED25519, COSIGNATURE}:
        message = f"the key of {name} is of a kind this verifier does not know"
        raise FormatError(message)
    key = VerifierKey(name, material[0], material[1:])
    if hex_bytes(key_id) != key.key_id:
        message = f"the key of {name} does not have the id {key_id}"
        raise FormatError(message)
    return key


def check_name(name: str) -> None:
    """Raise unless *name* may stand in a key or signature line."""
    if not name or "+" in name or any(c.isspace() for c in name) or not name.isprintable():
        message = f"{name[:40]!r} is not a name for a key"
        raise FormatError(message)


def parse_note(data: bytes) -> Note:
    """Read a note, refusing everything the format does not allow."""
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        message = f"the note is not UTF-8 at byte {error.start}"
        raise FormatError(message) from error
    if any(c < " " and c != "\n" for c in whole):
        message = "the note holds a control character"
        raise FormatError(message)
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        message = "the note has no signature block"
        raise FormatError(message)
    block = lines[:-1].split("\n")
    if len(block) > _MAX_SIGNATURES:
        message = "the note has too many signatures"
        raise FormatError(message)
    return Note(text + "\n", tuple(_parse_signature(line) for line in block))


def cosigned_message(text: str, timestamp: int) -> bytes:
    """Return what a witness signs for a checkpoint it has seen (cosignature/v1)."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _parse_signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash + " " != _DASH:
        message = "a signature line does not begin with an em dash"
        raise FormatError(message)
    check_name(name)
    value = base64_bytes(encoded)
    if len(value) <= _KEY_ID_SIZE:
        message = f"the signature of {name} is too short"
        raise FormatError(message)
    return Signature(name, value[:_KEY_ID_SIZE], value[_KEY_ID_SIZE:])


def _fits(key: VerifierKey, text: str, value: bytes, check: Check) -> bool:
    if key.algorithm == ED25519:
        return check(key.public, text.encode(), value)
    timestamp = int.from_bytes(value[:8])
    return check(key.public, cosigned_message(text, timestamp), value[8:])
