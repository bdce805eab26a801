"""The endpoints of OAuth 2 and OpenID Connect (RFC 6749, RFC 8414, RFC 7517)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from flask import Blueprint, current_app, g, jsonify, make_response, redirect, request, url_for

from services.identity.domain import SCOPES, is_code_due, wait_left
from services.identity.grants import User
from services.identity.http import browser
from services.identity.signing_in import (
    code_given_at,
    live_sign_on,
    note_presence,
    principal_of,
)
from shared.web import current_settings, current_store, pages
from shared.web.access import public

if TYPE_CHECKING:
    from datetime import timedelta

    from flask import Response
    from flask.typing import ResponseReturnValue

    from services.identity.server import Server
    from services.identity.storage import IdentityTransaction

bp = Blueprint("oauth", __name__)
_UNAUTHORIZED = 401
_PUBLISHED = {"Cache-Control": "public, max-age=300"}


@bp.post("/oauth/token")
@public("the client proves itself in the request")
def token() -> ResponseReturnValue:
    """Answer a token request."""
    fault = _fault_in_form()
    if fault:
        return _oauth_error(400, "invalid_request", fault)
    with current_store().begin() as tx:
        g.identity_tx, key = tx, tx.vault.blind_index("address", browser.address())
        known = tx.tries("token", key)
        wait = wait_left("token", known, tx.now)
        if wait:
            return _slow_down(wait)
        response: Response = _server().create_token_response()
        if response.status_code == _UNAUTHORIZED:
            tx.remember_tries("token", key, (known.at(tx.now) if known else 0) + 1)
        return response


def _fault_in_form() -> str | None:
    """Name what is wrong with the form itself: parameters are sent once, in the body."""
    if request.args:
        return "Parameters must be in the body, not in the address."
    if any(len(values) > 1 for _, values in request.form.lists()):
        return "A parameter was sent twice."
    return None if request.form.get("grant_type") else "Missing 'grant_type'."


@bp.get("/oauth/authorize")
@public("whoever is not signed on is led to sign-in")
def authorize() -> ResponseReturnValue:
    """Answer a service that asks who sits at this browser."""
    with current_store().begin() as tx:
        g.identity_tx = tx
        user = _user(tx)
        try:
            grant = _server().get_consent_grant(end_user=user)
        except OAuth2Error as error:
            return _refused(error)
        if user is None or grant.prompt == "login":
            return redirect(url_for("sign_in.ask", next=_without_prompt()), code=303)
        if is_code_due(request.args.get("max_age"), code_given_at(user.sign_on), tx.now):
            return redirect(url_for("confirm.ask", next=_without_prompt()), code=303)
        tx.actor = principal_of(user.account, user.sign_on.id)
        note_presence(user.sign_on, tx)
        response: Response = _server().create_authorization_response(grant_user=user, grant=grant)
        return response


def _user(tx: IdentityTransaction) -> User | None:
    sign_on = live_sign_on(browser.sign_on_cookie(), tx)
    account = tx.account(sign_on.account_id) if sign_on else None
    return User(account, sign_on) if sign_on is not None and account is not None else None


def _without_prompt() -> str:
    kept = [(name, value) for name, value in request.args.items() if name != "prompt"]
    return f"{request.path}?{urlencode(kept)}"


def _refused(error: Any) -> ResponseReturnValue:  # noqa: ANN401 - authlib is untyped
    """Tell the service if its address is known to be its own; else only the reader."""
    if not error.redirect_uri:
        return pages.answer(400)
    told = {"error": error.error, "iss": current_settings().issuer}
    if "state" in request.args:
        told["state"] = request.args["state"]
    return redirect(add_params_to_uri(error.redirect_uri, told.items()), code=303)


@bp.get("/oauth/jwks.json")
@public("public keys are for everyone")
def jwks() -> ResponseReturnValue:
    """Publish the keys that tokens are checked with."""
    return jsonify(_server().keys.published()), 200, _PUBLISHED


@bp.get("/.well-known/oauth-authorization-server")
@bp.get("/.well-known/openid-configuration")
@public("tells programs where to ask")
def metadata() -> ResponseReturnValue:
    """Publish what this server does (RFC 8414, OpenID Connect Discovery)."""
    return jsonify(metadata_of(current_settings().issuer)), 200, _PUBLISHED


def metadata_of(issuer: str) -> dict[str, Any]:
    """Return the metadata document of *issuer*."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/oauth/jwks.json",
        "scopes_supported": sorted(SCOPES | {"openid"}),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_supported": [
            "sub",
            "name",
            "agency_id",
            "roles",
            "teams",
            "sid",
            "auth_time",
            "amr",
            "session_started",
        ],
    }


def _slow_down(wait: timedelta) -> ResponseReturnValue:
    answer = _oauth_error(429, "slow_down", "Too many refused requests. Wait, then try again.")
    answer.headers.update(browser.retry_after(wait))
    return answer


def _oauth_error(status: int, error: str, description: str) -> Response:
    answer = make_response(jsonify(error=error, error_description=description), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _server() -> Server:
    server: Server = current_app.extensions["authorization_server"]
    return server
