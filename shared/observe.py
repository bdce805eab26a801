"""What the program says about itself: JSON lines, one correlation id, no personal data.

Promise: whatever is logged, by us or by a library, passes shared/redaction.py first, even
before `configure` is called; every line of one piece of work carries the same id.
"""

from __future__ import annotations

import logging
import sys
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

import orjson
import structlog
from structlog.stdlib import ProcessorFormatter

from shared import tracing
from shared.ids import new_id
from shared.redaction import UUID_SHAPE, mask, redact, redact_foreign, trace

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from uuid import UUID

    from structlog.typing import EventDict, Processor, WrappedLogger

    from shared.bus.envelope import Message

__all__ = [
    "begin_handling",
    "bind_correlation",
    "bound_correlation",
    "clear_correlation",
    "configure",
    "correlation_id",
    "end_handling",
    "logger",
    "mask",
    "restore_correlation",
]

_correlation: ContextVar[str | None] = ContextVar("onward_correlation", default=None)
_handled: ContextVar[Message | None] = ContextVar("onward_handled", default=None)


def correlation_id() -> str:
    """Return the id that ties this work to what caused it; one is made if none is bound."""
    return _correlation.get() or bind_correlation()


def bind_correlation(value: str | UUID | None = None) -> str:
    """Tie what follows to *value*; anything but a UUID is refused and a new id is made."""
    text = str(value or "")
    chosen = text.lower() if UUID_SHAPE.fullmatch(text) else str(new_id())
    if chosen != _correlation.get():
        tracing.follow(None)  # another piece of work is not part of the last one's trace
    _correlation.set(chosen)
    return chosen


def bound_correlation() -> str | None:
    """Return the id that is bound now, if any; none is made."""
    return _correlation.get()


def restore_correlation(earlier: str | None) -> None:
    """Go back to the id bound *earlier*, when a piece of work within another has ended."""
    _correlation.set(earlier)
    tracing.follow(None)


def clear_correlation() -> None:
    """Forget the id, so that the next piece of work does not inherit it."""
    restore_correlation(None)


def begin_handling(message: Message) -> None:
    """Tie what follows to *message*: its chain of events, its trace, its id and type."""
    bind_correlation(message.correlation_id)
    tracing.follow(message.traceparent)
    _handled.set(message)


def end_handling() -> None:
    """Let the lines that follow belong to no message."""
    _handled.set(None)


def _correlate(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    known = _correlation.get()
    if known and "correlation_id" not in event:
        event["correlation_id"] = known
    if "trace_id" not in event and (trace_id := tracing.trace_id()):
        event["trace_id"] = trace_id
    if handled := _handled.get():
        event.setdefault("message_id", handled.id)
        event.setdefault("type", handled.type)
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


def _to_json(event: MutableMapping[str, Any], **_options: object) -> str:
    return orjson.dumps(event).decode()


_FACTS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _correlate,
    _tell_exception,
)


def configure(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Write lines to *stream*: for people on a terminal, else as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(for_people=handler.stream.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    threading.excepthook = _tell_of_thread
    # A line that cannot be written would be printed raw, with its facts and its caller's stack.
    logging.raiseExceptions = False


def _formatter(*, for_people: bool) -> ProcessorFormatter:
    as_json = structlog.processors.JSONRenderer(serializer=_to_json)
    renderer = structlog.dev.ConsoleRenderer() if for_people else as_json
    return ProcessorFormatter(
        foreign_pre_chain=[redact_foreign, *_FACTS],
        processors=[ProcessorFormatter.remove_processors_meta, renderer],
        keep_exc_info=False,
        use_get_message=False,
        pass_foreign_args=True,
    )


def _tell_of_thread(args: threading.ExceptHookArgs) -> None:
    """Log a thread's death without the words of its error, which Python would print."""
    logger("thread").critical("thread.died", exc_info=args.exc_value)


def logger(service: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of one service; pass facts as keywords, under safe keys."""
    return structlog.stdlib.get_logger(f"onward.{service}", service=service)


structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_FACTS,
        redact,
        ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)
