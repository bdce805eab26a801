"""/outreach: lists of doors to knock at, pairs that go there, and a yes at the door."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from flask import Request

from services.intake.http.outreach import agreeing, doors, lists
from services.intake.http.outreach.blueprint import bp
from shared.web.forms import LARGEST_FILE

if TYPE_CHECKING:
    from typing import IO

    from flask import Flask

__all__ = ["agreeing", "doors", "lists", "register"]


class RequestInMemory(Request):
    """A request whose files never touch the disk: what is uploaded is sealed before it does."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del total_content_length, content_type, filename, content_length
        return BytesIO()


def register(app: Flask) -> None:
    """Put the pages of outreach on *app*."""
    app.request_class = RequestInMemory
    app.config["LARGEST_BODIES"]["outreach.upload"] = LARGEST_FILE
    app.register_blueprint(bp)
