"""/account/confirm: whoever is signed on gives a code again, before something grave.

Promise: a service that asked (max_age, OpenID Connect Core 3.1.2.1) learns only when the last
code was given; wrong codes count, and wait, like those of signing in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, render_template, request

from services.identity.domain import safe_next
from services.identity.errors import TooManyTriesError
from services.identity.http import browser
from services.identity.http.account import ROLES
from services.identity.http.sign_in import NO_CODE, WRONG_CODE
from services.identity.signing_in import confirm_code, live_sign_on
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from flask import Response
    from werkzeug import Response as AnyResponse

bp = Blueprint("confirm", __name__, url_prefix="/account/confirm")


@bp.get("")
@staff(*ROLES)
def ask() -> Response:
    """Ask whoever is signed on for the code of their authenticator app."""
    return _page({})


@bp.post("")
@staff(*ROLES)
def check() -> AnyResponse:
    """Check the code, then lead back to where it was wanted."""
    code = request.form.get("code", "").strip()
    if not code:
        return _page({NO_CODE: "code"}, 422)
    try:
        right = _is_right(code)
    except TooManyTriesError as error:
        wait = f"There were too many tries. Wait {browser.in_words(error.wait)}, then try again"
        response = _page({wait: "code"}, 429)
        response.headers.update(browser.retry_after(error.wait))
        return response
    if not right:
        return _page({WRONG_CODE: "code"}, 422)
    return redirect(safe_next(request.form.get("next")), code=303)


def _is_right(code: str) -> bool:
    with current_store().begin(actor=principal()) as tx:
        sign_on = live_sign_on(browser.sign_on_cookie(), tx)
        return sign_on is not None and confirm_code(sign_on, code, browser.address(), tx)


def _page(faults: dict[str, str], status: int = 200) -> Response:
    onward = safe_next(request.values.get("next"))
    html = render_template("identity/confirm.html", faults=faults, onward=onward)
    return make_response(html, status)
