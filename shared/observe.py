"""What the program says about itself: JSON lines, one correlation id, no personal data.

Promise: a value reaches the log only under a key on the list of safe keys, and whatever
looks like personal data inside it is masked; wrong use is redacted, never written.
"""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID

import orjson
import structlog

from shared.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
MASKED = "[masked]"
LONGEST_TEXT = 300

SAFE_KEYS = frozenset(
    # the line itself
    "event level timestamp logger service correlation_id exception"
    # HTTP, by route and never by path
    " method route status ms bytes fault kind"
    # messages and batches
    " message_id type source subject sequence queue worker batch count attempt lag_ms"
    " producer subscriber parked epoch"
    # things by their ids, codes and states
    " request_id referral_id consent_id service_id agency_id staff_id client_id lead_id"
    " delivery_id alarm anchor since state action outcome reason channel role version seq"
    " tree_size chore port url_base path_kind seconds ready".split()
)
"""Keys whose values may be written; `reason` and the like hold codes, never sentences."""

SAFE_LOGGERS = ("waitress", "alembic", "onward")
"""Loggers of the standard library whose finished sentences may be written."""

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
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)

_correlation: ContextVar[str | None] = ContextVar("onward_correlation", default=None)


def correlation_id() -> str:
    """Return the id that ties this work to what caused it; one is made if none is bound."""
    return _correlation.get() or bind_correlation()


def bind_correlation(value: str | UUID | None = None) -> str:
    """Tie what follows to *value*; anything but a UUID is refused and a new id is made."""
    text = str(value or "")
    chosen = text.lower() if _UUID.fullmatch(text) else str(new_id())
    _correlation.set(chosen)
    return chosen


def clear_correlation() -> None:
    """Forget the id, so that the next piece of work does not inherit it."""
    _correlation.set(None)


def mask(text: str) -> str:
    """Return *text* with everything that looks like personal data masked, and shortened."""
    pieces, kept = [], 0
    for uuid in _UUID.finditer(text):
        pieces += [_PERSONAL.sub(MASKED, text[kept : uuid.start()]), uuid.group()]
        kept = uuid.end()
    pieces.append(_PERSONAL.sub(MASKED, text[kept:]))
    return "".join(pieces)[:LONGEST_TEXT]


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep what is safe to write, mask what looks personal, redact the rest."""
    return {key: _safe(value) if key in SAFE_KEYS else REDACTED for key, value in event.items()}


def _safe(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | UUID):
        return value
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(item) for item in value]
    return REDACTED


def _correlate(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    known = _correlation.get()
    if known and "correlation_id" not in event:
        event["correlation_id"] = known
    return event


def _tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write where it went wrong, not the words of the error: those may quote a person."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["exception"] = trace(error)
    return event


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


def _fail_closed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take from a foreign log record only its template, unless its logger is trusted."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["event"] = _foreign_text(record)
    return event


def _foreign_text(record: logging.LogRecord) -> str:
    args = record.args if isinstance(record.args, tuple) else (record.args,)
    if record.name.startswith(SAFE_LOGGERS) or all(isinstance(arg, int | float) for arg in args):
        return record.getMessage() if record.args or _trusted(record) else REDACTED
    return str(record.msg) if record.args else REDACTED


def _trusted(record: logging.LogRecord) -> bool:
    return record.name.startswith(SAFE_LOGGERS)


def _to_json(event: MutableMapping[str, Any], **_options: object) -> str:
    return orjson.dumps(event, default=str).decode()


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _correlate,
        _tell_exception,
    ]


def configure(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send everything that is logged, ours and the libraries', through one redacting line."""
    stream = stream or sys.stderr
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if stream.isatty()
        else structlog.processors.JSONRenderer(serializer=_to_json)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_fail_closed, structlog.stdlib.add_logger_name, *_shared_processors()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, renderer],
        keep_exc_info=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def logger(service: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of one service; pass facts as keywords, under safe keys."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(f"onward.{service}")
    return bound.bind(service=service)


def bound(**facts: object) -> Mapping[str, object]:
    """Bind *facts* to every line of this piece of work and return what is bound now."""
    structlog.contextvars.bind_contextvars(**facts)
    return structlog.contextvars.get_contextvars()
