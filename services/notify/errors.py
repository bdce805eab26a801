"""What can go wrong when telling someone.

OnwardError
|-- Permanent
|   `-- SealedAddressError: the released address cannot be used; ask again
`-- Transient
    `-- NoSealingKeyError: no key to seal an address to has been made yet
"""

from __future__ import annotations

from shared.errors import Permanent, Transient


class SealedAddressError(Permanent):
    """The released address is late, is not for this question, or does not open."""


class NoSealingKeyError(Transient):
    """There is no key yet that an address could be sealed to."""
