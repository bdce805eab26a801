"""What our guide says that HSDS has no home for: our own part of a published record.

Promise: a closed list. A field that the guide gains is published only when it is named here.
"""

from __future__ import annotations

PLAIN = (
    "who_for",
    "what_to_bring",
    "rules",
    "threshold",
    "threshold_guide",
    "occasional_support",
    "groups",
    "interpreters",
    "categories",
    "forecast_wait_days",
    "clock_profile",
    "website",
    "listed",
    "location",
    "contact_public",
)
"""Fields of an entry, told as the guide holds them."""
