"""What may stand in a log: safe keys, codes, ids and numbers; never a person.

Promise: it fails closed. A key not listed, a sentence where a code belongs or a value of an
unknown kind is redacted; what looks like personal data is masked wherever it stands.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    import logging

    from structlog.typing import EventDict, WrappedLogger

REDACTED = "[redacted]"
MASKED = "[masked]"
LONGEST_TEXT = 300

_SAFE = """
event level timestamp logger service correlation_id trace_id exception
method route status ms bytes fault kind
message_id type source subject sequence queue worker batch count attempt lag_ms
producer subscriber parked epoch
request_id referral_id consent_id service_id agency_id staff_id client_id lead_id delivery_id
alarm anchor since state action outcome reason channel role version seq tree_size
chore port url seconds ready
"""
SAFE_KEYS = frozenset(_SAFE.split())
"""Keys whose values may be written; `reason` and the like hold codes, never sentences."""

SAFE_LOGGERS = ("waitress", "alembic")
"""Libraries whose finished sentences may be written; of others only the template is."""


_PERSONAL = re.compile(
    r"[^\s@<>]+@[^\s@<>]+"  # e-mail
    r"|\b[A-Za-z]{1,2}\d[A-Za-z\d]?[ +_]?\d[A-Za-z]{2}\b"  # British postcode
    r"|\b(?:19|20)\d\d-\d\d-\d\d(?![T\d])"  # birth date
    r"|\b\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d\b"
    r"|(?<![\w.-])\+?\(?\d(?:[ ()-]{0,2}\d){8,}(?![\w.-])"  # phone, NHS number
    r"|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*"  # a token
    r"|\b(?:Bearer|Basic) \S+",
    re.IGNORECASE,
)
_EVENT = re.compile(r"[a-z][a-z0-9_. -]{0,79}")  # no capitals: no names, no codes
_PLACE = re.compile(r"[\w.:/<> -]{0,300}", re.ASCII)  # "module.py:12 function"
_CODE = re.compile(r"[\w.:/<>+-]{0,200}", re.ASCII)  # no spaces: no sentences
UUID_SHAPE = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)
_SHAPES = {"event": _EVENT, "exception": _PLACE}


def mask(text: str) -> str:
    """Return *text* with everything that looks like personal data masked, and shortened."""
    pieces, kept = [], 0
    for uuid in UUID_SHAPE.finditer(text):
        pieces += [_PERSONAL.sub(MASKED, text[kept : uuid.start()]), uuid.group()]
        kept = uuid.end()
    pieces.append(_PERSONAL.sub(MASKED, text[kept:]))
    return "".join(pieces)[:LONGEST_TEXT]


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep what is safe to write, mask what looks personal, redact the rest."""
    return {key: _redacted(key, value) for key, value in event.items()}


def redact_foreign(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take from a library's record its template alone, unless the library is trusted."""
    record: logging.LogRecord = event["_record"]
    args = event.pop("positional_args", None)
    if record.name.startswith(SAFE_LOGGERS):
        event["event"] = mask(str(record.msg) % args if args else str(record.msg))
    else:
        event["event"] = mask(str(record.msg)) if args else REDACTED
    return event


def _redacted(key: str, value: object) -> object:
    if key not in SAFE_KEYS:
        return REDACTED
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(key, item) for item in value]
    return _safe(value, _SHAPES.get(key, _CODE))


def _safe(value: object, shape: re.Pattern[str]) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return _code(value, shape) if isinstance(value, str) else REDACTED


@lru_cache(maxsize=2048)  # routes, types and states come again and again
def _code(value: str, shape: re.Pattern[str]) -> str:
    return mask(value) if shape.fullmatch(value) else REDACTED


def trace(error: BaseException) -> list[str]:
    """Return the chain of error classes and the places they passed, without any message."""
    lines: list[str] = []
    link: BaseException | None = error
    while link is not None:
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}")
        step = link.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            lines.append(f"{_short(code.co_filename)}:{step.tb_lineno} {code.co_name}")
            step = step.tb_next
        link = link.__cause__ or link.__context__
    return lines


def _short(filename: str) -> str:
    return "/".join(filename.rsplit("/", 3)[1:])
