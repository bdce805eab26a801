"""Addresses that are compiled when they are first spelled.

An application has hundreds, compiling them takes longer than reading its code, and few processes
ever spell half of theirs. Promise: were werkzeug to rename what is overridden here, it would only
compile them all ahead again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.routing import Rule

if TYPE_CHECKING:
    from collections.abc import Callable


class LateRule(Rule):
    """One address, and how to spell it once somebody asks."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - werkzeug's
        compile_now = super()._compile_builder
        name = "_build_unknown" if append_unknown else "_build"

        def first(rule: LateRule, **values: object) -> tuple[str, str]:
            builder: Callable[..., tuple[str, str]]
            builder = compile_now(append_unknown).__get__(rule, None)
            setattr(rule, name, builder)
            return builder(**values)

        return first
