"""What every page and every answer of the five services has in common.

`build_app` makes the Flask application of one service: layout, headers, errors, guards,
health and access. Views then only turn a form into a use-case call.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, request
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from shared.web import (
    access,
    api,
    compiled,
    cookies,
    documents,
    forms,
    headers,
    health,
    navigation,
    overload,
    problems,
    requests_seen,
    static_files,
)
from shared.web.current import current_service, current_settings, current_store
from shared.web.late_rules import LateRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.errors import OnwardError
    from shared.settings import Settings
    from shared.storage import Store

__all__ = ["build_app", "current_service", "current_settings", "current_store"]

COMPILED = compiled.Compiled()
LOOPBACK = ("127.0.0.1", "localhost")


def build_app(
    service: str,
    *,
    settings: Settings,
    store: Store[Any] | None,
    package: str,
    statuses: Mapping[type[OnwardError], int] | None = None,
) -> Flask:
    """Return the Flask application of *service*, ready for its blueprints."""
    app = _Application(service, static_folder=None, template_folder=None, root_path=".")
    app.extensions |= {
        "store": store,
        "settings": settings,
        "service": service,
    }
    _trust(app, settings)
    requests_seen.install(app, service)  # first in, last out: its line sees every answer
    headers.install(app, settings)
    cookies.install(app, service, settings)
    forms.install(app)
    problems.install(app, statuses or {})
    api.install(app, service)
    static_files.install(app)
    documents.install(app, service)
    health.install(app, service)
    access.install(app)
    overload.install(app)
    _dress(app, package)
    return app


class _Application(Flask):
    """Flask, for views that are plain functions, all of them."""

    url_rule_class = LateRule

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return *func*; Flask asks of each of some twenty a request whether it is a coroutine."""
        return func


def _trust(app: Flask, settings: Settings) -> None:
    """Answer only to our own name; a machine of one's own also to its loopback names."""
    host = urlsplit(settings.base_url).hostname or ""
    app.config["BASE_URL"] = settings.base_url
    app.config["TRUSTED_HOSTS"] = [host, *(LOOPBACK if host in LOOPBACK else ())]


def _dress(app: Flask, package: str) -> None:
    """Find templates in the service's own folder first, then in the shared layout."""
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    app.jinja_env.loader = ChoiceLoader(
        [
            FileSystemLoader([Path(folder) / "templates" for folder in folders]),
            PackageLoader("shared.web"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    app.jinja_env.bytecode_cache = COMPILED
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def layout() -> dict[str, object]:
        who = access.principal()
        return {
            "cspNonce": headers.nonce(),
            "themeColor": "#0b5e57",
            "principal": who,
            "navigation_for": lambda area: navigation.items(area, who, request.path),
        }
