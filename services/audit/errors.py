"""What audit can refuse, in words.

Permanent
`-- SignerRefusedError: the checkpoint asked for contradicts one already signed
Transient
`-- SignerUnavailableError: the signing key cannot be used at the moment
"""

from __future__ import annotations

from shared.errors import Permanent, Transient


class SignerRefusedError(Permanent):
    """The log's signer will not sign two different histories."""


class SignerUnavailableError(Transient):
    """The log's signing key cannot be used at the moment."""
