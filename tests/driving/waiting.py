"""Looking until something is so: often at first, then ever more seldom.

Whoever looks fifty times a second for half a minute takes the processor from what they wait for.
What is measured so is known to a twentieth.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SOON, SELDOM = 0.02, 0.25  # seconds between two looks
PART = 20


def looks(within: float) -> Iterator[float]:
    """Yield at each moment to look, the seconds waited so far; end when *within* are over."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < within:
        yield waited
        time.sleep(min(SELDOM, max(SOON, waited / PART)))
