"""One page that names the interface description of every service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from shared.web.access import public
from shared.web.paths import OWNERS, owner

if TYPE_CHECKING:
    from flask import Flask

PAGE = "/docs"


def install(app: Flask, service: str) -> None:
    """Add the page to the service that owns its path."""
    if owner(PAGE) != service:
        return

    @app.get(PAGE, endpoint="documents")
    @public("the descriptions of the interface hold no data")
    def documents() -> str:
        return render_template("documents.html", services=sorted(set(OWNERS.values())))
