"""One database per service, one visible transaction where work enters."""

from __future__ import annotations

from shared.storage.moments import UtcDateTime
from shared.storage.store import Store
from shared.storage.tables import Counter, metadata_for
from shared.storage.transaction import Transaction

__all__ = ["Counter", "Store", "Transaction", "UtcDateTime", "metadata_for"]
