"""What can be wrong with a piece of the log.

LogError
├── FormatError       the bytes are not what the format says
├── ProofError        the hashes do not add up
└── SignatureError    a known key did not sign this
"""

from __future__ import annotations


class LogError(ValueError):
    """Something in the log is not as it must be."""


class FormatError(LogError):
    """The bytes do not follow the format they claim."""


class ProofError(LogError):
    """The hashes do not lead to the root they should."""


class SignatureError(LogError):
    """The signature of a known key does not fit the text."""
