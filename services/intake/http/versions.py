"""Which version of a record the caller has seen, by If-Match (RFC 9110 13.1.1)."""

from __future__ import annotations

from flask import request

NO_SUCH_VERSION = -1
LONGEST = 9


def seen_version() -> int | None:
    """Return the version the caller says it saw; `*` says nothing."""
    tags = request.if_match
    if not tags or tags.star_tag:
        return None
    versions = [tag for tag in tags.as_set() if tag.isdecimal() and len(tag) <= LONGEST]
    return int(versions[0]) if len(versions) == 1 else NO_SUCH_VERSION
