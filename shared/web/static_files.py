"""The pages' own files: built once, named by their content, kept for a year by browsers.

Promise: only files named in the manifest are served, and a name never changes meaning.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, abort, send_from_directory

from shared.errors import Permanent
from shared.web.access import public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

BUILD = Path(__file__).parent / "static" / "build"
MANIFEST = BUILD / "manifest.json"
FOREVER = "public, max-age=31536000, immutable"


class AssetsMissingError(Permanent):
    """The web assets are not built yet: run `python -m deploy.assets`."""


def manifest() -> Mapping[str, str]:
    """Return plain name -> fingerprinted name, as deploy.assets wrote it."""
    try:
        names: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))["files"]
    except FileNotFoundError:
        raise AssetsMissingError(str(AssetsMissingError.__doc__)) from None
    return names


def install(app: Flask) -> None:
    """Serve the built files under /static/ and give templates `asset(name)`."""
    names = manifest()
    served = frozenset(names.values())

    def asset(name: str) -> str:
        if name not in names:
            raise AssetsMissingError(f"{name} is not built yet: run `python -m deploy.assets`")
        return f"/static/{names[name]}"

    app.jinja_env.globals["asset"] = asset

    @app.get("/static/<name>", endpoint="static_file")
    @public("style sheets, scripts and icons hold no data")
    def static_file(name: str) -> Response:
        if name not in served:
            abort(404)
        answer = send_from_directory(BUILD, name, max_age=31536000)
        answer.headers["Cache-Control"] = FOREVER
        return answer
