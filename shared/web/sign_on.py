"""A service as OpenID Connect relying party: code flow, PKCE S256, state and nonce.

Promise: a session is made only from an ID token that answers the very request this
browser began here, less than ten minutes ago (RFC 9700, RFC 9207). Asked for a fresh second
factor (`fresh`), it counts one only if the token says that it was given just now.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from flask import Blueprint, current_app, redirect, request
from itsdangerous import BadData, URLSafeTimedSerializer
from joserfc import jws, jwt
from joserfc.errors import JoseError

from shared.errors import Permanent
from shared.identity import ALGORITHMS, Issuer, Principal
from shared.web import pages, sessions
from shared.web.access import public
from shared.web.current import current_service, current_settings, current_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug import Response as AnyResponse

    from shared.web.transport import Transport

_UNDER_WAY = timedelta(minutes=10)
_PAGE = "sign_in_again"
SECOND_FACTORS = frozenset({"otp", "mfa", "hwk", "swk"})  # RFC 8176
_OK = 200

pages.PAGES[_PAGE] = pages.ErrorPage(
    "Please sign in again",
    "Signing in was not finished, or it took too long.",
    pages.NOTHING_LOST,
    ("Go back to the page you wanted.", "Sign in once more."),
)


class SignOnRefusedError(Permanent):
    """The sign-on does not answer what this browser asked."""


def blueprint(service: str) -> Blueprint:
    """Return the two routes of signing in to *service*."""
    bp = Blueprint("session", __name__, url_prefix=f"/{service}/session")
    bp.add_url_rule("/start", "start", start)
    bp.add_url_rule("/callback", "callback", callback)
    return bp


@public("whoever is not signed in yet must be able to begin")
def start() -> AnyResponse:
    """Send the browser to sign in, remembering in a signed cookie what was asked."""
    asked = {name: generate_token(43) for name in ("state", "nonce", "verifier")}
    asked["next"] = sessions.local_path(request.args.get("next"))
    asked["fresh"] = request.args.get("fresh", "")
    response = redirect(_authorize_url(asked), code=303)
    sessions.set_cookie(response, _cookie(), _signer().dumps(asked), _UNDER_WAY)
    return response


@public("the answer to a sign-in comes back here before there is a session")
def callback() -> AnyResponse:
    """Turn the answer of identity into a session of this service."""
    try:
        asked = _asked()
        signed_on = _signed_on(_exchange(asked), asked)
    except SignOnRefusedError:
        return pages.answer(400, page=_PAGE)
    with current_store().begin(actor=signed_on.who) as tx:
        name = sessions.cookie_name(current_service())
        sessions.forget_cookie(tx, request.cookies.get(name))
        value = sessions.begin_session(
            tx, signed_on.who, started=signed_on.started, code_at=signed_on.code_at
        )
    response = redirect(asked["next"], code=303)
    sessions.set_cookie(response, name, value)
    sessions.drop_cookie(response, _cookie())
    return response


def client_id(service: str) -> str:
    """Return the name under which *service* signs its staff on."""
    return f"onward-{service}"


def redirect_uri(base_url: str, service: str) -> str:
    """Return the one address to which sign-ons of *service* are answered."""
    return f"{base_url}/{service}/session/callback"


def _authorize_url(asked: Mapping[str, str]) -> str:
    newest = {"max_age": int(sessions.FRESH.total_seconds())} if asked["fresh"] else {}
    url: str = prepare_grant_uri(
        "/oauth/authorize",
        client_id(current_service()),
        "code",
        redirect_uri=_redirect_uri(),
        scope="openid",
        state=asked["state"],
        nonce=asked["nonce"],
        code_challenge=create_s256_code_challenge(asked["verifier"]),
        code_challenge_method="S256",
        **newest,
    )
    return url


def _asked() -> dict[str, str]:
    """Return what this browser asked, if the answer in the address belongs to it."""
    try:
        longest = int(_UNDER_WAY.total_seconds())
        asked: dict[str, str] = _signer().loads(request.cookies.get(_cookie(), ""), longest)
    except BadData as error:
        raise SignOnRefusedError("nothing was begun here") from error
    given = request.args
    if not hmac.compare_digest(asked["state"].encode(), given.get("state", "").encode()):
        raise SignOnRefusedError("the state is another one's")
    if given.get("iss") != current_settings().issuer or "code" not in given:
        raise SignOnRefusedError("the answer is an error or comes from elsewhere")
    return asked


def _exchange(asked: Mapping[str, str]) -> Mapping[str, Any]:
    transport: Transport = current_app.extensions["transport"]
    form = {
        "grant_type": "authorization_code",
        "code": request.args["code"],
        "redirect_uri": _redirect_uri(),
        "client_id": client_id(current_service()),
        "code_verifier": asked["verifier"],
    }
    status, answer = transport.post_form("/oauth/token", form)
    if status != _OK:
        raise SignOnRefusedError("the code was refused")
    return answer


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Who signed on, since when, and when they last gave a second factor."""

    who: Principal
    started: datetime
    code_at: datetime | None


def _signed_on(answer: Mapping[str, Any], asked: Mapping[str, str]) -> SignedOn:
    try:
        claims = _checked(answer, asked["nonce"])
        last = datetime.fromtimestamp(claims["auth_time"], UTC)
        started = datetime.fromtimestamp(claims.get("session_started", claims["auth_time"]), UTC)
        code_at = last if SECOND_FACTORS.intersection(claims.get("amr", ())) else None
        who = Principal(
            kind="staff",
            id=str(UUID(claims["sub"])),
            agency_id=UUID(claims["agency_id"]),
            roles=frozenset(claims["roles"]),
            session=str(UUID(claims["sid"])),
            name=claims["name"],
            teams=frozenset(map(UUID, claims.get("teams", ()))),
        )
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SignOnRefusedError("the ID token is not valid") from error
    if asked.get("fresh") and not _is_fresh(code_at):
        raise SignOnRefusedError("no new code was asked for")
    return SignedOn(who, started, code_at)


def _is_fresh(code_at: datetime | None) -> bool:
    now = current_store().clock.now()
    return code_at is not None and abs(now - code_at) <= sessions.FRESH


def _checked(answer: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
    issuer: Issuer = current_app.extensions["issuer"]
    header = jws.extract_compact(answer["id_token"].encode()).headers()
    key = issuer.keys.find(header["kid"])
    if key is None or str(header.get("typ", "JWT")).upper() != "JWT":
        raise SignOnRefusedError("the ID token is not signed by the issuer")
    token = jwt.decode(answer["id_token"], key, algorithms=ALGORITHMS)
    ours = client_id(current_service())
    options = {
        "iss": {"essential": True, "value": current_settings().issuer},
        "aud": {"essential": True, "value": ours},
        "nonce": {"essential": True, "value": nonce},
        "auth_time": {"essential": True},
    }
    given = {"nonce": nonce, "client_id": ours, "access_token": answer["access_token"]}
    claims = CodeIDToken(token.claims, token.header, options, given)
    claims.validate(now=int(current_store().clock.now().timestamp()))
    return token.claims


def _redirect_uri() -> str:
    return redirect_uri(current_settings().issuer, current_service())


def _cookie() -> str:
    return f"{sessions.cookie_name(current_service())}-start"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="sign-on")
