"""What the partner API of every service shares: strict JSON in, pointers out.

Promise: a body is UTF-8 JSON of the right content type or it is refused; no NaN, no NUL,
no nesting that eats the stack. Use this Blueprint, not flask-smorest's own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import flask_smorest
import orjson
from flask import Flask
from flask.json.provider import JSONProvider
from marshmallow import Schema, fields, missing
from webargs.flaskparser import FlaskParser

from shared.web.access import public

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from flask import Request, Response

View = TypeVar("View", bound=Callable[..., Any])
NUL = b"\\u0000"


class StrictJson(JSONProvider):
    """JSON by orjson: quick, and strict about UTF-8, NaN, surrogates and depth."""

    def dumps(self, obj: Any, **_options: Any) -> str:  # noqa: ANN401 - Flask's interface
        """Return *obj* as JSON text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:  # noqa: ANN401 - Flask's interface
        """Return the value of JSON text, refusing NUL characters, which no column keeps."""
        value = orjson.loads(s)
        raw = s.encode() if isinstance(s, str) else s
        if NUL in raw and _holds_nul(value):
            raise ValueError("NUL character")
        return value


def _holds_nul(value: object) -> bool:
    """Look without recursion: a body may be nested deeper than the stack."""
    left = [value]
    while left:
        inner = left.pop()
        if isinstance(inner, dict):
            left += [*inner, *inner.values()]
        elif isinstance(inner, list):
            left += inner
        elif isinstance(inner, str) and "\x00" in inner:
            return True
    return False


class StrictParser(FlaskParser):
    """Reads bodies through Flask, so that 400 and 415 are told apart from 422."""

    def load_json(self, req: Request, schema: object) -> Any:  # noqa: ANN401, ARG002 - its interface
        """Return the JSON body; none at all counts as missing."""
        if not req.content_length and "Transfer-Encoding" not in req.headers:
            return missing
        return req.get_json()


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc] # it comes without types
    """A flask-smorest blueprint that reads bodies strictly."""

    ARGUMENTS_PARSER = StrictParser()

    def arguments(self, schema: Any, **options: Any) -> Callable[[View], View]:  # noqa: ANN401
        """Check what is sent against *schema*, made once and not at every request."""
        once = schema() if isinstance(schema, type) else schema
        decorate: Callable[[View], View] = super().arguments(once, **options)
        return decorate


class Moment(fields.AwareDateTime):
    """A moment with its time zone, read into UTC; one that UTC cannot name is refused."""

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 - whatever was sent
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,  # noqa: ANN401 - marshmallow's signature
    ) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        try:
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from error


class Faulty(Schema):
    """One thing wrong with what was sent."""

    pointer = fields.String(required=True, metadata={"description": "RFC 6901"})
    detail = fields.String(required=True)


class Problem(Schema):
    """What every error answers, as application/problem+json (RFC 9457)."""

    type = fields.String(required=True, metadata={"description": "stable for each error"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True, metadata={"description": "the request's id"})
    errors = fields.List(fields.Nested(Faulty))


class Api(flask_smorest.Api):  # type: ignore[misc] # it comes without types
    """flask-smorest without its own error answers: problems.py has the one table."""

    ERROR_SCHEMA = Problem()

    def _register_error_handlers(self) -> None:
        """Leave errors to problems.py."""


class Description:
    """What the interface of one service looks like, as OpenAPI.

    It is written when somebody first asks: few processes ever are, and each would start later.
    """

    def __init__(self, service: str, base_url: str) -> None:
        self.service, self.base_url = service, base_url
        self.blueprints: list[Blueprint] = []

    @cached_property
    def text(self) -> str:
        """Write it down, of an application that does nothing else."""
        described = Flask(self.service)
        described.config.update(
            API_TITLE=f"Onward {self.service}",
            API_VERSION="v1",
            OPENAPI_VERSION="3.1.0",
            OPENAPI_URL_PREFIX=None,
        )
        api = Api(described)
        flow = {"tokenUrl": f"{self.base_url}/oauth/token", "scopes": {}}
        oauth = {"type": "oauth2", "flows": {"clientCredentials": flow}}
        api.spec.components.security_scheme("oauth", oauth)
        for blueprint in self.blueprints:
            api.register_blueprint(blueprint)
        return orjson.dumps(api.spec.to_dict()).decode()


def install(app: Flask, service: str) -> None:
    """Let *app* speak JSON, and describe its interface at /<service>/openapi.json."""
    app.json = StrictJson(app)
    description = Description(service, app.config["BASE_URL"])
    app.extensions["description"] = description

    @app.get(f"/{service}/openapi.json", endpoint="openapi")
    @public("the description of the interface holds no data")
    def describe() -> Response:
        return app.response_class(description.text, mimetype="application/json")


def register(app: Flask, *blueprints: Blueprint) -> None:
    """Add API blueprints to *app* and to its description."""
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
        app.extensions["description"].blueprints.append(blueprint)
