"""Traces (W3C Trace Context, level 1): one id from a partner's request to the last message.

Promise: what we are sent is continued if it is valid and ignored if not; where nobody sent a
trace, the correlation id is its id. Vendors' `tracestate` is not kept: it may hold anything.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from secrets import token_hex

HEADER = "traceparent"
_SHAPE = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<parent>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})"
    r"(?P<more>-.*)?"
)
_UNKNOWN_TRACE, _UNKNOWN_PARENT = "0" * 32, "0" * 16
_FORBIDDEN, _OURS = "ff", "00"
_SAMPLED = 1

_bound: ContextVar[str | None] = ContextVar("onward_traceparent", default=None)


def parsed(text: str | None) -> tuple[str, str] | None:
    """Return the trace id and flags that *text* names, or None if it is not a valid one."""
    found = _SHAPE.fullmatch(text.strip()) if text else None
    if found is None or found["version"] == _FORBIDDEN:
        return None
    if found["trace"] == _UNKNOWN_TRACE or found["parent"] == _UNKNOWN_PARENT:
        return None
    if found["version"] == _OURS and found["more"]:
        return None
    return found["trace"], f"{int(found['flags'], 16) & _SAMPLED:02x}"


def begin(sent: str | None, correlation: str) -> None:
    """Bind this piece of work's place in the trace that was *sent*, or in one of its own."""
    trace, flags = parsed(sent) or (_trace_of(correlation), f"{_SAMPLED:02x}")
    _bound.set(_written(trace, flags))


def follow(traceparent: str | None) -> None:
    """Bind the trace of a message that is being handled; None: it came without one."""
    _bound.set(traceparent)


def bound() -> str | None:
    """Return what is bound now, if anything; none is made."""
    return _bound.get()


def current(correlation: str) -> str:
    """Return the traceparent of this piece of work; one is made from *correlation* if need be."""
    known = _bound.get()
    if known is None:
        begin(None, correlation)
        known = _bound.get()
    return known or ""


def hop(origin: str) -> str:
    """Return the traceparent of one way over the wire, within the trace of *origin*."""
    return _written(origin[3:35], origin[-2:])


def trace_id() -> str | None:
    """Return the id of the trace that is bound, for log lines."""
    known = _bound.get()
    return known[3:35] if known else None


def _trace_of(correlation: str) -> str:
    plain = correlation.replace("-", "")
    return plain if plain != _UNKNOWN_TRACE else token_hex(16)


def _written(trace: str, flags: str) -> str:
    return f"{_OURS}-{trace}-{token_hex(8)}-{flags}"
