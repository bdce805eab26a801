"""The pages on which agencies see how they work together, put on the application at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.http import (
    case_review_pages,
    cases_pages,  # noqa: F401 - adds its pages to those of case review
    deals_pages,
    deals_stages,  # noqa: F401 - adds its pages to those of agreements
    panels_pages,  # noqa: F401 - the same
    register_pages,
)

if TYPE_CHECKING:
    from flask import Flask


def install(app: Flask) -> None:
    """Serve the pages of agreements, of the register, of feedback and of case review."""
    app.register_blueprint(deals_pages.bp)
    app.register_blueprint(register_pages.bp)
    app.register_blueprint(case_review_pages.bp)
