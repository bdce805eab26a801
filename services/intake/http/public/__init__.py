"""The pages of intake that anyone may open: `/`, `/ask`, `/my` and `/exit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Put the public pages on *app* and tell it who the caller of /my is."""
    from services.intake.http import moments
    from services.intake.http.public import ask, by_phone, concern, my, saving, send, sharing, start

    for module in (start, ask, by_phone, concern, saving, sharing, send, my):
        app.register_blueprint(module.bp)
    moments.install(app)
    app.extensions["person_of"] = my.person_of
