"""A tiny service on the shared web layer: one page, one form, one API, and every mishap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import marshmallow as ma
import pytest
from flask import g, render_template, request

from driving.serving import Serving
from shared.errors import (
    ClockBehindError,
    ConflictError,
    Fault,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    OnwardError,
    Permanent,
    StorageUnavailableError,
    Transient,
)
from shared.identity import Principal
from shared.settings import Settings
from shared.storage import Store, metadata_for
from shared.web import build_app
from shared.web.access import public
from shared.web.api import Blueprint, register
from shared.web.dispatcher import Dispatcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

SECRET = "Agnieszka Kowalska 07700 900123"  # what no answer and no log may repeat


class StaleError(ConflictError):
    """Someone else was quicker."""

    def __init__(self) -> None:
        super().__init__("The present version is 7.")
        self.members = {"version": 7}


RAISED: dict[str, Exception] = {
    "invalid": InvalidError("Two faults.", [Fault("/consent/grants/0/recipient", "Unknown.")]),
    "hidden": NotFoundError(SECRET),
    "conflict": ConflictError("The record has changed since you looked."),
    "stale": StaleError(),
    "forbidden": ForbiddenError("Only a coordinator may do this."),
    "permanent": Permanent("This cannot be done."),
    "full": StorageUnavailableError(f"disk full at /srv/{SECRET}"),
    "clock": ClockBehindError(SECRET),
    "transient": Transient(SECRET),
    "onward": OnwardError(SECRET),
    "unforeseen": RuntimeError(SECRET),
}


class Grant(ma.Schema):
    recipient = ma.fields.UUID(required=True)


class Wish(ma.Schema):
    need = ma.fields.String(required=True)
    grants = ma.fields.List(ma.fields.Nested(Grant))


class Search(ma.Schema):
    limit = ma.fields.Integer()


def add_pages(app: Flask) -> None:
    @app.get("/tiny/page")
    @public("a test")
    def page() -> str:
        if request.args.get("area") == "staff":
            g.principal = Principal("staff", "s", name="Sam", roles=frozenset({"worker"}))
        return render_template("tiny/page.html", area=request.args.get("area", "public"))

    @app.post("/tiny/form")
    @public("a test")
    def form() -> str:
        return "stored " + request.form["name"]

    @app.get("/tiny/things/<uuid:thing_id>")
    @public("a test")
    def thing(thing_id: UUID) -> str:
        return str(thing_id)

    def mishap(kind: str) -> str:
        raise RAISED[kind]

    for number, prefix in enumerate(("/tiny/raise", "/api/v1/raise")):
        app.add_url_rule(f"{prefix}/<kind>", f"mishap{number}", _public(mishap))


def _public(view: Any) -> Any:
    return view if hasattr(view, "__onward_access__") else public("a test")(view)


def add_api(app: Flask) -> None:
    wishes = Blueprint("wishes", __name__, url_prefix="/api/v1/wishes")

    @wishes.post("")
    @public("a test")
    @wishes.arguments(Wish)
    @wishes.response(201)
    def wish(data: dict[str, Any]) -> dict[str, Any]:
        return {"need": data["need"]}

    @wishes.get("")
    @public("a test")
    @wishes.arguments(Search, location="query")
    @wishes.response(200)
    def search(query: dict[str, Any]) -> dict[str, Any]:
        return {"items": [], "next": None, **query}

    register(app, wishes)


def make_tiny(folder: Path, name: str = "tiny", **settings: Any) -> Flask:
    settings = {"base_url": "http://127.0.0.1:8080", "var": folder, **settings}
    store = Store(folder / f"{name}.sqlite3", metadata_for(name))
    app = build_app(
        name,
        settings=Settings(**settings),
        store=store,
        package="tests.web.tiny",
        statuses={StaleError: 412},
    )
    add_pages(app)
    add_api(app)
    return app


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_tiny(tmp_path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def csrf_of(client: FlaskClient) -> str:
    html = client.get("/tiny/page").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The tiny service behind the dispatcher and a real server; its address."""
    tiny = make_tiny(tmp_path_factory.mktemp("served"))
    with Serving(Dispatcher({"tiny": tiny})) as serving:
        yield serving.url
