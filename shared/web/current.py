"""The store and the settings of the application that answers this request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import current_app

if TYPE_CHECKING:
    from shared.settings import Settings
    from shared.storage import Store


def current_store() -> Store[Any]:
    """Return the store of the service that answers this request."""
    return cast("Store[Any]", current_app.extensions["store"])


def current_settings() -> Settings:
    """Return the settings of this deployment."""
    return cast("Settings", current_app.extensions["settings"])


def current_service() -> str:
    """Return the name of the service that answers this request."""
    return str(current_app.extensions["service"])
