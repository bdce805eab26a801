"""The pages on which agencies see how they work together, put on the application at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.http import (
    deals_pages,
    deals_stages,  # noqa: F401 - adds its pages to those of agreements
    register_pages,
)

if TYPE_CHECKING:
    from flask import Flask


def install(app: Flask) -> None:
    """Serve the pages of agreements, of the register and of feedback."""
    app.register_blueprint(deals_pages.bp)
    app.register_blueprint(register_pages.bp)
