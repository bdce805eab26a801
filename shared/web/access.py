"""Who may call which route, said beside the route and enforced before the view.

Promise: a view without a rule is refused; a bearer API never reads a cookie and a page
never reads a token; refusals follow RFC 6750 on API paths and lead to sign-in on pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from flask import current_app, g, request

from shared.errors import ForbiddenError, NotFoundError, OnwardError
from shared.identity import Issuer, Principal, TokenRefusedError
from shared.web import problems, sessions
from shared.web.paths import is_api

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from flask import Flask
    from flask.typing import ResponseReturnValue
    from werkzeug.routing import Rule as Route

    from shared.web.transport import Transport

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "__onward_access__"
_REALM = "onward"
FRAMEWORK = {"static": "files of the layout, the same for everyone"}


class UnguardedRouteError(OnwardError):
    """A route does not say who may call it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call one view; `needs` are scopes (all, or any if `either`) or roles (any).

    `fresh` asks staff for a second factor again, unless they gave one just now.
    """

    kind: Literal["public", "machine", "client", "staff", "person"]
    needs: frozenset[str] = frozenset()
    reason: str = ""
    fresh: bool = False
    either: bool = False

    def lets(self, scopes: frozenset[str]) -> bool:
        """Tell whether a token with *scopes* will do."""
        return bool(self.needs & scopes) if self.either else self.needs <= scopes


def public(reason: str) -> Callable[[View], View]:
    """Let anyone call the view, for this *reason*."""
    if not reason:
        raise UnguardedRouteError("a public route must say why it is public")
    return _marked(Rule("public", reason=reason))


def machine(reason: str) -> Callable[[View], View]:
    """Let only programs on this machine call the view; to others it is not there."""
    return _marked(Rule("machine", reason=reason))


def client(*scopes: str, either: bool = False) -> Callable[[View], View]:
    """Let a partner's client call the view with a token that has all *scopes*, or one of them."""
    if not scopes:
        raise UnguardedRouteError("a client route must name a scope")
    return _marked(Rule("client", frozenset(scopes), either=either))


def staff(*roles: str, fresh: bool = False) -> Callable[[View], View]:
    """Let signed-in staff call the view if they have any of *roles*.

    With *fresh* they give a code of their authenticator again, for what is grave.
    """
    if not roles:
        raise UnguardedRouteError("a staff route must name a role")
    return _marked(Rule("staff", frozenset(roles), fresh=fresh))


def person() -> Callable[[View], View]:
    """Let the person whose request it is call the view."""
    return _marked(Rule("person"))


def _marked(rule: Rule) -> Callable[[View], View]:
    def mark(view: View) -> View:
        if hasattr(view, _MARK):
            raise UnguardedRouteError(f"{view.__name__} has two rules")
        setattr(view, _MARK, rule)
        return view

    return mark


def rule_of(view: Callable[..., Any], method: str = "GET") -> Rule | None:
    """Return the rule of *view*, or of one method of a class-based view."""
    kind = getattr(view, "view_class", None)
    name = "get" if method == "HEAD" else method.lower()
    candidates = (view, getattr(kind, name, None), kind)
    return next((getattr(c, _MARK) for c in candidates if hasattr(c, _MARK)), None)


def unguarded(app: Flask) -> list[str]:
    """Return every route of *app* that does not say who may call it."""
    return sorted(
        f"{method} {route.rule}"
        for route in app.url_map.iter_rules()
        for method in _own_methods(route)
        if _rule_for(app, route.endpoint, method) is None
    )


def _own_methods(route: Route) -> set[str]:
    return set(route.methods or ()) - ({"OPTIONS"} if _answers_options(route) else set())


def _rule_for(app: Flask, endpoint: str, method: str) -> Rule | None:
    if endpoint in FRAMEWORK:
        return Rule("public", reason=FRAMEWORK[endpoint])
    return rule_of(app.view_functions[endpoint], method)


def principal() -> Principal:
    """Return who is calling."""
    caller: Principal = g.get("principal") or Principal.public()
    return caller


def install(app: Flask) -> None:
    """Enforce the rule of every view of *app* before it runs."""
    app.before_request(_enforce)
    sessions.install(app)


def connect(app: Flask, transport: Transport) -> None:
    """Tell *app* how to reach identity: for its public keys and for the code exchange."""
    settings, store = app.extensions["settings"], app.extensions["store"]
    app.extensions["transport"] = transport
    app.extensions["issuer"] = Issuer(
        settings.issuer, settings.audience, fetch=transport.get_json, clock=store
    )


def _enforce() -> ResponseReturnValue | None:
    g.principal = Principal.public()
    if request.url_rule is None or _is_automatic_options(request.url_rule):
        return None
    rule = _rule_for(current_app, request.url_rule.endpoint, request.method)
    if rule is None:
        raise UnguardedRouteError(f"{request.url_rule.rule} does not say who may call it")
    caller = _CALLERS[rule.kind](rule)
    if not isinstance(caller, Principal):
        return caller
    g.principal = caller
    return None


def _is_automatic_options(route: Route) -> bool:
    return request.method == "OPTIONS" and _answers_options(route)


def _answers_options(route: Route) -> bool:
    # Flask hangs this on the route; Werkzeug's class does not know of it.
    return bool(getattr(route, "provide_automatic_options", False))


def _public_caller(_rule: Rule) -> Principal:
    return Principal.public()


def is_local(environ: WSGIEnvironment) -> bool:
    """Tell whether a request began on this machine, by every proxy's account."""
    told = environ.get("HTTP_X_FORWARDED_FOR", "")
    hops = [environ.get("REMOTE_ADDR") or "", *filter(None, told.split(","))]
    try:
        return all(ip_address(hop.strip()).is_loopback for hop in hops)
    except ValueError:
        return False


def _machine_caller(_rule: Rule) -> Principal:
    if not is_local(request.environ):
        raise NotFoundError("There is nothing here for you to see.")
    return Principal.public()


def _client_caller(rule: Rule) -> Principal | ResponseReturnValue:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        return _challenge(401, "unauthorized", "A valid access token is needed.")
    issuer: Issuer = current_app.extensions["issuer"]
    try:
        caller = issuer.verify(token.strip(), denied=sessions.is_revoked)
    except TokenRefusedError as error:
        return _challenge(401, "invalid-token", str(error), error="invalid_token")
    if not rule.lets(caller.scopes):
        needed = sorted(rule.needs)
        detail = (
            f"The access token needs the scope {(' or ' if rule.either else ' ').join(needed)}."
        )
        told = {"error": "insufficient_scope", "scope": " ".join(needed)}
        return _challenge(403, "insufficient-scope", detail, **told)
    return caller


def _challenge(status: int, slug: str, detail: str, **members: str) -> ResponseReturnValue:
    """Answer as RFC 6750 section 3 asks: no error code when no token was sent."""
    quoted = "".join(f', {name}="{value}"' for name, value in members.items())
    headers = {"WWW-Authenticate": f'Bearer realm="{_REALM}"{quoted}', "Cache-Control": "no-store"}
    title = "You may not do this." if status == 403 else "You have not shown who you are."  # noqa: PLR2004
    return problems.problem(status, slug, title, detail, headers=headers)


def _staff_caller(rule: Rule) -> Principal | ResponseReturnValue:
    find = current_app.extensions.get("staff_of", sessions.staff_of)
    caller: Principal | None = find()
    if caller is None:
        return _unknown_staff()
    if not rule.needs & caller.roles:
        g.principal = caller
        raise ForbiddenError("Your role does not let you do this.")
    if rule.fresh and not sessions.has_fresh_code():
        return sessions.to_code()
    if sessions.is_due_for_a_look():
        return sessions.to_sign_in()
    return caller


def _unknown_staff() -> ResponseReturnValue:
    if is_api(request.path):
        return problems.problem(401, "unauthorized", "You have not shown who you are.", "Sign in.")
    return sessions.to_sign_in()


def _person_caller(_rule: Rule) -> Principal | ResponseReturnValue:
    find: Callable[[], Principal | ResponseReturnValue] = current_app.extensions["person_of"]
    return find()


_CALLERS: dict[str, Callable[[Rule], Principal | ResponseReturnValue]] = {
    "public": _public_caller,
    "machine": _machine_caller,
    "client": _client_caller,
    "staff": _staff_caller,
    "person": _person_caller,
}
