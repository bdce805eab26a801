"""Reference numbers and return codes: easy to say on the telephone, never a word.

A reference names a request and is no secret; a return code opens the person's own page.
"""

from __future__ import annotations

LETTERS = "CDFGHJKMNPRTVWXY"
DIGITS = "23456789"
EITHER = LETTERS + DIGITS
REFERENCE_PLACES = (EITHER, EITHER, DIGITS) * 2 + (EITHER, EITHER)
RETURN_CODE_PLACES = (EITHER, EITHER, DIGITS) * 4 + (EITHER, EITHER)
GROUP = 4
ENTROPY_BYTES = 16


def reference_from(entropy: bytes) -> str:
    """Return a reference such as HD3J-K4RF; equal *entropy* gives an equal reference."""
    return _spell(REFERENCE_PLACES, entropy)


def return_code_from(entropy: bytes) -> str:
    """Return a return code of more than 50 bits, such as HD3J-K4RF-7TM2-C9."""
    return _spell(RETURN_CODE_PLACES, entropy)


def plain(spoken: str) -> str:
    """Return what someone typed as we store it: capitals, in groups, without other marks."""
    return _grouped("".join(mark for mark in spoken.upper() if mark.isascii() and mark.isalnum()))


def _spell(places: tuple[str, ...], entropy: bytes) -> str:
    if len(entropy) < ENTROPY_BYTES:
        raise ValueError("too little chance for a reference that nobody can guess")
    number, marks = int.from_bytes(entropy, "big"), []
    for alphabet in places:
        number, place = divmod(number, len(alphabet))
        marks.append(alphabet[place])
    return _grouped("".join(marks))


def _grouped(marks: str) -> str:
    return "-".join(marks[start : start + GROUP] for start in range(0, len(marks), GROUP))
