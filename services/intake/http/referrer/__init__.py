"""/requests: what an agency asks of others for the people it works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.http.referrer import (
    changing,
    ending,
    going_on,
    naming,
    sending,
    watching,
    writing,
)
from services.intake.http.referrer.blueprint import bp

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["changing", "ending", "going_on", "naming", "register", "sending", "watching", "writing"]


def register(app: Flask) -> None:
    """Put the referrer's pages on *app*."""
    app.register_blueprint(bp)
