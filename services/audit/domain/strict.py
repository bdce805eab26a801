"""Decoding that accepts exactly one spelling of every value.

Python's own decoders accept surplus padding, stray bits, spaces and foreign digits;
in a log each of those would let two different files claim to say the same thing.
"""

from __future__ import annotations

import base64
import binascii
import re

from services.audit.domain.errors import FormatError

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]*)\Z", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-f]{2})*\Z", re.ASCII)
_MAX_DIGITS = 20


def decimal(text: str) -> int:
    """Read a decimal number without sign, leading zero or foreign digit."""
    if len(text) > _MAX_DIGITS or not _DECIMAL.match(text):
        message = f"{text[:40]!r} is not a plain decimal number"
        raise FormatError(message)
    return int(text)


def base64_bytes(text: str, length: int | None = None) -> bytes:
    """Read standard base64 in its only canonical spelling."""
    try:
        value = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        message = f"not base64: {text[:60]!r}"
        raise FormatError(message) from error
    if base64_text(value) != text:
        message = f"not canonical base64: {text[:60]!r}"
        raise FormatError(message)
    if length is not None and len(value) != length:
        message = f"{len(value)} bytes where {length} are expected"
        raise FormatError(message)
    return value


def base64_text(value: bytes) -> str:
    """Write standard base64 with padding."""
    return base64.b64encode(value).decode("ascii")


def hex_bytes(text: str) -> bytes:
    """Read lower-case hexadecimal without separators."""
    if not _HEX.match(text):
        message = f"not lower-case hexadecimal: {text[:40]!r}"
        raise FormatError(message)
    return bytes.fromhex(text)
