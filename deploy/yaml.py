"""YAML for plain data, so that generated documents need no library to be written.

Promise: every scalar is JSON, which YAML 1.2 reads alike; there is one way to write each thing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN_KEY = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z_][\w.-]*", re.IGNORECASE
)


def dump(data: object) -> str:
    """Return *data* (dicts, lists and scalars) as a YAML document."""
    return "".join(f"{line}\n" for line in _lines(data))


def _lines(data: Any) -> Iterator[str]:  # noqa: ANN401 - any plain data
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _under(f"{_key(key)}:", value)
    elif isinstance(data, list) and data and not _is_flat(data):
        for value in data:
            first, *rest = _lines(value)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield _inline(data)


def _under(head: str, value: Any) -> Iterator[str]:  # noqa: ANN401
    if isinstance(value, dict | list) and value and not _is_flat(value):
        yield head
        yield from (f"  {line}" for line in _lines(value))
    else:
        yield f"{head} {_inline(value)}"


def _is_flat(data: Any) -> bool:  # noqa: ANN401
    """Tell whether *data* is a list short enough for one line."""
    flat = isinstance(data, list) and not any(isinstance(one, dict | list) for one in data)
    return flat and len(_inline(data)) <= 80  # noqa: PLR2004 - fits beside its key


def _inline(data: Any) -> str:  # noqa: ANN401
    if isinstance(data, list):
        return f"[{', '.join(map(_inline, data))}]"
    return orjson.dumps(data).decode()


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else orjson.dumps(key).decode()
