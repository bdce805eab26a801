"""What audit can refuse, in words.

Permanent
|-- EntryNotFoundError: no such entry, or none for this reader, or not signed yet
`-- SignerRefusedError: the checkpoint asked for contradicts one already signed
Transient
`-- SignerUnavailableError: the signing key cannot be used at the moment
"""

from __future__ import annotations

from shared.errors import NotFoundError, Permanent, Transient


class EntryNotFoundError(NotFoundError):
    """There is no such entry in the log for you to see."""


class SignerRefusedError(Permanent):
    """The log's signer will not sign two different histories."""


class SignerUnavailableError(Transient):
    """The log's signing key cannot be used at the moment."""
